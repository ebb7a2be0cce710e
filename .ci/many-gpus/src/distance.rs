//! How far requests that are placed one after another are from the best plan for all of them.

use std::time::{Duration, Instant};

use anyhow::Result;
use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, GpuPool, LayoutGpuInstance, PoolError, PoolOptions, PoolPlan,
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
    /// The longest that a search for a best plan took, with what follows if it is too long; and one after another alone.
    pub longest: [Duration; 2],
}

/// A pool, and the seed that it came from.
pub struct Seeded {
    pool: GpuPool,
    seed: u64,
}

/// Pools of so many GPUs after 25 requests per GPU at this load.
pub fn pools(model: &GpuModel, gpus: usize, load: usize, count: usize) -> Result<Vec<Seeded>> {
    let pools = (0..count).map(|number| {
        let mix = &MIXES[number % MIXES.len()];
        let seed = 1000 + number as u64;
        let cluster = fragmented(
            model,
            gpus,
            &arrivals(model, mix, gpus, load, 25 * gpus, seed),
        )?;
        let mut pool = GpuPool::new();
        for gpu in 0..gpus {
            pool.add(gpu.to_string(), model, cluster.present(gpu))?;
        }
        Ok(Seeded { pool, seed })
    });
    pools.collect()
}

/// What comes of this many further requests at once.
pub fn distance(model: &GpuModel, pools: &[Seeded], requests: usize) -> Distance {
    let mut distance = Distance::default();
    for Seeded { pool, seed } in pools {
        let wanted = arrivals(model, &MIXES[1], 8, 60, requests, seed + 1000);
        let wanted = wanted.iter().map(|arrival| {
            let id = model.profiles[arrival.profile].id;
            GpuInstanceRequest::from(LayoutGpuInstance::new(id))
        });
        distance.add(pool, &wanted.collect::<Vec<_>>());
    }
    distance
}

impl Distance {
    fn add(&mut self, pool: &GpuPool, wanted: &[GpuInstanceRequest]) {
        let exact = self.timed(0, pool, wanted, PoolOptions::new());
        let one_by_one = PoolOptions::new().with_search_exactly(false);
        let one_by_one = self.timed(1, pool, wanted, one_by_one);
        match (exact, one_by_one) {
            (Ok(exact), Ok(other)) if exact.is_exact => self.compare(&exact, &other),
            (Ok(exact), Err(_)) if exact.is_exact => {
                self.planned += 1;
                self.missed += 1;
            }
            (Ok(_), _) => self.too_long += 1,
            (Err(PoolError::DoesNotFit(error)), _) if !error.is_certain => self.too_long += 1,
            (Err(_), _) => {}
        }
    }

    fn timed(
        &mut self,
        which: usize,
        pool: &GpuPool,
        wanted: &[GpuInstanceRequest],
        options: PoolOptions,
    ) -> Result<PoolPlan, PoolError> {
        let began = Instant::now();
        let plan = pool.plan(wanted, options);
        self.longest[which] = self.longest[which].max(began.elapsed());
        plan
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
