//! All that a decision is made from.

use std::time::Instant;

use super::layout_file::LayoutFile;
use super::node_view::NodeView;
use super::request::Request;

/// The label `app` of the pods of NVIDIA's mig-manager.
const MIG_MANAGER: &str = "nvidia-mig-manager";

/// A pod of the operator on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PodView {
    pub(super) name: String,
    /// Its label `app`.
    pub(super) app: String,
}

impl PodView {
    /// Whether it is NVIDIA's mig-manager, which would change the same GPUs.
    pub(super) fn is_of_mig_manager(&self) -> bool {
        self.app == MIG_MANAGER
    }
}

/// What is seen of the cluster.
#[derive(Debug, Clone)]
pub(super) struct Seen<'a> {
    pub(super) now: Instant,
    pub(super) node: &'a NodeView,
    /// How often the label was set or removed, as far as it was seen.
    pub(super) wish: u64,
    /// The file of layouts, or why there is none; `None` if it is not known.
    pub(super) file: Option<&'a Result<LayoutFile, String>>,
    /// The operator's pods on this node; `None` if they can't be seen.
    pub(super) pods: Option<&'a [PodView]>,
    /// Why the file or the pods are not known. Nothing is changed then, but what was left behind needs only the node.
    pub(super) missing: Option<String>,
    /// Whether a watch of them has failed a moment ago, so that what it told may not be so any more. No new work begins with that.
    pub(super) may_be_old: bool,
}

impl<'a> Seen<'a> {
    /// What is wanted, if all is known that is needed for it.
    pub(super) fn request(&self) -> Option<Request> {
        let config = self.node.config()?.to_owned();
        let file = self.file.filter(|_| self.missing.is_none())?.clone();
        Some(Request {
            config,
            file,
            wish: self.wish,
        })
    }

    /// The pod of mig-manager on this node.
    pub(super) fn mig_manager(&self) -> Option<&'a str> {
        let mut pods = self.pods?.iter();
        let pod = pods.find(|pod| pod.is_of_mig_manager());
        pod.map(|pod| pod.name.as_str())
    }

    /// The clients to resume: those that the agent wrote down, and, if it is sure that there is no mig-manager, those that are
    /// paused for a change that nobody makes.
    pub(super) fn paused_clients(&self) -> Vec<&'a str> {
        let mut clients = self.node.written_clients();
        if self.pods.is_some() && self.mig_manager().is_none() {
            clients.extend(self.node.labelled_clients());
        }
        clients.sort_unstable();
        clients.dedup();
        clients
    }
}
