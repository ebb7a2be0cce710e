//! The models of the boards of the simulator's catalogue.

use nvml_mig::plan::{
    ComputeInstanceProfileModel, Engine, Engines, GpuInstanceProfileModel, GpuModel, ProfileSource,
};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};
use nvml_mig_sim::catalogue::Board;

/// The model of a board of the simulator's catalogue, with the compute instance profiles of the catalogue.
pub fn model_of(board: &Board) -> GpuModel {
    let profiles = board.profiles.iter().map(|profile| {
        let placements =
            profile
                .starts
                .iter()
                .map(|&start| nvml_mig::instance::GpuInstancePlacement {
                    start,
                    size: profile.size,
                });
        let engines = Engines::new()
            .with_count(Engine::Decoder, profile.engines.decoder)
            .with_count(Engine::Encoder, profile.engines.encoder)
            .with_count(Engine::Jpeg, profile.engines.jpeg)
            .with_count(Engine::Ofa, profile.engines.ofa);
        let compute = profile.compute.iter().map(compute_model).collect();
        let id = GpuInstanceProfileId::new(profile.id);
        let name = profile.name.trim_start_matches("MIG ");
        GpuInstanceProfileModel::new(id, name, placements.collect())
            .with_slice_count(profile.slices)
            .with_memory_mib(profile.memory_mib)
            .with_engines(engines)
            .with_compute_instance_profiles(compute, ProfileSource::Driver)
    });
    GpuModel::new(profiles.collect())
}

fn compute_model(
    profile: &nvml_mig_sim::catalogue::ComputeInstanceProfile,
) -> ComputeInstanceProfileModel {
    let placements =
        profile
            .starts
            .iter()
            .map(|&start| nvml_mig::instance::ComputeInstancePlacement {
                start,
                size: profile.size,
            });
    ComputeInstanceProfileModel::new(
        ComputeInstanceProfileId::new(profile.id),
        profile.name.trim_start_matches("MIG "),
        profile.slices,
        placements.collect(),
    )
}
