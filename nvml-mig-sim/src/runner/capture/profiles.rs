//! Reads the profiles of a board.

use std::collections::BTreeSet;
use std::fmt::Debug;

use nvml_mig_sim::board_file::{
    BoardFile, ComputeProfileEntry, Evidence, Placements, ProfileEntry, ProfileSource,
    is_numbered_as_graphics,
};
use nvml_mig_sim::catalogue::Engines;
use nvml_mig_sys::{
    NVML_COMPUTE_INSTANCE_PROFILE_COUNT, NVML_GPU_INSTANCE_PROFILE_COUNT, nvmlGpuInstance_t,
    nvmlGpuInstanceProfileInfo_t,
};

use super::error::CaptureError;
use super::nvml::Gpu;
use super::profile_infos::{ComputeReading, GpuReading, Reading};

/// Reads the GPU instance profiles, and the compute instance profiles of those of which there is an instance.
pub(super) fn read(gpu: &Gpu<'_>, board: &mut BoardFile) -> Result<(), CaptureError> {
    for (number, readings) in gpu.profiles()? {
        let newest = newest(&readings, &mut board.evidence);
        if let Some(newest) = newest.filter(|_| number < NVML_GPU_INSTANCE_PROFILE_COUNT) {
            if disagree(&readings) {
                let figure = format!("profile {number}");
                board.evidence.derive(&figure, DISAGREEMENT);
            }
            let profile = profile(gpu, number, newest, &mut board.evidence)?;
            board.profiles.push(profile);
        } else {
            board.evidence.derive(&format!("profile {number}"), NEW);
        }
    }
    Ok(())
}

const NEW: &str = "left out: this version of nvml-mig-sim does not know the number";
const DISAGREEMENT: &str =
    "the versions of the structure differ; the figures are those of the newest";

/// Returns the newest reading, and notes which versions of the structure the driver knows.
fn newest<'a, T>(readings: &'a [Reading<T>], evidence: &mut Evidence) -> Option<&'a Reading<T>> {
    for reading in readings {
        if !evidence.profile_versions.contains(&reading.version) {
            evidence.profile_versions.push(reading.version);
        }
    }
    readings.last()
}

/// Whether the versions of the structure contradict each other.
fn disagree<T: Debug>(readings: &[Reading<T>]) -> bool {
    let written = readings.iter().map(|reading| format!("{:?}", reading.info));
    written.collect::<BTreeSet<_>>().len() > 1
}

fn profile(
    gpu: &Gpu<'_>,
    number: u32,
    newest: &GpuReading,
    evidence: &mut Evidence,
) -> Result<ProfileEntry, CaptureError> {
    let info = &newest.info;
    let placements = gpu.placements(info.id)?;
    let placements = placements.ok_or_else(|| CaptureError::NoPlacements(gpu.wanted.to_owned()))?;
    if newest.graphics.is_none() {
        evidence.derive("profiles: graphics", "derived: the numbers of the profiles");
    }
    let instance = gpu.instance(info.id)?;
    let parts = instance.map(|instance| parts(gpu, instance, evidence));
    Ok(ProfileEntry {
        name: newest.name.clone().unwrap_or_default(),
        profile: number,
        id: info.id,
        slices: info.sliceCount,
        instances: info.instanceCount,
        multiprocessors: info.multiprocessorCount,
        memory_mib: info.memorySizeMB,
        engines: engines(info),
        p2p: info.isP2pSupported != 0,
        graphics: newest
            .graphics
            .unwrap_or_else(|| is_numbered_as_graphics(number)),
        placements,
        compute_profiles_from: match instance {
            Some(_) => ProfileSource::Instance,
            None => ProfileSource::Rule,
        },
        compute_profiles: parts.transpose()?.unwrap_or_default(),
    })
}

fn engines(info: &nvmlGpuInstanceProfileInfo_t) -> Engines {
    let mut engines = Engines::default();
    engines.copy = info.copyEngineCount;
    engines.decoder = info.decoderCount;
    engines.encoder = info.encoderCount;
    engines.jpeg = info.jpegCount;
    engines.ofa = info.ofaCount;
    engines
}

/// Reads the compute instance profiles inside a GPU instance.
fn parts(
    gpu: &Gpu<'_>,
    parent: nvmlGpuInstance_t,
    evidence: &mut Evidence,
) -> Result<Vec<ComputeProfileEntry>, CaptureError> {
    let mut parts = Vec::new();
    for (number, readings) in gpu.compute_profiles(parent)? {
        let newest = newest(&readings, evidence);
        match newest.filter(|_| number < NVML_COMPUTE_INSTANCE_PROFILE_COUNT) {
            Some(newest) => parts.push(part(gpu, parent, number, newest)?),
            None => evidence.derive(&format!("compute instance profile {number}"), NEW),
        }
    }
    Ok(parts)
}

fn part(
    gpu: &Gpu<'_>,
    parent: nvmlGpuInstance_t,
    number: u32,
    newest: &ComputeReading,
) -> Result<ComputeProfileEntry, CaptureError> {
    let info = &newest.info;
    let none = Placements {
        starts: Vec::new(),
        size: 0,
    };
    Ok(ComputeProfileEntry {
        name: newest.name.clone().unwrap_or_default(),
        profile: number,
        id: info.id,
        slices: info.sliceCount,
        instances: info.instanceCount,
        multiprocessors: info.multiprocessorCount,
        placements: gpu.compute_placements(parent, info.id)?.unwrap_or(none),
    })
}
