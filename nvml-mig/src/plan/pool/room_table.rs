//! The free room of GPUs, quickly.

use std::collections::HashMap;

use super::state::Usage;
use crate::plan::gpu_model::{Engines, GpuModel};
use crate::plan::planner::{Kind, Room, gpu_kinds, room};

/// Computes the free room of GPUs. What depends only on the number of instances and their engines is computed once.
#[derive(Debug, Default)]
pub(super) struct RoomTable {
    kinds: HashMap<(usize, usize, Engines), Vec<Kind>>,
}

impl RoomTable {
    /// Returns the room of a GPU of the model with this number, of which this is used.
    pub(super) fn room(&mut self, number: usize, model: &GpuModel, usage: Usage) -> Room {
        room(self.kinds(number, model, usage), usage.slices)
    }

    /// Returns the profiles of the model, with the number of instances of each that the engines still allow.
    pub(super) fn kinds(&mut self, number: usize, model: &GpuModel, usage: Usage) -> &[Kind] {
        let Usage {
            instances, engines, ..
        } = usage;
        self.kinds
            .entry((number, instances, engines))
            .or_insert_with(|| gpu_kinds(model, instances, engines))
    }
}
