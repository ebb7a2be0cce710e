//! Finds the best placements of several items by exact search.
//!
//! This is dynamic programming over sets of slices. Items are placed one after another. What matters for the next item
//! is only which slices are taken, so only the best way to each set is kept. Eight slices have 256 subsets; if all
//! placements so far have the same total size, at most 70 of these remain.

use std::collections::BTreeMap;

use super::budget::{Budget, Exhausted};
use super::loss::Loss;
use super::room::{Kind, places, room};
use super::slices::{Place, Slices};

/// A possible placement of one item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// Where.
    pub(crate) place: Place,
    /// Index of the existing instance that is kept for the item; `None` for a new one.
    pub(crate) kept: Option<usize>,
    /// The loss that keeping it avoids.
    pub(crate) saved: Loss,
}

impl Choice {
    /// A new instance at a place.
    pub(crate) fn new(place: impl Into<Place>) -> Self {
        Self {
            place: place.into(),
            kept: None,
            saved: Loss::default(),
        }
    }
}

/// The best way to occupy a set of slices.
#[derive(Debug, Clone, Copy)]
struct Way {
    saved: Loss,
    /// The slices occupied before the last item was placed.
    before: Slices,
    choice: Choice,
}

/// All sets of slices that the items can occupy together, each with the best way to do so.
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    occupied: Slices,
    /// The sets after each item, in the order of placement.
    layers: Vec<BTreeMap<Slices, Way>>,
    /// Index of the item that each layer places.
    order: Vec<usize>,
}

impl Packing {
    /// Places all items, each by one of its choices, outside the `occupied` slices.
    pub(crate) fn of(
        items: &[impl AsRef<[Choice]>],
        occupied: Slices,
        budget: &Budget,
    ) -> Result<Self, Exhausted> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        // Items with the fewest choices come first, which keeps the number of sets small.
        order.sort_by_key(|&item| items.get(item).map_or(0, |item| item.as_ref().len()));
        let mut packing = Self {
            occupied,
            layers: Vec::with_capacity(items.len()),
            order: Vec::new(),
        };
        for item in &order {
            let choices = items.get(*item).map_or(&[][..], AsRef::as_ref);
            let layer = packing.next_layer(choices, budget)?;
            packing.layers.push(layer);
        }
        Ok(Self { order, ..packing })
    }

    /// Whether the items fit together if nothing else is present.
    pub(crate) fn fits(items: &[Vec<Choice>], budget: &Budget) -> Result<bool, Exhausted> {
        Ok(Self::of(items, 0, budget)?.results().next().is_some())
    }

    fn next_layer(
        &self,
        choices: &[Choice],
        budget: &Budget,
    ) -> Result<BTreeMap<Slices, Way>, Exhausted> {
        let mut layer: BTreeMap<Slices, Way> = BTreeMap::new();
        for (before, saved) in self.results() {
            budget.take(choices.len())?;
            for &choice in choices {
                let slices = choice.place.slices();
                if before & slices == 0 {
                    let saved = saved + choice.saved;
                    let way = Way {
                        saved,
                        before,
                        choice,
                    };
                    let best = layer.entry(before | slices).or_insert(way);
                    if best.saved < saved {
                        *best = way;
                    }
                }
            }
        }
        Ok(layer)
    }

    /// The sets of slices that the items placed so far can occupy, each with its greatest saving.
    pub(crate) fn results(&self) -> impl Iterator<Item = (Slices, Loss)> {
        let start = self.layers.is_empty();
        let start = start.then_some((self.occupied, Loss::default()));
        let layer = self.layers.last().into_iter().flatten();
        start
            .into_iter()
            .chain(layer.map(|(&slices, way)| (slices, way.saved)))
    }

    /// Returns the result with the greatest saving; if several are equal, the one that leaves the most room for `kinds`.
    pub(crate) fn best(
        &self,
        kinds: &[Kind],
        budget: &Budget,
    ) -> Result<Option<(Slices, Loss)>, Exhausted> {
        let most = self.results().map(|(_, saved)| saved).max();
        let equals = self.results().filter(|(_, saved)| Some(*saved) == most);
        // The last of equal maxima is taken; turned round, that is the one with the lowest places.
        let equals: Vec<(Slices, Loss)> = equals.collect();
        budget.take(equals.len().saturating_mul(places(kinds)))?;
        let lowest_last = equals.into_iter().rev();
        Ok(lowest_last.max_by_key(|(slices, _)| room(kinds, *slices)))
    }

    /// Returns the choices that lead to a result, in the original order of the items.
    pub(crate) fn choices(&self, result: Slices) -> Vec<Choice> {
        let mut slices = result;
        let mut choices = vec![None; self.order.len()];
        for (layer, &item) in self.layers.iter().zip(&self.order).rev() {
            let Some(way) = layer.get(&slices) else { break };
            if let Some(choice) = choices.get_mut(item) {
                *choice = Some(way.choice);
            }
            slices = way.before;
        }
        choices.into_iter().flatten().collect()
    }
}
