//! What still fits on all GPUs together, and what would if the instances stood best.

use crate::support::brute_force::pool::{pool_of, present};
use crate::support::brute_force::random::Chance;
use nvml_mig::plan::{GpuPool, PlanOptions};

use super::{Gpus, model, pool};

#[test]
fn the_room_of_all_gpus_is_that_of_each_together() {
    let a100 = model("a100-sxm4-40gb");
    let mut chance = Chance::new(53);
    for _ in 0..20 {
        let gpus: Gpus<'_> = (0..5)
            .map(|_| (&a100, present(&mut chance, &a100, 5)))
            .collect();
        let fit = pool_of(&gpus).fit();
        let each: Vec<_> = gpus
            .iter()
            .map(|(model, present)| model.fit(present, PlanOptions::new()))
            .collect();
        let slices = fit.profiles.iter().zip(&a100.profiles);
        let slices = slices.map(|(fit, profile)| fit.count * profile.memory_slices());
        assert_eq!(fit.room, slices.sum::<u32>());
        assert!(fit.best_room >= fit.room);
        for (index, profile) in fit.profiles.iter().enumerate() {
            let counts = each.iter().map(|fit| fit.profiles[index].count);
            assert_eq!(profile.name, each[0].profiles[index].name);
            assert_eq!(profile.count, counts.clone().sum::<u32>());
            assert_eq!(
                profile.gpus as usize,
                counts.filter(|count| *count > 0).count()
            );
        }
    }
}

/// Slices of 1g, 1g+me, 1g with double memory, 2g, 3g, 4g and 7g: an empty A100 has room for 7 + 1 + 4*2 + 3*2 + 2*4 + 4 + 8,
/// and one with a 4g for 3 + 1 + 2*2 + 2 + 4 (counts read off a real one, as in `fit`).
#[test]
fn instances_that_could_be_on_one_gpu_are_fragmentation() {
    let a100 = model("a100-sxm4-40gb");
    let fit = pool(&a100, &["3g.20gb:4", "4g.20gb:0"]).fit();
    // Beside a 3g at 4 there is room for 4 + 1 + 2*2 + 2*2 + 4 + 4. The 3g and the 4g can be on one GPU.
    assert_eq!((fit.room, fit.best_room), (21 + 14, 42));
    assert!((fit.fragmentation() - 1.0 / 6.0).abs() < 1e-12);
    let fit = pool(&a100, &["1g.5gb:0", "1g.5gb:0"]).fit();
    // Each at 0 leaves 6 + 1 + 3*2 + 2*2 + 4; both at 6 and 4 leave 5 + 1 + 2*2 + 2*2 + 4 + 4, and an empty GPU.
    assert_eq!((fit.room, fit.best_room), (2 * 21, 22 + 42));
    assert_eq!(GpuPool::new().fit().fragmentation(), 0.0);
}
