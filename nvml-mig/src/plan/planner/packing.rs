//! Finds places for several things at once, exactly.
//!
//! The things are placed one after the other, in all ways; what counts of the ways up to some thing is which slices
//! they take, so of all that take the same slices only the best is followed. A GPU of eight slices has 256 sets of
//! slices, and after placing some things only those of one size are left: 70 at most.

use std::collections::BTreeMap;

use super::loss::Loss;
use super::slices::{Place, Slices};

/// One way to place one thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// Where.
    pub(crate) place: Place,
    /// Which of the present instances it is; `None` for a new one.
    pub(crate) kept: Option<usize>,
    /// What need not be destroyed for it.
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

/// The best way to some set of slices.
#[derive(Debug, Clone, Copy)]
struct Way {
    saved: Loss,
    /// The slices before the last thing was placed, and how it was.
    before: Slices,
    choice: Choice,
}

/// All sets of slices that the things can take together, each with the best way to it.
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    occupied: Slices,
    /// After each thing, in the order in which they were placed.
    layers: Vec<BTreeMap<Slices, Way>>,
    /// Which thing each layer places.
    order: Vec<usize>,
}

impl Packing {
    /// Places all things, each by one of its choices, beside what is `occupied`.
    pub(crate) fn of(items: &[Vec<Choice>], occupied: Slices) -> Self {
        let mut order: Vec<usize> = (0..items.len()).collect();
        // The things with the fewest choices first: that leaves the fewest sets to follow.
        order.sort_by_key(|&item| items.get(item).map_or(0, Vec::len));
        let mut packing = Self {
            occupied,
            layers: Vec::with_capacity(items.len()),
            order: Vec::new(),
        };
        for item in &order {
            let choices = items.get(*item).map_or(&[][..], Vec::as_slice);
            let layer = packing.next_layer(choices);
            packing.layers.push(layer);
        }
        Self { order, ..packing }
    }

    /// Whether the items fit together on what is free of anything else.
    pub(crate) fn fits(items: &[Vec<Choice>]) -> bool {
        Self::of(items, 0).results().next().is_some()
    }

    fn next_layer(&self, choices: &[Choice]) -> BTreeMap<Slices, Way> {
        let mut layer: BTreeMap<Slices, Way> = BTreeMap::new();
        for (before, saved) in self.results() {
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
        layer
    }

    /// The sets of slices that all things placed so far can take, with the most that each saves.
    pub(crate) fn results(&self) -> impl Iterator<Item = (Slices, Loss)> {
        let start = self.layers.is_empty();
        let start = start.then_some((self.occupied, Loss::default()));
        let layer = self.layers.last().into_iter().flatten();
        start
            .into_iter()
            .chain(layer.map(|(&slices, way)| (slices, way.saved)))
    }

    /// Of the results the one that saves the most, and then the one for which `rank` is highest.
    pub(crate) fn best<R: Ord>(&self, rank: impl Fn(Slices) -> R) -> Option<(Slices, Loss)> {
        let most = self.results().map(|(_, saved)| saved).max()?;
        let equals = self.results().filter(|(_, saved)| *saved == most);
        // The last of equal maxima is taken; turned round, that is the one with the lowest places.
        let equals: Vec<(Slices, Loss)> = equals.collect();
        let lowest_last = equals.into_iter().rev();
        lowest_last.max_by_key(|(slices, _)| rank(*slices))
    }

    /// How each thing is placed on the way to a result, in the order in which the things were given.
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
