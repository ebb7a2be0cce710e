//! What a search of a pool looks for.

use super::instance_kind::InstanceKind;
use super::state::State;
use crate::plan::gpu_model::GpuModel;

/// What a search looks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal<'a> {
    pub(super) models: &'a [GpuModel],
    pub(super) kinds: &'a [InstanceKind],
    /// The number of instances of each kind to add.
    pub(super) demand: &'a [i32],
    /// The kinds that may be placed, ascending: those requested here, and those that may move.
    pub(super) placeable: &'a [usize],
    /// The most existing instances that may move.
    pub(super) most_moves: usize,
    /// The most instances that may be removed: existing ones, and those that have been placed already.
    pub(super) most_removed: usize,
    /// Whether an instance may move only to another place on its GPU.
    pub(super) on_own_gpu: bool,
    /// Whether instances that have been placed already may be placed elsewhere.
    pub(super) is_repair: bool,
}

impl Goal<'_> {
    /// The steps that one look at a placement or a change counts for: it takes longer with more kinds.
    pub(super) fn weight(&self) -> usize {
        1 + self.placeable.len() / 16
    }

    /// The number of instances of a kind to add.
    pub(super) fn wanted(&self, kind: usize) -> i32 {
        self.demand.get(kind).copied().unwrap_or_default()
    }

    /// Whether a GPU in this state may get one of the instances to add.
    pub(super) fn concerns(&self, state: &State) -> bool {
        let wanted = self.placeable.iter().filter(|&&kind| self.wanted(kind) > 0);
        let mut wanted = wanted.filter_map(|&kind| self.kinds.get(kind));
        wanted.any(|kind| kind.may_be_on(state))
    }
}
