//! What the watches have told so far.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::lease::LeaseView;
use super::node_view::NodeView;
use super::seen::{PodView, Seen};

/// What a watch tells.
#[derive(Debug)]
pub(super) enum Sight {
    Node(Option<NodeView>),
    File(Result<Arc<str>, String>),
    Lease(Option<LeaseView>),
    /// All pods are listed again.
    Pods,
    Pod(PodView),
    PodGone(String),
    /// No more pods for now.
    AllPods,
    /// The pods can't be seen.
    NoPods,
    /// A watch failed, and is tried again.
    Trouble(String),
}

/// The present picture.
#[derive(Debug, Default)]
pub(super) struct View {
    node: Option<NodeView>,
    file: Option<Result<Arc<str>, String>>,
    /// `None` as long as it is not known whether there is a lease.
    lease: Option<Option<LeaseView>>,
    pods: Pods,
}

#[derive(Debug, Default)]
struct Pods {
    /// Those listed so far.
    coming: BTreeMap<String, String>,
    /// The label `app` by name; `None` if they can't be seen.
    there: Option<Vec<PodView>>,
    are_known: bool,
}

impl View {
    /// Takes note. Returns the trouble, if it is one.
    pub(super) fn take(&mut self, sight: Sight) -> Option<String> {
        match sight {
            Sight::Node(Some(node)) => self.take_node(node),
            Sight::Node(None) => self.node = None,
            Sight::File(file) => self.file = Some(file),
            Sight::Lease(lease) => self.take_lease(lease),
            Sight::Pods => self.pods.coming.clear(),
            Sight::Pod(pod) => {
                self.pods.coming.insert(pod.name, pod.app);
                self.pods.renew_if_known();
            }
            Sight::PodGone(name) => {
                self.pods.coming.remove(&name);
                self.pods.renew_if_known();
            }
            Sight::AllPods => {
                self.pods.are_known = true;
                self.pods.there = Some(Vec::new());
                self.pods.renew_if_known();
            }
            Sight::NoPods => {
                self.pods.are_known = true;
                self.pods.there = None;
            }
            Sight::Trouble(trouble) => return Some(trouble),
        }
        None
    }

    /// A watch may be behind the answer to the agent's own change.
    pub(super) fn take_node(&mut self, node: NodeView) {
        let is_old = self
            .node
            .as_ref()
            .is_some_and(|known| node.is_older_than(known));
        if !is_old {
            self.node = Some(node);
        }
    }

    /// The time at which a version was seen first stays.
    pub(super) fn take_lease(&mut self, lease: Option<LeaseView>) {
        let known = self.lease.as_ref().and_then(Option::as_ref);
        let is_known = known.is_some_and(|known| {
            lease
                .as_ref()
                .is_some_and(|lease| lease.version == known.version)
        });
        if !is_known {
            self.lease = Some(lease);
        }
    }

    pub(super) const fn node(&self) -> Option<&NodeView> {
        self.node.as_ref()
    }

    /// The lease, if it is known whether there is one.
    pub(super) fn lease(&self) -> Option<Option<&LeaseView>> {
        self.lease.as_ref().map(Option::as_ref)
    }

    /// All that a decision is made from, if it is known already.
    pub(super) fn seen(&self, now: Instant) -> Option<Seen<'_>> {
        if !self.pods.are_known {
            return None;
        }
        Some(Seen {
            now,
            node: self.node.as_ref()?,
            file: self.file.as_ref()?,
            pods: self.pods.there.as_deref(),
        })
    }
}

impl Pods {
    /// While all are listed again, the old list counts.
    fn renew_if_known(&mut self) {
        if self.there.is_none() {
            return;
        }
        let pods = self.coming.iter();
        let pods = pods.map(|(name, app)| PodView {
            name: name.clone(),
            app: app.clone(),
        });
        self.there = Some(pods.collect());
    }
}
