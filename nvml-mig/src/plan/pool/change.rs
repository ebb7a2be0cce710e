//! What one GPU can take in and give away.

use std::collections::BTreeMap;

use super::goal::Goal;
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
    /// Carries the change out. What it places stays unless it is [released](SearchedGpu::released).
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
        if occupant.kind.is_some() && self.removed.len() < self.goal.most_removed {
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
                    && !self.recreates(placed, kind)
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
        let of_kind = |number: usize| {
            let placed = self.placed.iter().filter(|placed| placed.kind == number);
            let wanted = usize::try_from(self.goal.wanted(number)).unwrap_or(0);
            (placed.count(), wanted)
        };
        let (count, wanted) = of_kind(number);
        if count < wanted {
            return true;
        }
        // Each one more has been removed here or elsewhere.
        let excess = self.goal.placeable.iter().map(|&number| {
            let (count, wanted) = of_kind(number);
            count.saturating_sub(wanted)
        });
        (kind.may_move || self.goal.is_repair) && excess.sum::<usize>() < self.goal.most_removed
    }

    /// Whether this creates what was removed, which a layout can't say: the GPU instance stays. Only a request that could not
    /// have another place takes it over; any other one would go where the removed one goes.
    fn recreates(&self, placed: Placed, kind: &InstanceKind) -> bool {
        let slices = placed.place.slices();
        let removed = self.removed.iter();
        let mut removed = removed.filter_map(|&index| self.state.occupants.get(index));
        let is_restricted = kind.is_restricted(self.state.model, self.model);
        removed.any(|removed| {
            (removed.profile, removed.slices) == (placed.profile, slices)
                && (!is_restricted || removed.kind == Some(placed.kind))
        })
    }

    /// Whether no more existing instances move than may, and each to another place on the GPU if that is all it may.
    fn is_allowed(&self, net: &Net, cost: Cost) -> bool {
        let is_wanted = || net.as_slice() == self.goal.demand;
        cost.moves <= self.goal.most_moves && (!self.goal.on_own_gpu || is_wanted())
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
        if net.iter().all(|&count| count == 0) || !self.is_allowed(&net, cost) {
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
