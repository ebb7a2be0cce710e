//! GPUs of one model, and what is on them.

use nvml_mig::instance::{GpuInstanceId, GpuInstancePlacement};
use nvml_mig::plan::{Engine, GpuModel, PlacedGpuInstance, PresentGpuInstance};

/// An instance on a GPU. Its start is also its ID here, which no two of a GPU share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    pub profile: usize,
    pub placement: GpuInstancePlacement,
    pub is_busy: bool,
}

/// Where an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    pub gpu: usize,
    pub start: u32,
}

pub struct Cluster {
    pub model: GpuModel,
    pub gpus: Vec<Vec<Instance>>,
}

impl Cluster {
    pub fn new(model: &GpuModel, gpus: usize) -> Self {
        Self {
            model: model.clone(),
            gpus: vec![Vec::new(); gpus],
        }
    }

    /// The places of a profile that are free on a GPU, if its engines suffice, ascending.
    pub fn free(&self, gpu: usize, profile: usize) -> Vec<GpuInstancePlacement> {
        let there = &self.gpus[gpu];
        if there.len() >= self.model.max_gpu_instances || !self.engines_suffice(there, profile) {
            return Vec::new();
        }
        let is_free = |place: &GpuInstancePlacement| {
            !there.iter().any(|other| other.placement.overlaps(*place))
        };
        let places = self.model.profiles[profile].placements.iter().copied();
        let mut places: Vec<_> = places.filter(is_free).collect();
        places.sort_by_key(|place| place.start);
        places
    }

    fn engines_suffice(&self, there: &[Instance], profile: usize) -> bool {
        let all = self.model.engines();
        let kinds = [Engine::Decoder, Engine::Encoder, Engine::Jpeg, Engine::Ofa];
        kinds.into_iter().all(|kind| {
            let of = |profile: usize| self.model.profiles[profile].engines.count(kind);
            let used: u32 = there.iter().map(|instance| of(instance.profile)).sum();
            used + of(profile) <= all.count(kind)
        })
    }

    /// The memory slices that no instance has.
    pub fn free_slices(&self, gpu: usize) -> u32 {
        let used = self.gpus[gpu]
            .iter()
            .map(|instance| instance.placement.size);
        self.model.memory_slices() - used.sum::<u32>()
    }

    pub fn add(&mut self, gpu: usize, instance: Instance) -> Site {
        self.gpus[gpu].push(instance);
        let start = instance.placement.start;
        Site { gpu, start }
    }

    pub fn remove(&mut self, site: Site) -> Option<Instance> {
        let there = &mut self.gpus[site.gpu];
        let index = there
            .iter()
            .position(|instance| instance.placement.start == site.start)?;
        Some(there.remove(index))
    }

    /// The instances of a GPU as input of the planner.
    pub fn present(&self, gpu: usize) -> Vec<PresentGpuInstance> {
        let present = self.gpus[gpu].iter().map(|instance| {
            let profile = &self.model.profiles[instance.profile];
            let placed =
                PlacedGpuInstance::new(profile.id, profile.name.clone(), instance.placement);
            let id = GpuInstanceId::new(instance.placement.start);
            PresentGpuInstance::new(id, placed.with_compute_instances(Vec::new()))
                .with_busy(instance.is_busy)
        });
        present.collect()
    }
}
