//! Requests to be placed on the GPUs of a pool.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::change::Goal;
use super::error::PoolError;
use super::instance_kind::InstanceKind;
use super::outcome::Cost;
use super::pool_gpu::PoolGpu;
use super::pool_options::PoolOptions;
use super::request::GpuInstanceRequest;
use super::room_table::RoomTable;
use super::search::{Changes, search};
use super::state::{Occupant, SearchedGpu};
use crate::plan::gpu_model::GpuModel;
use crate::plan::planner::{
    Budget, Exhausted, Loss, PlanError, PlanOptions, PresentGpuInstance, protection,
};

/// The most steps of an exact search. Each looks at one placement of an instance, or at one change of a GPU.
const STEPS: usize = 1 << 20;

/// The most GPUs that a machine has, for which the search may take longer.
const MACHINE: usize = 8;

/// The most steps of an exact search on that many GPUs.
const STEPS_OF_MACHINE: usize = 1 << 26;

/// The most steps for each request if the exact search takes too many.
const STEPS_OF_ONE: usize = 1 << 18;

/// The most steps for all requests together, after which no further instance moves.
const STEPS_OF_ALL: usize = 1 << 20;

/// Requests, and the GPUs that may take them.
#[derive(Debug)]
pub(super) struct Placing<'a> {
    pub(super) models: &'a [GpuModel],
    pub(super) requests: &'a [GpuInstanceRequest],
    pub(super) kinds: Vec<InstanceKind>,
    /// How many of each kind are requested.
    pub(super) demand: Vec<i32>,
    /// The kind of each request.
    pub(super) kind_of: Vec<usize>,
    pub(super) gpus: Vec<SearchedGpu>,
    most_moves: usize,
}

/// GPUs that a plan changes, by index.
pub(super) type ChangedGpus = BTreeMap<usize, SearchedGpu>;

/// What came of placing the requests one after another.
#[derive(Debug)]
pub(super) struct OneByOne {
    pub(super) changed: ChangedGpus,
    /// The requests for which no place was found.
    pub(super) unplaced: Vec<usize>,
}

/// What identifies a kind of existing instances: model and profile.
type Alike = (usize, usize);

impl<'a> Placing<'a> {
    pub(super) fn new(
        models: &'a [GpuModel],
        gpus: &[PoolGpu],
        requests: &'a [GpuInstanceRequest],
        options: PoolOptions,
    ) -> Result<Self, PoolError> {
        let mut placing = Self {
            models,
            requests,
            kinds: Vec::new(),
            demand: Vec::new(),
            kind_of: Vec::with_capacity(requests.len()),
            gpus: Vec::with_capacity(gpus.len()),
            most_moves: options.most_moves().unwrap_or(usize::MAX),
        };
        let mut known = HashMap::new();
        for (number, request) in requests.iter().enumerate() {
            let kind = match known.get(request) {
                Some(&kind) => kind,
                None => placing.add_request(number, request, gpus)?,
            };
            known.insert(request, kind);
            placing.kind_of.push(kind);
            if let Some(demand) = placing.demand.get_mut(kind) {
                *demand = demand.saturating_add(1);
            }
        }
        placing.add_gpus(gpus, requests, options.instances());
        Ok(placing)
    }

    fn add_request(
        &mut self,
        number: usize,
        request: &GpuInstanceRequest,
        gpus: &[PoolGpu],
    ) -> Result<usize, PoolError> {
        let named = match request.gpu() {
            Some(gpu) => Some(gpus.get(gpu).ok_or(PoolError::NoSuchGpu {
                request: number,
                gpu,
                count: gpus.len(),
            })?),
            None => None,
        };
        let models = self.models.iter().enumerate();
        let models: Vec<(bool, &GpuModel)> = models
            .map(|(index, model)| (named.is_none_or(|named| named.model == index), model))
            .collect();
        let kind = InstanceKind::requested(request.instance(), request.gpu(), &models);
        let kind = kind.map_err(|reason: Option<PlanError>| PoolError::Request {
            request: number,
            wanted: request.instance().to_string(),
            source: reason.map(Box::new),
        })?;
        let mut known = self.kinds.iter();
        let known = known.position(|known| (known.gpu, &known.sites) == (kind.gpu, &kind.sites));
        Ok(known.unwrap_or_else(|| self.add_kind(kind)))
    }

    fn add_kind(&mut self, kind: InstanceKind) -> usize {
        self.kinds.push(kind);
        self.demand.push(0);
        self.kinds.len() - 1
    }

    fn add_gpus(
        &mut self,
        gpus: &[PoolGpu],
        requests: &[GpuInstanceRequest],
        options: PlanOptions,
    ) {
        let mut known = HashMap::new();
        let mut movable = 0;
        for (number, gpu) in gpus.iter().enumerate() {
            let named = requests.iter().any(|request| request.gpu() == Some(number));
            let mut searched = SearchedGpu::new(gpu.model, named.then_some(number));
            for (index, instance) in gpu.present.iter().enumerate() {
                let occupant = self.occupant(gpu.model, instance, options, &mut known);
                movable += usize::from(occupant.kind.is_some());
                searched.add(occupant, index);
            }
            self.gpus.push(searched);
        }
        self.most_moves = self.most_moves.min(movable);
    }

    fn occupant(
        &mut self,
        model: usize,
        instance: &PresentGpuInstance,
        options: PlanOptions,
        known: &mut HashMap<Alike, Option<usize>>,
    ) -> Occupant {
        let occupant = Occupant::new(instance, self.models.get(model));
        let may_move = self.most_moves > 0
            && occupant.profile != Occupant::UNKNOWN
            && protection(instance, options).is_none();
        if !may_move {
            return occupant;
        }
        let kind = *known.entry((model, occupant.profile)).or_insert_with(|| {
            let kind = InstanceKind::existing(instance, model, self.models)?;
            Some(self.add_kind(kind))
        });
        Occupant {
            kind,
            cost: Cost::of(Loss::of_gpu_instance(instance, options)),
            ..occupant
        }
    }

    fn goal<'b>(
        &'b self,
        demand: &'b [i32],
        placeable: &'b [usize],
        most_moves: usize,
    ) -> Goal<'b> {
        Goal {
            models: self.models,
            kinds: &self.kinds,
            demand,
            placeable,
            most_moves,
            on_own_gpu: false,
        }
    }

    /// Returns the GPUs that the best plan changes, as they are then; `None` if there is no plan.
    pub(super) fn exact(&self) -> Result<Option<ChangedGpus>, Exhausted> {
        let steps = if self.gpus.len() <= MACHINE {
            STEPS_OF_MACHINE
        } else {
            STEPS
        };
        let (mut table, budget) = (RoomTable::default(), Budget::of(steps));
        let placeable: Vec<usize> = (0..self.kinds.len()).collect();
        let goal = self.goal(&self.demand, &placeable, self.most_moves);
        let changes = search(goal, &self.gpus, &mut table, &budget)?;
        Ok(changes.map(|changes| {
            let changed = changes.iter().filter_map(|(index, change)| {
                let mut gpu = self.gpus.get(*index)?.clone();
                change.apply(&mut gpu);
                Some((*index, gpu))
            });
            changed.collect()
        }))
    }

    /// Places the requests one after another, the largest first, each in the best way. What one request moves, the next does
    /// not move again; if some requests find no place for that reason, all are tried with moves on the same GPU alone.
    pub(super) fn one_by_one(&self) -> OneByOne {
        let first = self.place_each(false);
        if first.unplaced.is_empty() || self.most_moves == 0 {
            return first;
        }
        let second = self.place_each(true);
        if second.unplaced.len() < first.unplaced.len() {
            second
        } else {
            first
        }
    }

    fn place_each(&self, on_own_gpu: bool) -> OneByOne {
        let (mut gpus, mut unplaced) = (self.gpus.clone(), Vec::new());
        let (mut changed, mut without_place) = (BTreeSet::new(), BTreeSet::new());
        let (mut table, mut moves) = (RoomTable::default(), self.most_moves);
        let mut left = STEPS_OF_ALL;
        let kinds = self.kinds.iter().enumerate();
        let existing: Vec<usize> = kinds
            .filter(|(_, kind)| !kind.is_requested)
            .map(|(number, _)| number)
            .collect();
        for (request, kind) in self.largest_first() {
            // The GPUs only get fuller, so what had no place has none later.
            if without_place.contains(&kind) {
                unplaced.push(request);
                continue;
            }
            let mut demand = vec![0; self.kinds.len()];
            if let Some(demand) = demand.get_mut(kind) {
                *demand = 1;
            }
            // Requested kinds come before the existing ones.
            let placeable: Vec<usize> = [kind].into_iter().chain(existing.clone()).collect();
            let budget = Budget::of(STEPS_OF_ONE);
            let goal = Goal {
                on_own_gpu,
                ..self.goal(&demand, &placeable, if left > 0 { moves } else { 0 })
            };
            let found = search(goal, &gpus, &mut table, &budget);
            left = left.saturating_sub(STEPS_OF_ONE.saturating_sub(budget.left()));
            if let Ok(Some(changes)) = found {
                let moved = changes.iter().map(|(_, change)| change.outcome.cost.moves);
                moves = moves.saturating_sub(moved.sum());
                changed.extend(changes.iter().map(|(index, _)| *index));
                apply(&mut gpus, &changes);
            } else {
                without_place.insert(kind);
                unplaced.push(request);
            }
        }
        unplaced.sort_unstable();
        let gpus = gpus.into_iter().enumerate();
        let changed = gpus.filter(|(index, _)| changed.contains(index)).collect();
        OneByOne { changed, unplaced }
    }

    /// The requests with their kinds, by memory slices and then by compute slices.
    fn largest_first(&self) -> Vec<(usize, usize)> {
        let size = |kind: usize| {
            let sites = self
                .kinds
                .get(kind)
                .into_iter()
                .flat_map(|kind| &kind.sites);
            let sizes = sites.flatten().map(|site| {
                (
                    site.places.first().map_or(0, |place| place.size),
                    site.slice_count,
                )
            });
            sizes.max()
        };
        let mut requests: Vec<(usize, usize)> = self.kind_of.iter().copied().enumerate().collect();
        requests.sort_by_key(|&(_, kind)| core::cmp::Reverse(size(kind)));
        requests
    }
}

fn apply(gpus: &mut [SearchedGpu], changes: &Changes) {
    for (gpu, change) in changes {
        if let Some(gpu) = gpus.get_mut(*gpu) {
            change.apply(gpu);
        }
    }
}
