//! Requests to be placed on the GPUs of a pool.

use std::collections::{BTreeMap, HashMap};

use super::error::PoolError;
use super::goal::Goal;
use super::instance_kind::InstanceKind;
use super::outcome::Cost;
use super::pool_gpu::PoolGpu;
use super::pool_options::PoolOptions;
use super::request::GpuInstanceRequest;
use super::room_table::RoomTable;
use super::search::search;
use super::state::{Occupant, SearchedGpu};
use crate::plan::gpu_model::GpuModel;
use crate::plan::planner::{
    Budget, Exhausted, Loss, PlanError, PlanOptions, PresentGpuInstance, protection,
};

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
    pub(super) most_moves: usize,
}

/// GPUs that a plan changes, by index.
pub(super) type ChangedGpus = BTreeMap<usize, SearchedGpu>;

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

    /// Adds a kind of existing instances, or finds the requests that can have the same places.
    fn add_existing(&mut self, kind: InstanceKind) -> usize {
        let mut known = self.kinds.iter_mut().enumerate();
        let same = known.find(|(_, known)| (known.gpu, &known.sites) == (None, &kind.sites));
        match same {
            Some((number, known)) => {
                known.may_move = true;
                number
            }
            None => self.add_kind(kind),
        }
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
            && self.is_wanted_on(model)
            && protection(instance, options).is_none();
        if !may_move {
            return occupant;
        }
        let kind = *known.entry((model, occupant.profile)).or_insert_with(|| {
            let kind = InstanceKind::existing(instance, model, self.models)?;
            Some(self.add_existing(kind))
        });
        Occupant {
            kind,
            cost: Cost::of(Loss::of_gpu_instance(instance, options)),
            ..occupant
        }
    }

    pub(super) fn goal<'b>(
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
            most_removed: most_moves,
            on_own_gpu: false,
            is_repair: false,
        }
    }

    /// Whether one of the requests can be on a GPU of the model with this number.
    pub(super) fn is_wanted_on(&self, number: usize) -> bool {
        let kinds = self.kinds.iter().zip(&self.demand);
        let mut wanted = kinds.filter(|(_, demand)| **demand > 0);
        wanted.any(|(kind, _)| matches!(kind.sites.get(number), Some(Some(_))))
    }

    /// Returns the GPUs that the best plan changes, as they are then; `None` if there is no plan. Fails after this many steps.
    pub(super) fn exact(&self, steps: usize) -> Result<Option<ChangedGpus>, Exhausted> {
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

    /// Whether one of this kind can be wherever an existing instance of the same profile can.
    pub(super) fn can_be_anywhere(&self, kind: usize, model: usize) -> bool {
        let (kind, own) = (self.kinds.get(kind), self.models.get(model));
        kind.zip(own)
            .is_some_and(|(kind, own)| !kind.is_restricted(model, own))
    }

    /// The requests with their kinds, by memory slices and then by compute slices.
    pub(super) fn largest_first(&self) -> Vec<(usize, usize)> {
        let size = |kind: usize| {
            let kind = self.kinds.get(kind).into_iter();
            let sizes = kind.flat_map(|kind| &kind.sites).flatten().map(|site| {
                let slices = site.places.first().map_or(0, |place| place.size);
                (slices, site.slice_count)
            });
            sizes.max()
        };
        let mut requests: Vec<(usize, usize)> = self.kind_of.iter().copied().enumerate().collect();
        requests.sort_by_key(|&(_, kind)| core::cmp::Reverse(size(kind)));
        requests
    }
}
