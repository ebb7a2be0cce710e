//! What the rest of the GPUs can still do.

use std::collections::BTreeMap;

use super::change::{Change, Net};
use super::goal::Goal;
use super::outcome::Cost;

/// What the GPUs after a stage of the search can place and remove at most, which rules out balances early.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// Per kind.
    kinds: Vec<KindReach>,
}

#[derive(Debug, Clone, Copy, Default)]
struct KindReach {
    /// The most instances that can come, and the fewest that are removed for one.
    coming: i32,
    removed: Option<usize>,
    /// The most instances that can go.
    going: i32,
}

impl Reach {
    /// Returns, for each stage, the reach of those after it.
    pub(super) fn after_each(
        goal: Goal<'_>,
        stages: &[(usize, &BTreeMap<Net, Change>)],
    ) -> Vec<Self> {
        let mut reach = Self {
            kinds: vec![KindReach::default(); goal.kinds.len()],
        };
        let mut reaches = Vec::with_capacity(stages.len());
        for (_, changes) in stages.iter().rev() {
            reaches.push(reach.clone());
            for (number, kind) in reach.kinds.iter_mut().enumerate() {
                kind.extend(number, changes);
            }
        }
        reaches.reverse();
        reaches
    }

    /// Whether the demand can still be met from this balance, which was reached at this cost.
    pub(super) fn allows(&self, goal: Goal<'_>, balance: &Net, cost: Cost) -> bool {
        let Some(left) = goal.most_removed.checked_sub(cost.removed) else {
            return false;
        };
        if cost.moves > goal.most_moves {
            return false;
        }
        let mut surplus = 0;
        let counts = balance.iter().zip(goal.demand).zip(&self.kinds);
        let all = counts.into_iter().all(|((&balance, &demand), kind)| {
            let lacking = demand.saturating_sub(balance);
            surplus += usize::try_from(-lacking).unwrap_or(0);
            lacking == 0
                || (lacking > 0
                    && lacking <= kind.coming
                    && kind.removed.is_some_and(|removed| removed <= left))
                || (lacking < 0 && -lacking <= kind.going)
        });
        // Each instance too many must still be removed.
        all && surplus <= left
    }
}

impl KindReach {
    fn extend(&mut self, number: usize, changes: &BTreeMap<Net, Change>) {
        let (mut coming, mut going) = (0, 0);
        for (net, change) in changes {
            let count = net.get(number).copied().unwrap_or_default();
            coming = coming.max(count);
            going = going.max(-count);
            if count > 0 {
                let removed = change.outcome.cost.removed;
                self.removed = Some(self.removed.map_or(removed, |known| known.min(removed)));
            }
        }
        self.coming = self.coming.saturating_add(coming);
        self.going = self.going.saturating_add(going);
    }
}
