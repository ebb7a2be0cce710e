//! H100s of 80 GB that were full, until instances were taken away and the others moved. There is a plan that gives all back.

use nvml_mig::Layout;
use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, LayoutGpuInstance, LayoutProfile, PlanOptions, PresentGpuInstance,
};

use super::random::Chance;
use crate::support::after::after;

/// Layouts that leave no memory slice free.
const FULL: [&str; 10] = [
    "7g.80gb",
    "4g.40gb, 3g.40gb",
    "4g.40gb, 2g.20gb, 1g.20gb",
    "4g.40gb, 2*1g.10gb, 1g.20gb",
    "2*3g.40gb",
    "3g.40gb, 2*2g.20gb",
    "3g.40gb, 2g.20gb, 2*1g.10gb",
    "3g.40gb, 4*1g.10gb",
    "3*2g.20gb, 1g.20gb",
    "4*1g.20gb",
];

/// GPUs with what is left on them, and requests for this many instances that were taken away.
pub fn refilled(
    chance: &mut Chance,
    model: &GpuModel,
    gpus: usize,
    taken: usize,
) -> (Vec<Vec<PresentGpuInstance>>, Vec<GpuInstanceRequest>) {
    let mut on: Vec<Vec<LayoutGpuInstance>> = Vec::new();
    for _ in 0..gpus {
        let full: Layout = FULL[chance.below(FULL.len())].parse().unwrap();
        on.push(full.gpu_instances().to_vec());
    }
    let requests = (0..taken).map(|_| take(chance, &mut on).1.into());
    let requests = requests.collect();
    for _ in 0..20 * taken {
        let (from, instance) = take(chance, &mut on);
        let to = chance.below(gpus);
        on[to].push(instance);
        let layout = on[to].iter().cloned().collect();
        if model.plan(&[], &layout, PlanOptions::new()).is_err() {
            let back = on[to].pop();
            on[from].extend(back);
        }
    }
    let present = on.iter().map(|on| placed(chance, model, on));
    (present.collect(), requests)
}

/// Takes any instance away, and gives it with its GPU.
fn take(chance: &mut Chance, on: &mut [Vec<LayoutGpuInstance>]) -> (usize, LayoutGpuInstance) {
    let mut number = chance.below(on.iter().map(Vec::len).sum());
    for (gpu, on) in on.iter_mut().enumerate() {
        if number < on.len() {
            return (gpu, on.swap_remove(number));
        }
        number -= on.len();
    }
    unreachable!("there are more than {number}")
}

/// The instances at any places where all have room.
fn placed(
    chance: &mut Chance,
    model: &GpuModel,
    on: &[LayoutGpuInstance],
) -> Vec<PresentGpuInstance> {
    loop {
        let entries = on.iter().map(|entry| {
            let LayoutProfile::Name(name) = entry.profile() else {
                unreachable!("all have names")
            };
            let places = &model.profile_by_name(&name.to_string()).unwrap().placements;
            let place = places[chance.below(places.len())];
            entry.clone().with_start(place.start)
        });
        let layout: Layout = entries.collect();
        if let Ok(plan) = model.plan(&[], &layout, PlanOptions::new()) {
            return after(&plan);
        }
    }
}
