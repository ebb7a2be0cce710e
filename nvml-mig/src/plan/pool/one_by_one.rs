//! Places requests one after another.

use std::collections::BTreeSet;

use super::change::Change;
use super::goal::Goal;
use super::placing::{ChangedGpus, Placing};
use super::room_table::RoomTable;
use super::search::search;
use super::state::SearchedGpu;
use crate::plan::planner::Budget;

/// The most steps for each request.
const STEPS_OF_ONE: usize = 1 << 18;

/// The most steps for all requests together, after which no further instance moves.
const STEPS_OF_ALL: usize = 1 << 20;

/// What came of placing the requests one after another.
#[derive(Debug, Clone)]
pub(super) struct OneByOne {
    /// All GPUs as they are then.
    pub(super) gpus: Vec<SearchedGpu>,
    /// The GPUs that change.
    pub(super) changed: BTreeSet<usize>,
    /// How many more instances may move.
    pub(super) moves: usize,
    /// The requests for which no place was found.
    pub(super) unplaced: Vec<usize>,
    /// How many requests were placed before one found no place.
    pub(super) count: usize,
    /// The steps that are left.
    left: usize,
}

impl OneByOne {
    pub(super) fn new(placing: &Placing<'_>) -> Self {
        Self {
            gpus: placing.gpus.clone(),
            changed: BTreeSet::new(),
            moves: placing.most_moves,
            unplaced: Vec::new(),
            count: 0,
            left: STEPS_OF_ALL,
        }
    }

    /// Places all requests, and returns how it was when the first one found no place.
    pub(super) fn place_all(&mut self, placing: &Placing<'_>, on_own_gpu: bool) -> Option<Self> {
        let (mut stuck, mut without_place) = (None, BTreeSet::new());
        let mut table = RoomTable::default();
        for (request, kind) in placing.largest_first() {
            // The GPUs only get fuller, so what had no place has none later.
            if without_place.contains(&kind) || !self.place(placing, kind, on_own_gpu, &mut table) {
                stuck.get_or_insert_with(|| self.clone());
                without_place.insert(kind);
                self.unplaced.push(request);
            } else if stuck.is_none() {
                self.count += 1;
            }
        }
        self.unplaced.sort_unstable();
        stuck
    }

    /// Places one of this kind in the best way, and returns whether there was a place.
    pub(super) fn place(
        &mut self,
        placing: &Placing<'_>,
        kind: usize,
        on_own_gpu: bool,
        table: &mut RoomTable,
    ) -> bool {
        let demand = one(placing, kind);
        let placeable = placeable(placing, kind);
        let budget = Budget::of(STEPS_OF_ONE);
        let moves = if self.left > 0 { self.moves } else { 0 };
        let goal = Goal {
            on_own_gpu,
            ..placing.goal(&demand, &placeable, moves)
        };
        let found = search(goal, &self.gpus, table, &budget);
        let steps = STEPS_OF_ONE.saturating_sub(budget.left());
        self.left = self.left.saturating_sub(steps);
        let changes = found.unwrap_or_default();
        self.apply(changes.as_deref().unwrap_or_default());
        changes.is_some()
    }

    pub(super) fn apply(&mut self, changes: &[(usize, Change)]) {
        for (index, change) in changes {
            self.moves = self.moves.saturating_sub(change.outcome.cost.moves);
            self.changed.insert(*index);
            if let Some(gpu) = self.gpus.get_mut(*index) {
                change.apply(gpu);
            }
        }
    }

    /// Returns the GPUs that change.
    pub(super) fn changed(self) -> ChangedGpus {
        let gpus = self.gpus.into_iter().enumerate();
        gpus.filter(|(index, _)| self.changed.contains(index))
            .collect()
    }
}

/// A demand for one instance of this kind.
pub(super) fn one(placing: &Placing<'_>, kind: usize) -> Vec<i32> {
    let kinds = 0..placing.kinds.len();
    kinds.map(|number| i32::from(number == kind)).collect()
}

/// This kind, and those that may move.
fn placeable(placing: &Placing<'_>, kind: usize) -> Vec<usize> {
    let kinds = placing.kinds.iter().enumerate();
    let placeable = kinds.filter(|(number, other)| *number == kind || other.may_move);
    placeable.map(|(number, _)| number).collect()
}
