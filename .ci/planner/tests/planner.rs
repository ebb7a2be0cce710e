//! Every board of the catalogue: every multiset of profiles on the empty GPU, 10,000 machines with instances on them,
//! and how long a plan takes. Boards that differ only in names and memory are one board for the planner, so they are only tried
//! with NVML_MIG_ALL_TESTS=1, as every night. It runs with `--release`.

use std::collections::BTreeSet;
use std::env;
use std::time::{Duration, Instant};

use nvml_mig::Layout;
use nvml_mig::plan::{
    GpuInstanceProfileModel, GpuModel, LayoutComputeInstance, LayoutGpuInstance, PlanOptions,
    PresentGpuInstance,
};
use nvml_mig::profile::{ProfileName, ReportedName};
use nvml_mig_sim::catalogue;
use nvml_mig_testing::after::after;
use nvml_mig_testing::brute_force::random::{Chance, all_layouts};
use nvml_mig_testing::brute_force::{check, model_of};

/// What a plan may take in the worst case. The longest that was seen is a fraction of it.
const MOST: Duration = Duration::from_millis(1);

/// The boards with their numbers, from 1, and models: one of each kind, or all.
fn boards() -> Vec<(u64, &'static str, GpuModel)> {
    let boards = (1..).zip(catalogue::boards());
    let mut boards: Vec<_> = boards
        .map(|(seed, board)| (seed, board.key, model_of(board)))
        .collect();
    if env::var_os("NVML_MIG_ALL_TESTS").is_none() {
        let mut kinds = Vec::new();
        boards.retain(|(_, _, model)| {
            let kind = kind(model);
            let is_new = !kinds.contains(&kind);
            kinds.push(kind);
            is_new
        });
    }
    boards
}

/// What a plan depends on: the model, with the sizes of memory numbered from the smallest.
fn kind(model: &GpuModel) -> GpuModel {
    let names = model
        .profiles
        .iter()
        .filter_map(|profile| profile.name.parsed());
    let sizes: BTreeSet<u32> = names.map(|name| name.memory_gb).collect();
    let numbered = |name: &mut ReportedName| {
        if let Some(mut parsed) = name.parsed() {
            let smaller = sizes.range(..parsed.memory_gb).count();
            parsed.memory_gb = u32::try_from(smaller).unwrap();
            *name = parsed.into();
        }
    };
    let mut model = model.clone();
    for profile in &mut model.profiles {
        profile.memory_mib = 0;
        numbered(&mut profile.name);
        profile
            .compute_instance_profiles
            .iter_mut()
            .for_each(|inside| numbered(&mut inside.name));
    }
    model
}

#[test]
fn every_multiset_of_profiles_on_every_board() {
    for (_, board, model) in boards() {
        let layouts = all_layouts(&model);
        let check = |layout: &&Layout| check(&model, &[], layout, PlanOptions::default());
        let fitting = layouts.iter().filter(check).count();
        println!("{board}: {fitting} of {} fit", layouts.len());
        assert!(fitting > 0);
    }
}

#[test]
fn ten_thousand_machines_on_every_board() {
    for (seed, board, model) in boards() {
        let mut chance = Chance::new(seed);
        let mut found = 0;
        for _ in 0..10_000 {
            let present = chance.present(&model);
            let layout = chance.layout(&model, &present);
            found += usize::from(check(&model, &present, &layout, chance.options()));
        }
        println!("{board}: {found} plans of 10000");
    }
}

/// Brute force takes no more MIG devices that can share GPU instances.
const MOST_PARTS: usize = 8;

#[test]
fn two_thousand_multisets_of_mig_devices_on_every_board() {
    for (seed, board, model) in boards() {
        let mut chance = Chance::new(seed);
        let (mut found, mut tried) = (0, 0);
        for _ in 0..2_000 {
            let present = chance.present(&model);
            let layout = chance.mig_devices(&model, &present);
            if layout.mig_devices().len() <= MOST_PARTS {
                tried += 1;
                found += usize::from(check(&model, &present, &layout, chance.options()));
            }
        }
        println!("{board}: {found} plans of {tried}");
    }
}

/// The longest time of a plan, and its layout.
struct Worst(Duration, Layout);

impl Worst {
    /// Times one plan. Another process may take the processor at any time, so only the least of five is compared.
    fn time(&mut self, model: &GpuModel, present: &[PresentGpuInstance], layout: &Layout) {
        let once = || {
            let begin = Instant::now();
            let _ = std::hint::black_box(model.plan(present, layout, PlanOptions::default()));
            begin.elapsed()
        };
        let mut least = Duration::MAX;
        for _ in 0..5 {
            least = least.min(once());
            if least <= self.0 {
                return;
            }
        }
        *self = Self(least, layout.clone());
    }
}

/// As many GPU instances of each profile as fit, split into as many compute instances as can be.
fn splits(model: &GpuModel) -> Vec<Layout> {
    let split = |profile: &GpuInstanceProfileModel| {
        let fit = model.fit(&[], PlanOptions::default());
        let count = fit
            .profiles
            .iter()
            .find(|fit| fit.id == profile.id)
            .unwrap()
            .count;
        let parts = (0..profile.slice_count).map(|_| LayoutComputeInstance::slices(1));
        let whole = LayoutGpuInstance::new(profile.id).with_compute_instances(parts);
        (0..count).map(|_| whole.clone()).collect()
    };
    model.profiles.iter().map(split).collect()
}

/// Up to seven MIG devices each of two compute instance profiles that are parts.
fn parts(model: &GpuModel) -> Vec<Layout> {
    let inside = |profile: &GpuInstanceProfileModel| profile.compute_instance_profiles.clone();
    let names = model.profiles.iter().flat_map(inside);
    let names = names.filter_map(|inside| inside.name.parsed());
    let parts: Vec<ProfileName> = names.filter(|name| name.is_part()).collect();
    let mut layouts = Vec::new();
    for first in &parts {
        for second in &parts {
            for (count, more) in (0..=7).flat_map(|count| (0..=7).map(move |more| (count, more))) {
                let mut layout = Layout::new();
                (0..count).for_each(|_| layout.add_mig_device(*first));
                (0..more).for_each(|_| layout.add_mig_device(*second));
                layouts.push(layout);
            }
        }
    }
    layouts
}

/// What is there once an empty GPU has a layout.
fn there(model: &GpuModel, layout: &Layout) -> Vec<PresentGpuInstance> {
    let plan = model.plan(&[], layout, PlanOptions::default()).unwrap();
    after(&plan)
}

#[test]
fn a_plan_takes_less_than_a_millisecond() {
    for (_, board, model) in boards() {
        let mut chance = Chance::new(7);
        let layouts = all_layouts(&model);
        let mut worst = Worst(Duration::ZERO, Layout::new());
        for _ in 0..2_000 {
            let present = chance.present(&model);
            let near = chance.layout(&model, &present);
            let far = layouts[chance.below(layouts.len())].clone();
            let shared = chance.mig_devices(&model, &present);
            for layout in [near, far, shared] {
                worst.time(&model, &present, &layout);
            }
        }
        let splits = splits(&model);
        let full: Vec<_> = splits.iter().map(|layout| there(&model, layout)).collect();
        for layout in layouts.iter().chain(&splits).chain(&parts(&model)) {
            for present in full.iter().map(Vec::as_slice).chain([&[][..]]) {
                worst.time(&model, present, layout);
            }
        }
        let Worst(longest, layout) = worst;
        println!("{board}: at most {longest:?}, for {layout}");
        assert!(longest < MOST, "{board}: {longest:?}, for {layout}");
    }
}
