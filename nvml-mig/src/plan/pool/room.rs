//! The free room of a GPU of a pool.

use crate::plan::planner::{Kind, Slices};

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

impl Room {
    pub(super) fn of(kinds: &[Kind], occupied: Slices) -> Self {
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
