//! Makes room for requests that found no place when they were placed one after another.

use core::cmp::Reverse;
use std::collections::BTreeSet;

use super::clearing::clearings;
use super::goal::Goal;
use super::one_by_one::{OneByOne, one};
use super::placing::Placing;
use super::room_table::RoomTable;
use super::search::{Changes, search};
use super::state::{Origin, SearchedGpu, Usage};
use crate::plan::planner::Budget;

/// The most steps for all requests together.
const STEPS_OF_ALL: usize = 1 << 24;

/// The most steps of a search among some of the GPUs: few at first, since it may need fewer among others.
const STEPS: [usize; 4] = [1 << 15, 1 << 18, 1 << 20, 1 << 22];

/// The most steps of such a search for one of the instances that a request displaces.
const STEPS_OF_DISPLACED: usize = 1 << 15;

/// How many of the GPUs a search is among, those with the most free slices, before it is among all.
const SIZES: [usize; 7] = [4, 6, 8, 12, 16, 24, 32];

/// The most places that are cleared for a request in turn.
const CLEARINGS: usize = 8;

/// Places what is left.
#[derive(Debug)]
struct Repair<'a> {
    placing: &'a Placing<'a>,
    placed: OneByOne,
    table: RoomTable,
    left: usize,
}

/// Makes room for requests that found no place. What has a place may get another one, at no cost if it is requested or has
/// moved already. This goes on from where the first one found none, and if that does not place all, from the end.
pub(super) fn repair(placing: &Placing<'_>, stuck: OneByOne, end: OneByOne) -> OneByOne {
    let mut repair = Repair {
        placing,
        placed: stuck,
        table: RoomTable::default(),
        left: STEPS_OF_ALL,
    };
    if !repair.go_on() {
        repair.placed = end;
        repair.place_rest();
    }
    repair.placed
}

impl Repair<'_> {
    /// Places the requests from the first one without a place on, and returns whether all have one.
    fn go_on(&mut self) -> bool {
        let count = self.placed.count;
        let requests = self.placing.largest_first().into_iter().skip(count);
        let mut kinds = requests.map(|(_, kind)| kind);
        kinds.all(|kind| {
            self.placed
                .place(self.placing, kind, false, &mut self.table)
                || self.make_room(kind)
        })
    }

    /// Makes room for each request without a place.
    fn place_rest(&mut self) {
        let mut without_place = BTreeSet::new();
        for (request, kind) in self.placing.largest_first() {
            if !self.placed.unplaced.contains(&request) || without_place.contains(&kind) {
                continue;
            }
            if self.make_room(kind) {
                self.placed.unplaced.retain(|other| *other != request);
            } else {
                without_place.insert(kind);
            }
        }
    }

    /// Places one of this kind, and returns whether there was a place.
    fn make_room(&mut self, kind: usize) -> bool {
        let [first, rest @ ..] = STEPS;
        self.place(kind, first)
            || self.clear(kind)
            || rest.into_iter().any(|steps| self.place(kind, steps))
    }

    /// Places one of this kind in the best way among some of the GPUs.
    fn place(&mut self, kind: usize, steps: usize) -> bool {
        let ranked = self.ranked(kind);
        let sizes = SIZES.into_iter().filter(|size| *size < ranked.len());
        let sizes: Vec<usize> = sizes.chain([ranked.len()]).collect();
        let found = sizes.into_iter().find_map(|size| {
            let some = ranked.get(..size)?;
            self.search(kind, some, steps)
        });
        let is_found = found.is_some();
        self.placed.apply(&found.unwrap_or_default());
        is_found
    }

    /// Searches for a place among these GPUs.
    fn search(&mut self, kind: usize, some: &[usize], steps: usize) -> Option<Changes> {
        let demand = one(self.placing, kind);
        let gpus = some.iter().filter_map(|&index| self.placed.gpus.get(index));
        let gpus: Vec<SearchedGpu> = gpus.map(SearchedGpu::released).collect();
        let occupants = gpus.iter().flat_map(|gpu| &gpu.state.occupants);
        let movable = occupants.filter_map(|occupant| occupant.kind);
        let placeable: BTreeSet<usize> = movable.chain([kind]).collect();
        let placeable: Vec<usize> = placeable.into_iter().collect();
        let goal = Goal {
            most_removed: gpus.iter().map(|gpu| gpu.state.occupants.len()).sum(),
            is_repair: true,
            ..self.placing.goal(&demand, &placeable, self.placed.moves)
        };
        let steps = steps.min(self.left);
        let budget = Budget::of(steps);
        let found = search(goal, &gpus, &mut self.table, &budget);
        self.left = self
            .left
            .saturating_sub(steps.saturating_sub(budget.left()));
        let changes = found.ok()??.into_iter();
        let changes = changes.filter_map(|(index, change)| Some((*some.get(index)?, change)));
        Some(changes.collect())
    }

    /// Places one of this kind where instances can be displaced, if these find places one after another.
    fn clear(&mut self, kind: usize) -> bool {
        let clearings = clearings(self.placing, &self.placed, kind);
        clearings.into_iter().take(CLEARINGS).any(|clearing| {
            let before = self.placed.clone();
            self.placed.apply(&[(clearing.gpu, clearing.change)]);
            let mut displaced = clearing.displaced.into_iter();
            let all_placed = displaced.all(|kind| self.place(kind, STEPS_OF_DISPLACED));
            if !all_placed {
                self.placed = before;
            }
            all_placed
        })
    }

    /// The GPUs that may change: the one that a kind names, and then, in turn, those with the most free slices and those
    /// whose instances differ from what came before.
    fn ranked(&self, kind: usize) -> Vec<usize> {
        let named = self.placing.kinds.get(kind).and_then(|kind| kind.gpu);
        let gpus = self.placed.gpus.iter().enumerate();
        let open =
            gpus.filter(|(_, gpu)| !gpu.is_closed && self.placing.is_wanted_on(gpu.state.model));
        let mut ranked: Vec<usize> = open.map(|(index, _)| index).collect();
        ranked.sort_by_cached_key(|&index| (named != Some(index), Reverse(self.free(index))));
        let mut contents = BTreeSet::new();
        let (different, other): (Vec<usize>, Vec<usize>) =
            (ranked.iter()).partition(|&&index| contents.insert(self.contents(index)));
        let mut known = BTreeSet::new();
        let in_turn = ranked.iter().zip(&different);
        let in_turn = in_turn.flat_map(|(&free, &different)| [free, different]);
        let all = in_turn.chain(different.iter().chain(&other).copied());
        all.filter(|index| known.insert(*index)).collect()
    }

    /// The model and the profiles of the instances of a GPU, and which of these may move.
    fn contents(&self, index: usize) -> (usize, Vec<(usize, bool)>) {
        let Some(gpu) = self.placed.gpus.get(index) else {
            return (0, Vec::new());
        };
        let occupants = gpu.state.occupants.iter().zip(&gpu.origins);
        let contents = occupants.map(|(occupant, origin)| {
            let is_placed = matches!(origin, Origin::Placed(..));
            (occupant.profile, is_placed || occupant.kind.is_some())
        });
        let mut contents: Vec<(usize, bool)> = contents.collect();
        contents.sort_unstable();
        (gpu.state.model, contents)
    }

    /// The number of free memory slices of a GPU.
    fn free(&self, index: usize) -> u32 {
        let gpu = self.placed.gpus.get(index);
        let free = gpu.and_then(|gpu| {
            let model = self.placing.models.get(gpu.state.model)?;
            let used = Usage::of(model, gpu.state.occupants.iter()).slices;
            Some(model.memory_slices().saturating_sub(used.count_ones()))
        });
        free.unwrap_or(0)
    }
}
