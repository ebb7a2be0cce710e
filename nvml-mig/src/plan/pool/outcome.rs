//! What changes of GPUs cost, and the room that they take.

use core::ops::{Add, AddAssign};

use super::room::Room;
use crate::plan::planner::Loss;

/// What moving instances costs. Less is better; the fields are in order of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Cost {
    /// GPU instances that move.
    pub(super) moves: usize,
    /// Busy instances that move.
    pub(super) busy: u32,
    /// Compute instances in them.
    pub(super) compute_instances: u32,
    /// Instances that are removed: those that move, and those that the search has placed and places again.
    pub(super) removed: usize,
}

/// What a change does. Less is better: the cost counts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Outcome {
    pub(super) cost: Cost,
    /// Memory slices by which the room is smaller.
    lost_slices: i64,
    /// Slices by which the largest instance that still fits is smaller.
    lost_size: i64,
}

impl Cost {
    /// The cost of moving a GPU instance.
    pub(super) const fn of(loss: Loss) -> Self {
        Self {
            moves: 1,
            busy: loss.busy,
            compute_instances: loss.compute_instances,
            removed: 1,
        }
    }

    /// The cost of placing again what the search has placed.
    pub(super) const fn again() -> Self {
        Self {
            moves: 0,
            busy: 0,
            compute_instances: 0,
            removed: 1,
        }
    }
}

impl Outcome {
    /// A change at this cost, with this room before and after it.
    pub(super) fn new(cost: Cost, before: Room, after: Room) -> Self {
        Self {
            cost,
            lost_slices: i64::from(before.slices) - i64::from(after.slices),
            lost_size: i64::from(before.largest) - i64::from(after.largest),
        }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            moves: self.moves.saturating_add(other.moves),
            busy: self.busy.saturating_add(other.busy),
            compute_instances: self
                .compute_instances
                .saturating_add(other.compute_instances),
            removed: self.removed.saturating_add(other.removed),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Add for Outcome {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cost: self.cost + other.cost,
            lost_slices: self.lost_slices.saturating_add(other.lost_slices),
            lost_size: self.lost_size.saturating_add(other.lost_size),
        }
    }
}
