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
}

impl Memory {
    /// Takes note of the GPUs that have the layout of a request.
    pub(super) fn found(&mut self, request: &Request, have_it: &BTreeSet<String>, are_all: bool) {
        let Some(layout) = request.layout() else {
            return;
        };
        if (self.wish, &self.layout) != (request.wish, &layout) {
            *self = Self {
                wish: request.wish,
                layout,
                ..Self::default()
            };
        }
        self.uuids.extend(have_it.iter().cloned());
        self.are_all = are_all;
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
        match self.is_of(request, Some(&layout)) {
            true => self.with_told(node),
            false => Had::read(node.annotation(APPLIED), &layout),
        }
    }

    /// Says it on the node, so that the next agent knows it too. As long as the file has no layout, the one before it counts.
    pub(super) fn tell(&self, patch: &mut NodePatch, request: &Request, node: &NodeView) {
        if !self.is_of(request, request.layout().as_deref()) {
            return;
        }
        if let Some(text) = self.with_told(node).text(&self.layout) {
            patch.set_annotation(APPLIED, Some(&text));
        }
    }

    fn with_told(&self, node: &NodeView) -> Had {
        Had::read(node.annotation(APPLIED), &self.layout).with(&self.uuids, self.are_all)
    }

    fn is_of(&self, request: &Request, layout: Option<&str>) -> bool {
        self.wish == request.wish && layout.is_none_or(|layout| layout == self.layout)
    }
}
