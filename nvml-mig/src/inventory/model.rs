//! The model of a GPU, read from its driver.

use super::Inventory;
use crate::architecture::Architecture;
use crate::error::Error;
use crate::placement::ComputeInstancePlacement;
use crate::plan::{
    ComputeInstanceProfileModel, ComputePlacementRule, Engine, Engines, GpuInstanceProfileModel,
    GpuModel, ProfileSource,
};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo};
use crate::query::{Device, KnownGpu};

/// # Reading a GPU
impl GpuModel {
    /// Reads the model of this GPU. MIG mode must be on.
    ///
    /// NVML reports compute instance profiles only for GPU instances that exist. For a profile without an instance since the
    /// library was opened, they are derived from [`ComputePlacementRule`], and
    /// [`compute_instance_profile_source`](GpuInstanceProfileModel::compute_instance_profile_source) says so.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_possible_placements`]. That existing instances can't be read is no error: compute instance profiles
    /// are derived then.
    #[doc(alias = "nvmlDeviceGetGpuInstancePossiblePlacements_v2")]
    pub fn read(device: &Device) -> Result<Self, Error> {
        Inventory::read(device)?.model()
    }
}

impl Inventory {
    pub(super) fn model_in(&self, known: &KnownGpu) -> Result<GpuModel, Error> {
        let architecture = self.device().architecture_in(known);
        let architecture = architecture.map_err(|failure| self.device().error(failure))?;
        let infos = self.profiles_in(known)?;
        let rule = rule(architecture, &infos);
        let profiles = infos.iter().map(|info| self.profile(known, info, rule));
        Ok(GpuModel::new(profiles.collect::<Result<_, Error>>()?))
    }

    fn profile(
        &self,
        known: &KnownGpu,
        info: &GpuInstanceProfileInfo,
        rule: ComputePlacementRule,
    ) -> Result<GpuInstanceProfileModel, Error> {
        let double_memory = info.profile == Some(GpuInstanceProfile::Slice1DoubleMemory);
        let reported = self.compute_instance_profiles(known, info)?;
        let (source, inside) = match reported {
            Some(profiles) => (ProfileSource::Driver, profiles),
            None => (
                ProfileSource::PlacementRule,
                rule.profiles(&info.name, info.slice_count, double_memory),
            ),
        };
        let placements = self.placements_in(known, info.id)?;
        let model = GpuInstanceProfileModel::new(info.id, info.name.clone(), placements)
            .with_slice_count(info.slice_count)
            .with_memory_mib(info.memory_mib)
            .with_engines(engines(info))
            .with_compute_instance_profiles(inside, source);
        Ok(model)
    }

    /// Returns the compute instance profiles that the driver reports, or reported earlier, for a GPU instance of a
    /// profile; `None` if there never was one, or if the driver does not report placements.
    fn compute_instance_profiles(
        &self,
        known: &KnownGpu,
        info: &GpuInstanceProfileInfo,
    ) -> Result<Option<Vec<ComputeInstanceProfileModel>>, Error> {
        let listed = self.listed().unwrap_or_default();
        let mut live = listed.iter().map(|live| &live.gpu_instance);
        let Some(example) = live.find(|instance| instance.profile_id() == info.id) else {
            return Ok(reported_before(known, info));
        };
        let infos = example.compute_instance_profiles_in(known);
        let infos = infos.map_err(|failure| example.profiles_error(failure))?;
        let mut profiles = Vec::new();
        for info in infos.iter() {
            match example.compute_instance_possible_placements_in(known, info.id) {
                Ok(placements) => profiles.push(compute_instance_profile(info, &placements)),
                Err(failure) if failure.is_missing() => return Ok(None),
                Err(failure) => return Err(example.profile_error(failure, info.id)),
            }
        }
        Ok(Some(profiles))
    }
}

/// On chips with aligned placements, the 1g with double memory has more SMs than the plain one, since its compute instance
/// occupies two slices. The smaller chip of the H100 `PCIe` is not aligned.
fn rule(architecture: Architecture, infos: &[GpuInstanceProfileInfo]) -> ComputePlacementRule {
    let sms = |profile| {
        let mut infos = infos.iter();
        let info = infos.find(|info| info.profile == Some(profile));
        info.map(|info| info.multiprocessor_count)
    };
    let double = sms(GpuInstanceProfile::Slice1DoubleMemory);
    match double {
        None => ComputePlacementRule::of(architecture),
        double if double == sms(GpuInstanceProfile::Slice1) => ComputePlacementRule::Windows,
        Some(_) => ComputePlacementRule::of(architecture).with_double_memory(),
    }
}

fn reported_before(
    known: &KnownGpu,
    info: &GpuInstanceProfileInfo,
) -> Option<Vec<ComputeInstanceProfileModel>> {
    let infos = known.compute_profiles.get(&info.id)?;
    let model = |inside: &ComputeInstanceProfileInfo| {
        let placements = known.compute_placements.get(&(info.id, inside.id))?;
        Some(compute_instance_profile(inside, &placements))
    };
    infos.iter().map(model).collect()
}

const fn engines(info: &GpuInstanceProfileInfo) -> Engines {
    Engines::new()
        .with_count(Engine::Decoder, info.decoder_count)
        .with_count(Engine::Encoder, info.encoder_count)
        .with_count(Engine::Jpeg, info.jpeg_count)
        .with_count(Engine::Ofa, info.ofa_count)
}

fn compute_instance_profile(
    info: &ComputeInstanceProfileInfo,
    placements: &[ComputeInstancePlacement],
) -> ComputeInstanceProfileModel {
    let (name, slices) = (info.name.clone(), info.slice_count);
    ComputeInstanceProfileModel::new(info.id, name, slices, placements.to_vec())
}
