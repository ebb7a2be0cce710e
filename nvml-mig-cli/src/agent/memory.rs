//! Which GPUs have had the layout, as this process found it: whatever becomes of the file, and whether or not the node can be told.

use std::collections::BTreeSet;

use super::had::Had;
use super::names::APPLIED;
use super::node_patch::NodePatch;
use super::node_view::NodeView;
use super::request::Request;

/// The GPUs that have had the layout of the latest wish and of which the node does not know yet.
#[derive(Debug, Default)]
pub(super) struct Memory {
    wish: u64,
    layout: String,
    uuids: BTreeSet<String>,
    /// Whether these are all GPUs.
    are_all: bool,
    /// Whether the layout was made, or begun. Another one, which may be an error in the file, does not count before.
    is_made: bool,
}

impl Memory {
    /// Takes note of the GPUs that have the layout of a request.
    pub(super) fn found(&mut self, request: &Request, have_it: &BTreeSet<String>, are_all: bool) {
        let Some(layout) = request.layout() else {
            return;
        };
        let is_owed = self.wish == request.wish && !self.uuids.is_empty();
        if is_owed && !are_all && layout != self.layout {
            return;
        }
        self.is_about(request.wish, layout);
        self.uuids.extend(have_it.iter().cloned());
        self.are_all = are_all;
        self.is_made |= are_all;
    }

    /// Takes note that the layout of a request is about to be made. What had another one has not any more.
    pub(super) fn begins(&mut self, request: &Request) {
        if let Some(layout) = request.layout() {
            self.is_about(request.wish, layout);
            self.is_made = true;
        }
    }

    /// Forgets the GPUs that the node remembers. If somebody removes the annotation then, the layout is made again.
    pub(super) fn forget_what_is_told(&mut self, node: &NodeView) {
        if let Had::These(told) = Had::read(node.annotation(APPLIED), &self.layout) {
            self.uuids = &self.uuids - &told;
        }
    }

    /// What the node says of the request's layout, and what was found.
    pub(super) fn had(&self, request: &Request, node: &NodeView) -> Had {
        let Some(layout) = request.layout() else {
            return Had::none();
        };
        match self.wish == request.wish && self.layout == layout {
            true => self.with_told(node),
            false => Had::read(node.annotation(APPLIED), &layout),
        }
    }

    /// Says it on the node, so that the next agent knows it too. As long as no other layout is made, the one before it counts.
    pub(super) fn tell(&self, patch: &mut NodePatch, wish: u64, node: &NodeView) {
        let is_other = Had::is_of_other(node.annotation(APPLIED), &self.layout);
        if self.wish != wish || self.layout.is_empty() || (is_other && !self.is_made) {
            return;
        }
        match self.with_told(node).text(&self.layout) {
            None if !is_other => {}
            text => patch.set_annotation(APPLIED, text.as_deref()),
        }
    }

    /// The same at the end, if the node still names that configuration.
    pub(super) fn tell_last(&self, patch: &mut NodePatch, wish: u64, node: &NodeView) {
        let config = self.layout.rsplit_once('@').map(|(config, _)| config);
        if config == node.config() && !self.uuids.is_empty() {
            self.tell(patch, wish, node);
        }
    }

    fn is_about(&mut self, wish: u64, layout: String) {
        if (self.wish, &self.layout) != (wish, &layout) {
            *self = Self {
                wish,
                layout,
                ..Self::default()
            };
        }
    }

    fn with_told(&self, node: &NodeView) -> Had {
        Had::read(node.annotation(APPLIED), &self.layout).with(&self.uuids, self.are_all)
    }
}
