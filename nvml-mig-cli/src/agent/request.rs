//! What is wanted of the GPUs.

use super::had::Had;
use super::layout_file::LayoutFile;
use super::names::{APPLIED, LAYOUT, OUR_CONFIG, REBOOT};
use super::node_patch::NodePatch;
use super::node_view::NodeView;

/// A configuration, and the file that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) config: String,
    /// The file, or why there is none.
    pub(super) file: Result<LayoutFile, String>,
    /// Another number if the label was set anew, to whatever value.
    pub(super) wish: u64,
}

/// What is to be done for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) request: Request,
    /// The GPUs that have had the layout. One that lost it gets it again; what others have changed is theirs.
    pub(super) had: Had,
}

impl Request {
    /// Returns what the node remembers the layout by; `None` if the file has none that can be used.
    pub(super) fn layout(&self) -> Option<String> {
        self.file.as_ref().ok()?.layout(&self.config)
    }

    /// Returns whether the node's state is about this request.
    pub(super) fn is_told_by(&self, node: &NodeView) -> bool {
        node.annotation(OUR_CONFIG) == Some(&self.config)
            && node.annotation(LAYOUT) == self.layout().as_deref()
    }

    /// Says on the node that the state is about this request.
    pub(super) fn tell(&self, patch: &mut NodePatch) {
        patch.set_annotation(LAYOUT, self.layout().as_deref());
    }

    /// Notes on the node that the layout waits for a reboot since this boot.
    pub(super) fn note_reboot(&self, patch: &mut NodePatch, boot: &str) {
        let note = self.layout().map(|layout| format!("{layout}@{boot}"));
        patch.set_annotation(REBOOT, note.as_deref());
    }

    /// The boot since which the layout waits for a reboot, as the node notes it. A note about another layout is none of this one,
    /// also if that has the same name, unless an older agent noted only the name.
    pub(super) fn noted_boot<'a>(&self, node: &'a NodeView) -> Option<&'a str> {
        let (layout, boot) = node.annotation(REBOOT)?.rsplit_once('@')?;
        (self.layout()? == layout || self.config == layout).then_some(boot)
    }
}

/// Forgets what the GPUs have had, and that they waited for a reboot: the next request is a new one, whatever it is.
pub(super) fn forget(patch: &mut NodePatch) {
    patch.set_annotation(LAYOUT, None);
    patch.set_annotation(APPLIED, None);
    patch.set_annotation(REBOOT, None);
}
