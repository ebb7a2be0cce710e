//! Ways to choose a GPU and a placement.

use anyhow::{Result, bail};
use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::plan::{GpuInstanceRequest, GpuPool, LayoutGpuInstance, PoolError, PoolOptions};

use crate::cluster::{Cluster, Instance, Site};
use crate::workload::Arrival;

/// A way to choose a GPU and a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The first GPU with room; the driver chooses the placement.
    FirstFit,
    /// The GPU with the fewest free memory slices that has room; the driver chooses the placement.
    BestFit,
    /// The first device that fits, in the order in which NVIDIA's DRA driver lists them.
    DraOrder,
    /// `GpuPool::plan` with at most this many moves.
    Planner {
        most_moves: usize,
        may_be_busy: bool,
    },
}

/// Where a request goes, and which instances move for it.
pub struct Placed {
    pub site: Site,
    pub moved: Vec<(Site, Site)>,
    pub changed: Vec<usize>,
}

/// A cluster that follows a policy.
pub struct Scheduler {
    policy: Policy,
    pub cluster: Cluster,
    pool: GpuPool,
}

impl Scheduler {
    pub fn new(policy: Policy, cluster: Cluster) -> Result<Self> {
        let mut pool = GpuPool::new();
        for gpu in 0..cluster.gpus.len() {
            pool.add(format!("gpu-{gpu}"), &cluster.model, Vec::new())?;
        }
        Ok(Self {
            policy,
            cluster,
            pool,
        })
    }

    /// Places a request; `None` if it is refused.
    pub fn place(&mut self, arrival: Arrival) -> Result<Option<Placed>> {
        let profile = arrival.profile;
        let chosen = match self.policy {
            Policy::FirstFit => {
                let gpus = 0..self.cluster.gpus.len();
                let gpu = gpus
                    .into_iter()
                    .find(|gpu| !self.cluster.free(*gpu, profile).is_empty());
                gpu.and_then(|gpu| Some((gpu, self.choice_of_driver(gpu, profile)?)))
            }
            Policy::BestFit => {
                let gpus = 0..self.cluster.gpus.len();
                let fitting = gpus.filter(|gpu| !self.cluster.free(*gpu, profile).is_empty());
                let gpu = fitting.min_by_key(|gpu| self.cluster.free_slices(*gpu));
                gpu.and_then(|gpu| Some((gpu, self.choice_of_driver(gpu, profile)?)))
            }
            Policy::DraOrder => self.first_listed(profile),
            Policy::Planner { most_moves, .. } => return self.plan(arrival, most_moves),
        };
        let Some((gpu, placement)) = chosen else {
            return Ok(None);
        };
        let site = self.add(gpu, arrival, placement);
        Ok(Some(Placed {
            site,
            moved: Vec::new(),
            changed: Vec::new(),
        }))
    }

    fn add(&mut self, gpu: usize, arrival: Arrival, placement: GpuInstancePlacement) -> Site {
        let may_be_busy = matches!(
            self.policy,
            Policy::Planner {
                may_be_busy: true,
                ..
            }
        );
        let instance = Instance {
            profile: arrival.profile,
            placement,
            is_busy: may_be_busy && arrival.is_busy,
        };
        self.cluster.add(gpu, instance)
    }

    /// The driver takes the free placement after which the most placements of all sizes are free, and of equal ones the
    /// first.
    fn choice_of_driver(&self, gpu: usize, profile: usize) -> Option<GpuInstancePlacement> {
        let model = &self.cluster.model;
        let mut spans: Vec<&[GpuInstancePlacement]> = Vec::new();
        for profile in &model.profiles {
            // Profiles with the same placements are of the same size to the driver.
            if !spans.contains(&profile.placements.as_slice()) {
                spans.push(&profile.placements);
            }
        }
        let there = &self.cluster.gpus[gpu];
        let left = |chosen: &GpuInstancePlacement| {
            let is_free = |span: &&GpuInstancePlacement| {
                !span.overlaps(*chosen)
                    && !there.iter().any(|other| other.placement.overlaps(**span))
            };
            spans.iter().copied().flatten().filter(is_free).count()
        };
        let free = self.cluster.free(gpu, profile);
        // The last of equal ones is taken; turned round, that is the first.
        free.into_iter().rev().max_by_key(left)
    }

    /// GPUs in their order, and the devices of each by name, of which only the start differs for one profile.
    fn first_listed(&self, profile: usize) -> Option<(usize, GpuInstancePlacement)> {
        (0..self.cluster.gpus.len()).find_map(|gpu| {
            let free = self.cluster.free(gpu, profile);
            let first = free.into_iter().min_by_key(|place| place.start.to_string());
            Some((gpu, first?))
        })
    }

    fn plan(&mut self, arrival: Arrival, most_moves: usize) -> Result<Option<Placed>> {
        let profile = &self.cluster.model.profiles[arrival.profile];
        let instance = LayoutGpuInstance::new(profile.id).with_compute_instances([]);
        let request = [GpuInstanceRequest::from(instance)];
        let options = PoolOptions::new().with_most_moves(most_moves);
        let plan = match self.pool.plan(&request, options) {
            Ok(plan) => plan,
            Err(PoolError::DoesNotFit(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut moved = Vec::new();
        let mut moving = Vec::new();
        for one in &plan.moved {
            let start = one.id.number();
            let from = Site {
                gpu: one.from,
                start,
            };
            let Some(instance) = self.cluster.remove(from) else {
                bail!("{one:?} is not there");
            };
            moving.push((
                from,
                one.to.gpu,
                Instance {
                    placement: one.to.placement,
                    ..instance
                },
            ));
        }
        for (from, gpu, instance) in moving {
            moved.push((from, self.cluster.add(gpu, instance)));
        }
        let Some(assigned) = plan.assigned.first() else {
            bail!("nothing was assigned");
        };
        Ok(Some(Placed {
            site: self.add(assigned.gpu, arrival, assigned.placement),
            moved,
            changed: plan.gpus.iter().map(|planned| planned.gpu).collect(),
        }))
    }

    /// Tells the pool what is on these GPUs.
    pub fn follow(&mut self, gpus: impl IntoIterator<Item = usize>) -> Result<()> {
        if matches!(self.policy, Policy::Planner { .. }) {
            for gpu in gpus {
                self.pool.set_present(gpu, self.cluster.present(gpu))?;
            }
        }
        Ok(())
    }
}
