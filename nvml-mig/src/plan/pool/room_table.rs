//! The free room of GPUs, quickly.

use std::collections::HashMap;

use super::room::Room;
use super::state::Usage;
use crate::plan::gpu_model::{Engines, GpuModel};
use crate::plan::planner::{Kind, gpu_kinds};

/// Computes the free room of GPUs, and remembers it.
#[derive(Debug, Default)]
pub(super) struct RoomTable {
    kinds: HashMap<(usize, usize, Engines), Vec<Kind>>,
    rooms: HashMap<(usize, Usage), Room>,
}

impl RoomTable {
    /// Returns the room of a GPU of the model with this number, of which this is used.
    pub(super) fn room(&mut self, number: usize, model: &GpuModel, usage: Usage) -> Room {
        let known = self.rooms.get(&(number, usage)).copied();
        known.unwrap_or_else(|| {
            let room = Room::of(self.kinds(number, model, usage), usage.slices);
            self.rooms.insert((number, usage), room);
            room
        })
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
