//! Random sequences of requests, always the same from the same seed.

use nvml_mig::plan::GpuModel;
use nvml_mig_testing::brute_force::random::Chance;

/// How often each profile is requested.
pub struct Mix {
    pub name: &'static str,
    /// The names of profiles with their weights.
    pub weights: &'static [(&'static str, usize)],
}

/// The profiles of an H100 of 80 GB without those for media and graphics.
pub const MIXES: [Mix; 2] = [
    Mix {
        name: "all profiles alike",
        weights: &[
            ("1g.10gb", 1),
            ("1g.20gb", 1),
            ("2g.20gb", 1),
            ("3g.40gb", 1),
            ("4g.40gb", 1),
            ("7g.80gb", 1),
        ],
    },
    Mix {
        name: "mostly small",
        weights: &[
            ("1g.10gb", 10),
            ("1g.20gb", 3),
            ("2g.20gb", 4),
            ("3g.40gb", 2),
            ("4g.40gb", 1),
        ],
    },
];

/// A request that arrives.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Index of the profile in the model.
    pub profile: usize,
    /// How many more requests arrive before the instance is given back.
    pub lifetime: usize,
    /// Whether the instance is busy, so that it can't move.
    pub is_busy: bool,
}

/// Requests that ask for this percentage of the memory slices of the GPUs on average.
pub fn arrivals(
    model: &GpuModel,
    mix: &Mix,
    gpus: usize,
    load: usize,
    count: usize,
    seed: u64,
) -> Vec<Arrival> {
    let mut chance = Chance::new(seed);
    let profiles: Vec<usize> = mix
        .weights
        .iter()
        .flat_map(|(name, weight)| {
            let profile = model
                .profiles
                .iter()
                .position(|profile| profile.name == *name);
            std::iter::repeat_n(profile, *weight).flatten()
        })
        .collect();
    let slices = |&profile: &usize| model.profiles[profile].memory_slices() as usize;
    let all: usize = profiles.iter().map(slices).sum();
    let capacity = gpus * model.memory_slices() as usize;
    let mean = capacity * load * profiles.len() / (100 * all);
    let arrival = |_| Arrival {
        profile: profiles[chance.below(profiles.len())],
        lifetime: 1 + chance.below(2 * mean),
        is_busy: chance.one_in(2),
    };
    (0..count).map(arrival).collect()
}
