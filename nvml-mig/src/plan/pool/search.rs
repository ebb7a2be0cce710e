//! Searches for the best plan of a pool.
//!
//! The number of instances that are removed is raised until there is a plan. For each number, this is dynamic programming over the GPUs. What
//! matters for the next GPU is only how many instances of each kind have come and gone so far, so only the best way to
//! each such balance is kept.

use std::collections::BTreeMap;

use super::candidates::{Candidates, candidates};
use super::change::{Change, Net};
use super::goal::Goal;
use super::outcome::Outcome;
use super::reach::Reach;
use super::room_table::RoomTable;
use super::state::SearchedGpu;
use crate::plan::planner::{Budget, Exhausted};

/// The changes of a plan, each with the index of its GPU.
pub(super) type Changes = Vec<(usize, Change)>;

/// The best way to a balance.
#[derive(Debug, Clone, Copy)]
struct Way {
    outcome: Outcome,
    /// Index of its last change in the history; `None` at the start.
    last: Option<usize>,
}

/// A change of a way.
#[derive(Debug, Clone, Copy)]
struct Taken<'a> {
    gpu: usize,
    change: &'a Change,
    before: Option<usize>,
}

/// Returns the best changes that fulfil the demand, with as few instances removed as possible; `None` if there are none.
pub(super) fn search(
    goal: Goal<'_>,
    gpus: &[SearchedGpu],
    table: &mut RoomTable,
    budget: &Budget,
) -> Result<Option<Changes>, Exhausted> {
    let most_on_one = || gpus.iter().map(|gpu| gpu.state.occupants.len()).max();
    let most_removed = if goal.on_own_gpu {
        // The search is for one request, which goes to one GPU.
        goal.most_removed.min(most_on_one().unwrap_or(0))
    } else {
        goal.most_removed
    };
    for most_removed in 0..=most_removed {
        let goal = Goal {
            most_removed,
            ..goal
        };
        let candidates = candidates(goal, gpus, table, budget)?;
        let found = combine(goal, &candidates, budget)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Chooses a change for each GPU, or none.
fn combine(
    goal: Goal<'_>,
    all: &[Candidates],
    budget: &Budget,
) -> Result<Option<Changes>, Exhausted> {
    let stages = all.iter().flat_map(|candidates| {
        let gpus = candidates.gpus.iter();
        gpus.map(|&gpu| (gpu, &candidates.changes))
    });
    let stages: Vec<(usize, &BTreeMap<Net, Change>)> = stages.collect();
    budget.take(stages.len().saturating_mul(goal.weight()))?;
    let reaches = Reach::after_each(goal, &stages);
    let start = Way {
        outcome: Outcome::default(),
        last: None,
    };
    let mut ways: BTreeMap<Net, Way> = BTreeMap::from([(vec![0; goal.kinds.len()], start)]);
    let mut history: Vec<Taken<'_>> = Vec::new();
    for (&(gpu, changes), reach) in stages.iter().zip(&reaches) {
        let looks = ways.len().saturating_mul(changes.len() + 1);
        budget.take(looks.saturating_mul(goal.weight()))?;
        let mut next: BTreeMap<Net, Way> = BTreeMap::new();
        for (balance, way) in ways {
            for (net, change) in changes {
                let balance = sum(&balance, net);
                let outcome = way.outcome + change.outcome;
                let is_better = |next: &BTreeMap<Net, Way>| {
                    next.get(&balance)
                        .is_none_or(|known| outcome < known.outcome)
                };
                if reach.allows(goal, &balance, outcome.cost) && is_better(&next) {
                    let before = way.last;
                    history.push(Taken {
                        gpu,
                        change,
                        before,
                    });
                    let last = Some(history.len() - 1);
                    next.insert(balance, Way { outcome, last });
                }
            }
            let is_better = next
                .get(&balance)
                .is_none_or(|known| way.outcome <= known.outcome);
            if reach.allows(goal, &balance, way.outcome.cost) && is_better {
                next.insert(balance, way);
            }
        }
        ways = next;
    }
    let done = ways.get(goal.demand);
    Ok(done.map(|way| changes_of(way, &history)))
}

fn sum(balance: &Net, net: &Net) -> Net {
    let counts = balance.iter().zip(net);
    counts
        .map(|(balance, net)| balance.saturating_add(*net))
        .collect()
}

fn changes_of(way: &Way, history: &[Taken<'_>]) -> Changes {
    let mut changes = Vec::new();
    let mut last = way.last;
    while let Some(taken) = last.and_then(|last| history.get(last)) {
        changes.push((taken.gpu, taken.change.clone()));
        last = taken.before;
    }
    changes
}
