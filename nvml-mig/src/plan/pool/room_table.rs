//! The free room of GPUs, quickly.

use std::collections::HashMap;

use super::state::Usage;
use crate::plan::gpu_model::{Engines, GpuModel};
use crate::plan::planner::{Kind, Slices, gpu_kinds};

/// The free room of a GPU of a pool. More is better; the slices count first.
///
/// A count of instances, as for one GPU, would keep room for small instances at the cost of whole GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Room {
    /// Sum over all profiles of the memory slices of the further instances of that profile alone that fit.
    pub(super) slices: u32,
    /// Size in slices of the largest profile that still fits.
    pub(super) largest: u32,
}

/// Computes the free room of GPUs, and remembers it.
#[derive(Debug, Default)]
pub(super) struct RoomTable {
    kinds: HashMap<(usize, usize, Engines), Vec<Kind>>,
    rooms: HashMap<(usize, Usage), Room>,
}

impl Room {
    fn of(kinds: &[Kind], occupied: Slices) -> Self {
        let mut room = Self::default();
        for kind in kinds {
            let count = kind.capacity(occupied);
            room.slices = room
                .slices
                .saturating_add(count.saturating_mul(kind.size()));
            if count > 0 {
                room.largest = room.largest.max(kind.size());
            }
        }
        room
    }
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
