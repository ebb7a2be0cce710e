//! How far requests that are placed one after another are from the best plan for all of them.

use anyhow::Result;
use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, GpuPool, LayoutGpuInstance, PoolOptions, PoolPlan,
};

use crate::comparison::fragmented;
use crate::workload::{MIXES, arrivals};

/// What came of some pools with so many requests at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Distance {
    /// Those where the exact search ended within its limit, with a plan.
    pub planned: usize,
    /// Of these, those with the same number of moves and the same room.
    pub same: usize,
    /// Of these, those where one after another found no place for all.
    pub missed: usize,
    /// Moves of both, and room that is left by both, where both have a plan.
    pub moves: [usize; 2],
    pub room: [u64; 2],
    /// Those where the exact search was too long.
    pub too_long: usize,
}

/// Pools of eight GPUs after some requests, and so many further ones at once.
pub fn distance(model: &GpuModel, requests: usize, pools: usize) -> Result<Distance> {
    let mut distance = Distance::default();
    for seed in 0..pools {
        let mix = &MIXES[seed % MIXES.len()];
        let seed = 1000 + seed as u64;
        let cluster = fragmented(model, 8, &arrivals(model, mix, 8, 60, 200, seed))?;
        let mut pool = GpuPool::new();
        for gpu in 0..cluster.gpus.len() {
            pool.add(gpu.to_string(), model, cluster.present(gpu))?;
        }
        let wanted = arrivals(model, &MIXES[1], 8, 60, requests, seed + 1000);
        let wanted = wanted.iter().map(|arrival| {
            let id = model.profiles[arrival.profile].id;
            GpuInstanceRequest::from(LayoutGpuInstance::new(id))
        });
        distance.add(&pool, &wanted.collect::<Vec<_>>());
    }
    Ok(distance)
}

impl Distance {
    fn add(&mut self, pool: &GpuPool, wanted: &[GpuInstanceRequest]) {
        let options = PoolOptions::new().with_most_moves(3);
        let exact = pool.plan(wanted, options);
        let one_by_one = pool.plan(wanted, options.with_search_exactly(false));
        match (exact, one_by_one) {
            (Ok(exact), Ok(other)) if exact.is_exact => self.compare(&exact, &other),
            (Ok(exact), Err(_)) if exact.is_exact => {
                self.planned += 1;
                self.missed += 1;
            }
            (Ok(_), _) => self.too_long += 1,
            (Err(nvml_mig::plan::PoolError::DoesNotFit(error)), _) if !error.is_certain => {
                self.too_long += 1;
            }
            (Err(_), _) => {}
        }
    }

    fn compare(&mut self, exact: &PoolPlan, other: &PoolPlan) {
        self.planned += 1;
        let is_same = (exact.moved.len(), exact.room) == (other.moved.len(), other.room);
        self.same += usize::from(is_same);
        for (index, plan) in [exact, other].into_iter().enumerate() {
            self.moves[index] += plan.moved.len();
            self.room[index] += u64::from(plan.room);
        }
    }
}
