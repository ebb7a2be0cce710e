//! What was taken from full GPUs, requested again at once.

use std::time::{Duration, Instant};

use anyhow::Result;
use nvml_mig::plan::{GpuModel, GpuPool, PoolError, PoolOptions};
use nvml_mig_testing::brute_force::random::Chance;
use nvml_mig_testing::brute_force::refilled::refilled;

/// What came of some pools.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refill {
    pub exact: usize,
    pub refused: usize,
    pub moved: usize,
    pub longest: Duration,
}

/// Plans for pools of so many GPUs, from which so many instances were taken.
pub fn refill(model: &GpuModel, gpus: usize, taken: usize, pools: u64) -> Result<Refill> {
    let mut found = Refill::default();
    for seed in 0..pools {
        let (present, requests) = refilled(&mut Chance::new(seed), model, gpus, taken);
        let mut pool = GpuPool::new();
        for (gpu, present) in present.into_iter().enumerate() {
            pool.add(gpu.to_string(), model, present)?;
        }
        let began = Instant::now();
        let plan = pool.plan(&requests, PoolOptions::new());
        found.longest = found.longest.max(began.elapsed());
        match plan {
            Ok(plan) => {
                found.exact += usize::from(plan.is_exact);
                found.moved += plan.moved.len();
            }
            Err(PoolError::DoesNotFit(_)) => found.refused += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
