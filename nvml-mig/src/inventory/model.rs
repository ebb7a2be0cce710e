//! The model of a GPU, read from its driver.

use crate::architecture::Architecture;
use crate::error::Error;
use crate::placement::ComputeInstancePlacement;
use crate::plan::{
    ComputeInstanceProfileModel, ComputePlacementRule, Engines, GpuInstanceProfileModel, GpuModel,
};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo};
use crate::query::{Device, GpuInstance};

impl GpuModel {
    /// The model of this GPU, with MIG mode on.
    ///
    /// What compute instances a GPU instance can have, NVML tells only of one that exists. For a profile of which
    /// there is none, it is worked out by [`ComputePlacementRule`], and
    /// [`compute_instance_profiles_by_rule`](GpuInstanceProfileModel::compute_instance_profiles_by_rule) says so.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_possible_placements`] and [`Device::gpu_instances`]: MIG mode must be on, and the
    /// caller privileged.
    #[doc(alias = "nvmlDeviceGetGpuInstancePossiblePlacements_v2")]
    pub fn of(device: &Device) -> Result<Self, Error> {
        let mut there = device.gpu_instances()?;
        let infos = device.gpu_instance_profiles()?;
        there.sort_by_key(GpuInstance::profile_id);
        there.dedup_by_key(|instance| instance.profile_id());
        let examples = there.iter();
        let examples = examples.map(|one| Ok((one, one.compute_instance_profiles()?)));
        Self::with(
            device,
            &infos,
            &examples.collect::<Result<Vec<_>, Error>>()?,
        )
    }

    /// The model of a GPU with these profiles; the examples are GPU instances of some of them, with what compute
    /// instances they can have.
    pub(crate) fn with(
        device: &Device,
        infos: &[GpuInstanceProfileInfo],
        examples: &[(&GpuInstance, Vec<ComputeInstanceProfileInfo>)],
    ) -> Result<Self, Error> {
        let rule = ComputePlacementRule::of(architecture(device)?);
        let profiles = infos.iter().map(|info| {
            let mut examples = examples.iter();
            let example = examples.find(|(instance, _)| instance.profile_id() == info.id);
            gpu_instance_profile(device, info, example, rule)
        });
        Ok(Self::new(profiles.collect::<Result<_, Error>>()?))
    }
}

/// Drivers that are too old to say it know no MIG but Ampere's.
fn architecture(device: &Device) -> Result<Architecture, Error> {
    match device.architecture() {
        Err(Error::FunctionMissing(_)) => Ok(Architecture::Ampere),
        known => known,
    }
}

fn gpu_instance_profile(
    device: &Device,
    info: &GpuInstanceProfileInfo,
    example: Option<&(&GpuInstance, Vec<ComputeInstanceProfileInfo>)>,
    rule: ComputePlacementRule,
) -> Result<GpuInstanceProfileModel, Error> {
    let double_memory = info.profile == Some(GpuInstanceProfile::Slice1DoubleMemory);
    let known = match example {
        Some((instance, infos)) => compute_instance_profiles(instance, infos)?,
        None => None,
    };
    Ok(GpuInstanceProfileModel {
        id: info.id,
        name: info.name.clone(),
        slice_count: info.slice_count,
        memory_mib: info.memory_mib,
        engines: Engines {
            decoder: info.decoder_count,
            encoder: info.encoder_count,
            jpeg: info.jpeg_count,
            ofa: info.ofa_count,
        },
        placements: device.gpu_instance_possible_placements(info.id)?,
        compute_instance_profiles_by_rule: known.is_none(),
        compute_instance_profiles: known
            .unwrap_or_else(|| rule.profiles(&info.name, info.slice_count, double_memory)),
    })
}

/// What the driver says of an existing GPU instance; `None` from drivers that do not know placements.
fn compute_instance_profiles(
    instance: &GpuInstance,
    infos: &[ComputeInstanceProfileInfo],
) -> Result<Option<Vec<ComputeInstanceProfileModel>>, Error> {
    let mut profiles = Vec::new();
    for info in infos {
        match instance.compute_instance_possible_placements(info.id) {
            Ok(placements) => profiles.push(compute_instance_profile(info, placements)),
            Err(Error::FunctionMissing(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(profiles))
}

fn compute_instance_profile(
    info: &ComputeInstanceProfileInfo,
    placements: Vec<ComputeInstancePlacement>,
) -> ComputeInstanceProfileModel {
    ComputeInstanceProfileModel {
        id: info.id,
        name: info.name.clone(),
        slice_count: info.slice_count,
        placements,
    }
}
