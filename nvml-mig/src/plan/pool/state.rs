//! The GPUs of a pool during a search.

use super::outcome::Cost;
use super::pool_gpu::PoolGpu;
use crate::plan::gpu_model::{Engines, GpuModel};
use crate::plan::planner::{Place, PresentGpuInstance, Slices};

/// What determines how a GPU can change. GPUs with equal states are interchangeable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    /// Index of its model.
    pub(super) model: usize,
    /// Its own index, if a request names it.
    pub(super) named: Option<usize>,
    /// Its instances, ordered by their slices.
    pub(super) occupants: Vec<Occupant>,
}

/// An instance on a GPU.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occupant {
    pub(super) slices: Slices,
    /// Index of its profile in the model.
    pub(super) profile: usize,
    /// Its kind, if it may move.
    pub(super) kind: Option<usize>,
    pub(super) cost: Cost,
}

impl Occupant {
    /// The profile of an instance that the model does not explain: it lacks the profile or the placement, or one inside it.
    pub(super) const UNKNOWN: usize = usize::MAX;

    /// An existing instance that may not move.
    pub(super) fn new(instance: &PresentGpuInstance, model: Option<&GpuModel>) -> Self {
        let mut profiles = model.into_iter().flat_map(|model| &model.profiles);
        let profile = profiles.position(|profile| {
            profile.id == instance.profile()
                && profile.placements.contains(&instance.placement())
                && instance.compute_instances().iter().all(|inside| {
                    let known = profile.compute_instance_profile_by_id(inside.profile());
                    known.is_ok_and(|known| known.placements.contains(&inside.placement()))
                })
        });
        Self {
            slices: Place::from(instance.placement()).slices(),
            profile: profile.unwrap_or(Self::UNKNOWN),
            kind: None,
            cost: Cost::default(),
        }
    }
}

/// Where an occupant comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It exists, with this index in the list of the GPU's instances.
    Existing(usize),
    /// The search has placed an instance of this kind here.
    Placed(usize, Place),
}

/// A GPU with the origins of its occupants, in the same order.
#[derive(Debug, Clone)]
pub(super) struct SearchedGpu {
    pub(super) state: State,
    pub(super) origins: Vec<Origin>,
    /// Whether it stays as it is, since its model does not explain one of its instances.
    pub(super) is_closed: bool,
}

/// What a set of occupants uses of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Usage {
    pub(super) instances: usize,
    pub(super) engines: Engines,
    pub(super) slices: Slices,
}

impl SearchedGpu {
    pub(super) const fn new(model: usize, named: Option<usize>) -> Self {
        Self {
            state: State {
                model,
                named,
                occupants: Vec::new(),
            },
            origins: Vec::new(),
            is_closed: false,
        }
    }

    /// A GPU of which nothing may move.
    pub(super) fn fixed(gpu: &PoolGpu, models: &[GpuModel]) -> Self {
        let mut searched = Self::new(gpu.model, None);
        for (index, instance) in gpu.present.iter().enumerate() {
            let occupant = Occupant::new(instance, models.get(gpu.model));
            searched.add(occupant, index);
        }
        searched
    }

    /// Adds an existing instance.
    pub(super) fn add(&mut self, occupant: Occupant, index: usize) {
        self.is_closed |= occupant.profile == Occupant::UNKNOWN;
        self.insert(occupant, Origin::Existing(index));
    }

    pub(super) fn insert(&mut self, occupant: Occupant, origin: Origin) {
        let occupants = &mut self.state.occupants;
        let index = occupants.partition_point(|other| other.slices < occupant.slices);
        occupants.insert(index, occupant);
        self.origins.insert(index, origin);
    }

    /// The GPU when what the search has placed may be placed again.
    pub(super) fn released(&self) -> Self {
        let mut released = self.clone();
        for (occupant, origin) in released.state.occupants.iter_mut().zip(&self.origins) {
            if let Origin::Placed(kind, _) = *origin {
                (occupant.kind, occupant.cost) = (Some(kind), Cost::again());
            }
        }
        released
    }

    /// Removes the occupant with this index.
    pub(super) fn remove(&mut self, index: usize) {
        if index < self.origins.len() {
            self.state.occupants.remove(index);
            self.origins.remove(index);
        }
    }
}

impl Usage {
    /// The usage of occupants of a model.
    pub(super) fn of<'a>(model: &GpuModel, occupants: impl Iterator<Item = &'a Occupant>) -> Self {
        occupants.fold(Self::default(), |usage, occupant| {
            let profile = model.profiles.get(occupant.profile);
            let engines = profile.map_or_else(Engines::default, |profile| profile.engines);
            usage.plus(engines, occupant.slices)
        })
    }

    /// The usage with one more instance.
    pub(super) fn plus(self, engines: Engines, slices: Slices) -> Self {
        Self {
            instances: self.instances.saturating_add(1),
            engines: self.engines.plus(engines),
            slices: self.slices | slices,
        }
    }

    /// Whether a GPU of the model can have this many instances and engines.
    pub(super) fn is_within(&self, model: &GpuModel) -> bool {
        self.instances <= model.max_gpu_instances && model.engines().lacking(self.engines).is_none()
    }
}
