//! What one GPU can take in and give away.

use std::collections::BTreeMap;

use super::instance_kind::InstanceKind;
use super::outcome::{Cost, Outcome};
use super::room::Room;
use super::room_table::RoomTable;
use super::state::{Occupant, Origin, SearchedGpu, State, Usage};
use crate::plan::gpu_model::GpuModel;
use crate::plan::planner::{Budget, Exhausted, Place};

/// For each kind, the number of instances that come less those that go.
pub(super) type Net = Vec<i32>;

/// A change of one GPU: instances that are placed on it, and existing ones that are removed.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) outcome: Outcome,
    /// Indices of the removed occupants, ascending.
    pub(super) removed: Vec<usize>,
    pub(super) placed: Vec<Placed>,
}

/// An instance that is placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) kind: usize,
    /// Index of its profile in the model.
    pub(super) profile: usize,
    pub(super) place: Place,
}

impl Change {
    /// Carries the change out. What it places does not move again.
    pub(super) fn apply(&self, gpu: &mut SearchedGpu) {
        for &index in self.removed.iter().rev() {
            gpu.remove(index);
        }
        for placed in &self.placed {
            let occupant = Occupant {
                slices: placed.place.slices(),
                profile: placed.profile,
                kind: None,
                cost: Cost::default(),
            };
            gpu.insert(occupant, Origin::Placed(placed.kind, placed.place));
        }
    }
}

/// What a search looks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal<'a> {
    pub(super) models: &'a [GpuModel],
    pub(super) kinds: &'a [InstanceKind],
    /// The number of instances of each kind to add: those requested, and 0 for existing kinds.
    pub(super) demand: &'a [i32],
    /// The kinds that may be placed, ascending: those requested here, and the existing ones.
    pub(super) placeable: &'a [usize],
    /// The most existing instances that may move.
    pub(super) most_moves: usize,
    /// Whether an instance may move only to another place on its GPU.
    pub(super) on_own_gpu: bool,
}

impl Goal<'_> {
    /// The steps that one look at a placement or a change counts for: it takes longer with more kinds.
    pub(super) fn weight(&self) -> usize {
        1 + self.placeable.len() / 16
    }

    /// Whether a GPU in this state may get one of the requested instances.
    pub(super) fn concerns(&self, state: &State) -> bool {
        let kinds = self.placeable.iter().rev();
        let mut kinds = kinds.filter_map(|&kind| self.kinds.get(kind));
        kinds.any(|kind| {
            let has_site = || matches!(kind.sites.get(state.model), Some(Some(_)));
            kind.is_requested && (kind.gpu.is_none() || kind.gpu == state.named) && has_site()
        })
    }
}

/// Finds all changes of one GPU.
struct Changes<'a> {
    goal: Goal<'a>,
    state: &'a State,
    model: &'a GpuModel,
    before: Room,
    table: &'a mut RoomTable,
    budget: &'a Budget,
    removed: Vec<usize>,
    placed: Vec<Placed>,
    found: BTreeMap<Net, Change>,
}

/// Returns the best change of a GPU for each combination of instances that can come and go.
pub(super) fn changes(
    goal: Goal<'_>,
    state: &State,
    table: &mut RoomTable,
    budget: &Budget,
) -> Result<BTreeMap<Net, Change>, Exhausted> {
    let Some(model) = goal.models.get(state.model) else {
        return Ok(BTreeMap::new());
    };
    let usage = Usage::of(model, state.occupants.iter());
    let mut changes = Changes {
        before: table.room(state.model, model, usage),
        goal,
        state,
        model,
        table,
        budget,
        removed: Vec::new(),
        placed: Vec::new(),
        found: BTreeMap::new(),
    };
    changes.remove(0)?;
    Ok(changes.found)
}

impl Changes<'_> {
    /// Removes each subset of the occupants from this one on that may move.
    fn remove(&mut self, index: usize) -> Result<(), Exhausted> {
        let Some(occupant) = self.state.occupants.get(index) else {
            let usage = Usage::of(self.model, self.kept());
            return self.place(0, 0, usage);
        };
        self.remove(index + 1)?;
        if occupant.kind.is_some() && self.removed.len() < self.goal.most_moves {
            self.removed.push(index);
            self.remove(index + 1)?;
            self.removed.pop();
        }
        Ok(())
    }

    fn kept(&self) -> impl Iterator<Item = &Occupant> {
        let occupants = self.state.occupants.iter().enumerate();
        occupants
            .filter(|(index, _)| !self.removed.contains(index))
            .map(|(_, occupant)| occupant)
    }

    /// Places each combination of instances of the kinds from this one on. Those of one kind are placed in the order of
    /// their places.
    fn place(&mut self, kind: usize, first: usize, usage: Usage) -> Result<(), Exhausted> {
        self.budget.take(self.goal.weight())?;
        self.record(usage);
        let goal = self.goal;
        let mut first = first;
        let kinds = goal.placeable.iter().skip_while(|&&number| number < kind);
        for (number, kind) in kinds.filter_map(|&number| Some((number, goal.kinds.get(number)?))) {
            let from = core::mem::take(&mut first);
            if !self.may_take(number, kind) {
                continue;
            }
            let Some(Some(site)) = kind.sites.get(self.state.model) else {
                continue;
            };
            for (index, &place) in site.places.iter().enumerate().skip(from) {
                let slices = place.slices();
                let after = usage.plus(site.engines, slices);
                let placed = Placed {
                    kind: number,
                    profile: site.profile,
                    place,
                };
                if usage.slices & slices == 0
                    && after.is_within(self.model)
                    && !self.recreates(placed)
                {
                    self.placed.push(placed);
                    self.place(number, index + 1, after)?;
                    self.placed.pop();
                }
            }
        }
        Ok(())
    }

    /// Whether one more instance of this kind may be placed here.
    fn may_take(&self, number: usize, kind: &InstanceKind) -> bool {
        if kind.gpu.is_some() && kind.gpu != self.state.named {
            return false;
        }
        let placed = |of: &dyn Fn(&Placed) -> bool| {
            let count = self.placed.iter().filter(|placed| of(placed)).count();
            i32::try_from(count).unwrap_or(i32::MAX)
        };
        if kind.is_requested {
            let demand = self.goal.demand.get(number).copied().unwrap_or_default();
            return placed(&|placed| placed.kind == number) < demand;
        }
        let moves = |placed: &Placed| {
            let kind = self.goal.kinds.get(placed.kind);
            kind.is_some_and(|kind| !kind.is_requested)
        };
        usize::try_from(placed(&moves)).is_ok_and(|moved| moved < self.goal.most_moves)
    }

    /// Whether this creates what was removed: a layout can't say so.
    fn recreates(&self, placed: Placed) -> bool {
        let slices = placed.place.slices();
        let mut removed = self
            .removed
            .iter()
            .filter_map(|&index| self.state.occupants.get(index));
        removed.any(|removed| (removed.profile, removed.slices) == (placed.profile, slices))
    }

    /// Whether as many existing instances come to the GPU as go, if they may move only there.
    fn is_allowed(&self, net: &Net) -> bool {
        let mut kinds = self.goal.kinds.iter().zip(net);
        !self.goal.on_own_gpu || kinds.all(|(kind, &count)| kind.is_requested || count == 0)
    }

    fn record(&mut self, usage: Usage) {
        if !usage.is_within(self.model) {
            return;
        }
        let mut net = vec![0; self.goal.kinds.len()];
        let mut cost = Cost::default();
        for occupant in self
            .removed
            .iter()
            .filter_map(|&index| self.state.occupants.get(index))
        {
            cost += occupant.cost;
            add(&mut net, occupant.kind, -1);
        }
        for placed in &self.placed {
            add(&mut net, Some(placed.kind), 1);
        }
        if net.iter().all(|&count| count == 0) || !self.is_allowed(&net) {
            return;
        }
        let after = self.table.room(self.state.model, self.model, usage);
        let outcome = Outcome::new(cost, self.before, after);
        if self
            .found
            .get(&net)
            .is_none_or(|known| outcome < known.outcome)
        {
            let (removed, placed) = (self.removed.clone(), self.placed.clone());
            let change = Change {
                outcome,
                removed,
                placed,
            };
            self.found.insert(net, change);
        }
    }
}

fn add(net: &mut Net, kind: Option<usize>, count: i32) {
    if let Some(known) = kind.and_then(|kind| net.get_mut(kind)) {
        *known = known.saturating_add(count);
    }
}
