//! What the watches have told so far.

use std::time::{Duration, Instant};

use super::layout_file::LayoutFile;
use super::lease::LeaseView;
use super::node_view::NodeView;
use super::pods::Pods;
use super::seen::{PodView, Seen};
use super::watch::Watch;

/// So long after the node is known the rest may be on its way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    Node,
    Lease,
    File,
    Pods,
}

impl Watched {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Node => "the node",
            Self::Lease => "the lease",
            Self::File => "the ConfigMap",
            Self::Pods => "the operator's pods",
        }
    }
}

/// What a watch tells.
#[derive(Debug)]
pub(super) enum Sight {
    Node(Option<NodeView>),
    File(Result<LayoutFile, String>),
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
    Trouble(Watched, String),
}

/// The present picture.
#[derive(Debug, Default)]
pub(super) struct View {
    node: Option<NodeView>,
    node_since: Option<Instant>,
    /// How often the label was set or removed: also if nobody could act on it meanwhile.
    wishes: u64,
    /// What the watch told of it last; `None` before the first time.
    last_wish: Option<Option<String>>,
    file: Option<Result<LayoutFile, String>>,
    file_watch: Watch,
    /// `None` as long as it is not known whether there is a lease.
    lease: Option<Option<LeaseView>>,
    pods: Pods,
    pods_watch: Watch,
}

impl View {
    /// Takes note. Returns the trouble, if it is one.
    pub(super) fn take(&mut self, sight: Sight) -> Option<String> {
        match sight {
            Sight::Node(Some(node)) => {
                self.count_wish(node.config());
                self.take_node(node);
            }
            Sight::Node(None) => self.node = None,
            Sight::File(file) => {
                self.file = Some(file);
                self.file_watch.tells();
            }
            Sight::Lease(lease) => self.take_lease(lease),
            Sight::Pods => self.pods.begin(),
            Sight::Pod(pod) => self.pods.add(pod),
            Sight::PodGone(name) => self.pods.remove(&name),
            Sight::AllPods => {
                self.pods.end();
                self.pods_watch.tells();
            }
            // Who could see them, and can't now, does not know what has come or gone.
            Sight::NoPods if self.pods.there().is_some() => {}
            Sight::NoPods => self.pods_watch.tells(),
            Sight::Trouble(watched, trouble) => {
                match watched {
                    Watched::File => self.file_watch.fails(&trouble),
                    Watched::Pods => self.pods_watch.fails(&trouble),
                    // What is asked of these fails too, and says so.
                    Watched::Node | Watched::Lease => {}
                }
                return Some(trouble);
            }
        }
        None
    }

    /// The watch tells of each change, also of those before what an answer has told.
    fn count_wish(&mut self, config: Option<&str>) {
        let config = config.map(str::to_owned);
        let last = self.last_wish.replace(config.clone());
        if last.is_some_and(|last| last != config) {
            self.wishes += 1;
        }
    }

    /// A watch may be behind the answer to the agent's own change.
    pub(super) fn take_node(&mut self, node: NodeView) {
        let is_old = self
            .node
            .as_ref()
            .is_some_and(|known| node.is_older_than(known));
        if !is_old {
            self.node_since.get_or_insert_with(Instant::now);
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

    /// How often the label was set or removed, as far as it was seen.
    pub(super) const fn wish(&self) -> u64 {
        self.wishes
    }

    pub(super) const fn node(&self) -> Option<&NodeView> {
        self.node.as_ref()
    }

    /// The lease, if it is known whether there is one.
    pub(super) fn lease(&self) -> Option<Option<&LeaseView>> {
        self.lease.as_ref().map(Option::as_ref)
    }

    /// All that a decision is made from, if it is known already, or will not be known for a while.
    pub(super) fn seen(&self, now: Instant) -> Option<Seen<'_>> {
        let node = self.node.as_ref()?;
        let is_late = self.node_since.is_some_and(|since| since + PATIENCE <= now);
        let mut missing = Vec::new();
        for (watched, watch) in [
            (Watched::File, &self.file_watch),
            (Watched::Pods, &self.pods_watch),
        ] {
            match watch.failure(now) {
                Some(trouble) => missing.push(trouble.to_owned()),
                None if watch.has_told() => {}
                None if is_late => missing.push(format!("no answer about {}", watched.name())),
                None => return None,
            }
        }
        Some(Seen {
            now,
            node,
            wish: self.wishes,
            file: self.file.as_ref(),
            pods: self.pods(now),
            missing: (!missing.is_empty()).then(|| missing.join("; ")),
            may_be_old: self.file_watch.is_failing() || self.pods_watch.is_failing(),
        })
    }

    /// The pods, as far as they are known: if their watch has failed for long, a mig-manager may have come.
    fn pods(&self, now: Instant) -> Option<&[PodView]> {
        let is_lost = self.pods_watch.failure(now).is_some();
        let pods = self.pods.there();
        pods.filter(|_| !is_lost || self.pods.show_mig_manager())
    }
}
