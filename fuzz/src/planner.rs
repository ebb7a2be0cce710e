//! The planner on arbitrary models and inventories, compared with brute force.

use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::plan::{Engine, Engines, GpuInstanceProfileModel, GpuModel};
use nvml_mig_sim::catalogue;
use nvml_mig_testing::brute_force::random::Chance;
use nvml_mig_testing::brute_force::{check, model_of};

/// Brute force takes no more MIG devices that can share GPU instances.
const MOST_MIG_DEVICES: usize = 6;

/// Plans what an input stands for. A plan must do what the layout says, with steps that a driver accepts, and no plan may
/// destroy less; a refusal must be right. Returns whether there is a plan.
pub fn plan(input: &[u8]) -> bool {
    let mut chance = Chance::from_bytes(input);
    let model = model(&mut chance);
    if model.check().is_err() {
        return model
            .plan(&[], &[].into_iter().collect(), Default::default())
            .is_ok();
    }
    let present = chance.present(&model);
    let has_parts = model.profiles.iter().any(|profile| profile.slice_count > 1);
    let layout = if has_parts && chance.one_in(3) {
        chance.mig_devices(&model, &present)
    } else {
        chance.layout(&model, &present)
    };
    let options = chance.options();
    layout.mig_devices().len() <= MOST_MIG_DEVICES && check(&model, &present, &layout, options)
}

/// A board of the catalogue; mostly with some profiles less, and with other placements and engines.
fn model(chance: &mut Chance) -> GpuModel {
    let board = chance.of(catalogue::boards());
    let mut model = model_of(board);
    if chance.one_in(4) {
        return model;
    }
    for _ in 0..chance.below(4) {
        let gone = chance.below(model.profiles.len());
        if model.profiles.len() > 1 {
            model.profiles.remove(gone);
        }
    }
    for profile in &mut model.profiles {
        if chance.one_in(3) {
            change(profile, chance);
        }
    }
    model
}

/// Other starts, and other numbers of engines. A profile has one size, as on every GPU.
fn change(profile: &mut GpuInstanceProfileModel, chance: &mut Chance) {
    let size = profile.memory_slices();
    let mut starts: Vec<u32> = (0..=12_u32.saturating_sub(size)).collect();
    starts.retain(|_| chance.one_in(2));
    let place = |start| GpuInstancePlacement { start, size };
    if !starts.is_empty() {
        profile.placements = starts.into_iter().map(place).collect();
    }
    let engines = [Engine::Decoder, Engine::Encoder, Engine::Jpeg, Engine::Ofa];
    if chance.one_in(2) {
        let all = engines.into_iter();
        profile.engines = all.fold(Engines::new(), |engines, engine| {
            engines.with_count(engine, chance.below(4) as u32)
        });
    }
}
