//! The GPUs that a search has to consider.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Net, changes};
use super::goal::Goal;
use super::outcome::Outcome;
use super::room_table::RoomTable;
use super::state::{SearchedGpu, State};
use crate::plan::planner::{Budget, Exhausted};

/// GPUs that are interchangeable, with the changes that may be part of a best plan.
#[derive(Debug)]
pub(super) struct Candidates {
    /// Their indices, ascending. Never more than can change in one plan.
    pub(super) gpus: Vec<usize>,
    pub(super) changes: BTreeMap<Net, Change>,
}

/// Returns the GPUs and changes that suffice for a best plan.
///
/// A plan changes at most as many GPUs as it places and removes instances. So of the GPUs with the same change, that many
/// of the best suffice: a plan that uses another one can use one of these instead, and is no worse.
pub(super) fn candidates(
    goal: Goal<'_>,
    gpus: &[SearchedGpu],
    table: &mut RoomTable,
    budget: &Budget,
) -> Result<Vec<Candidates>, Exhausted> {
    let mut alike: BTreeMap<&State, Vec<usize>> = BTreeMap::new();
    // Where nothing moves to another GPU, only those matter that may get a requested instance.
    let is_local = goal.on_own_gpu || goal.most_removed == 0;
    let is_possible =
        |gpu: &SearchedGpu| !gpu.is_closed && (!is_local || goal.concerns(&gpu.state));
    for (index, gpu) in gpus.iter().enumerate().filter(|(_, gpu)| is_possible(gpu)) {
        alike.entry(&gpu.state).or_default().push(index);
    }
    let mut all = Vec::with_capacity(alike.len());
    for (state, gpus) in alike {
        let changes = changes(goal, state, table, budget)?;
        all.push(Candidates { gpus, changes });
    }
    // Lower indices win where all else is equal.
    all.sort_by_key(|candidates| candidates.gpus.first().copied());
    let most = most_changed(goal);
    let best = best(&all, most);
    for (index, candidates) in all.iter_mut().enumerate() {
        candidates.gpus.truncate(most);
        let is_best = |net: &Net| best.get(net).is_some_and(|best| best.contains(&index));
        candidates.changes.retain(|net, _| is_best(net));
    }
    all.retain(|candidates| !candidates.changes.is_empty());
    Ok(all)
}

/// The most GPUs that a plan changes.
fn most_changed(goal: Goal<'_>) -> usize {
    let wanted = goal
        .demand
        .iter()
        .map(|&count| usize::try_from(count).unwrap_or(0));
    let wanted = wanted.fold(0, usize::saturating_add);
    wanted.saturating_add(goal.most_removed.saturating_mul(2))
}

/// For each change, the candidates with the best outcome, until there are this many GPUs.
fn best(all: &[Candidates], most: usize) -> BTreeMap<Net, BTreeSet<usize>> {
    let mut ranked: BTreeMap<&Net, Vec<(Outcome, usize)>> = BTreeMap::new();
    for (index, candidates) in all.iter().enumerate() {
        for (net, change) in &candidates.changes {
            ranked.entry(net).or_default().push((change.outcome, index));
        }
    }
    let first = |(net, mut ranked): (&Net, Vec<(Outcome, usize)>)| {
        ranked.sort_unstable();
        let mut gpus = 0;
        let enough = ranked.into_iter().take_while(|(_, index)| {
            let before = gpus;
            gpus += all
                .get(*index)
                .map_or(0, |candidates| candidates.gpus.len());
            before < most
        });
        (net.clone(), enough.map(|(_, index)| index).collect())
    };
    ranked.into_iter().map(first).collect()
}
