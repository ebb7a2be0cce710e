//! Converts all versions of the C structures to profile information.

use nvml_mig_sys as sys;

use crate::driver::buffer::string;
use crate::driver::call::{ByVersionWord, Failure};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::profile::{
    ComputeInstanceProfile, ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo,
    ProfileName, ReportedName,
};

/// Copies the fields that all versions of a structure have, from the C structure `$raw`.
macro_rules! gpu_instance_profile_info {
    ($raw:expr, $profile:expr, $name:expr, $p2p:expr, $graphics:expr) => {
        GpuInstanceProfileInfo {
            profile: $profile,
            id: GpuInstanceProfileId::new($raw.id),
            name: $name,
            slice_count: $raw.sliceCount,
            instance_count: $raw.instanceCount,
            multiprocessor_count: $raw.multiprocessorCount,
            copy_engine_count: $raw.copyEngineCount,
            decoder_count: $raw.decoderCount,
            encoder_count: $raw.encoderCount,
            jpeg_count: $raw.jpegCount,
            ofa_count: $raw.ofaCount,
            memory_mib: $raw.memorySizeMB,
            p2p: $p2p,
            graphics: $graphics,
        }
    };
}

impl GpuInstanceProfileInfo {
    /// Converts version 1, which has no name. It is computed from `total_mib`, the memory of the whole GPU; if that is not
    /// known, from the memory of the instance alone, as NVIDIA rounds it on most boards.
    pub(crate) fn from_v1(
        profile: GpuInstanceProfile,
        raw: &sys::nvmlGpuInstanceProfileInfo_t,
        total_mib: Option<u64>,
    ) -> Self {
        let memory_mib = raw.memorySizeMB;
        let named = |total| ProfileName::computed(profile, raw.sliceCount, memory_mib, total);
        let alone = || ProfileName {
            memory_gb: u32::try_from(memory_mib.div_ceil(1024)).unwrap_or(u32::MAX),
            ..named(1)
        };
        let name = total_mib.map_or_else(alone, named);
        let p2p = raw.isP2pSupported != 0;
        gpu_instance_profile_info!(raw, Some(profile), name.into(), p2p, name.graphics)
    }

    /// Asks with version 3 of the structure.
    pub(crate) fn query_v3(
        profile: Option<GpuInstanceProfile>,
        ask: impl FnOnce(ByVersionWord<'_, sys::nvmlGpuInstanceProfileInfo_v3_t>) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let version = sys::nvmlGpuInstanceProfileInfo_v3;
        let mut raw = sys::nvmlGpuInstanceProfileInfo_v3_t {
            version,
            ..Default::default()
        };
        ask(ByVersionWord(&mut raw))?;
        Ok(Self::from_v3(profile, &raw))
    }

    /// Asks with version 2 of the structure.
    pub(crate) fn query_v2(
        profile: Option<GpuInstanceProfile>,
        ask: impl FnOnce(&mut sys::nvmlGpuInstanceProfileInfo_v2_t) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let version = sys::nvmlGpuInstanceProfileInfo_v2;
        let mut raw = sys::nvmlGpuInstanceProfileInfo_v2_t {
            version,
            ..Default::default()
        };
        ask(&mut raw)?;
        Ok(Self::from_v2(profile, &raw))
    }

    fn from_v2(
        profile: Option<GpuInstanceProfile>,
        raw: &sys::nvmlGpuInstanceProfileInfo_v2_t,
    ) -> Self {
        let name = driver_name(&raw.name);
        let graphics = name.parsed().is_some_and(|name| name.graphics);
        gpu_instance_profile_info!(raw, profile, name, raw.isP2pSupported != 0, graphics)
    }

    fn from_v3(
        profile: Option<GpuInstanceProfile>,
        raw: &sys::nvmlGpuInstanceProfileInfo_v3_t,
    ) -> Self {
        let has = |capability| raw.capabilities & capability != 0;
        let p2p = has(sys::NVML_GPU_INSTANCE_PROFILE_CAPS_P2P);
        let graphics = has(sys::NVML_GPU_INSTANCE_PROFILE_CAPS_GFX);
        gpu_instance_profile_info!(raw, profile, driver_name(&raw.name), p2p, graphics)
    }
}

/// Copies the fields that all versions of a structure have, from the C structure `$raw`.
macro_rules! compute_instance_profile_info {
    ($raw:expr, $profile:expr, $name:expr, $graphics:expr) => {
        ComputeInstanceProfileInfo {
            profile: $profile,
            id: ComputeInstanceProfileId::new($raw.id),
            name: $name,
            slice_count: $raw.sliceCount,
            instance_count: $raw.instanceCount,
            multiprocessor_count: $raw.multiprocessorCount,
            shared_copy_engine_count: $raw.sharedCopyEngineCount,
            shared_decoder_count: $raw.sharedDecoderCount,
            shared_encoder_count: $raw.sharedEncoderCount,
            shared_jpeg_count: $raw.sharedJpegCount,
            shared_ofa_count: $raw.sharedOfaCount,
            graphics: $graphics,
        }
    };
}

impl ComputeInstanceProfileInfo {
    /// Converts version 1, which has no name. It is computed from `gpu_instance`, the profile of the GPU instance: one with
    /// all its slices, but fewer multiprocessors, is the smaller of two.
    pub(crate) fn from_v1(
        profile: ComputeInstanceProfile,
        raw: &sys::nvmlComputeInstanceProfileInfo_t,
        gpu_instance: Option<&GpuInstanceProfileInfo>,
    ) -> Self {
        let compute_slices = raw.sliceCount;
        let name = gpu_instance.map_or_else(
            || format!("{compute_slices}c").into(),
            |gpu_instance| {
                let smaller = raw.multiprocessorCount < gpu_instance.multiprocessor_count;
                gpu_instance
                    .name
                    .with_compute_slices(compute_slices, smaller)
            },
        );
        let graphics = gpu_instance.is_some_and(|gpu_instance| gpu_instance.graphics);
        compute_instance_profile_info!(raw, profile, name, graphics)
    }

    /// Asks with version 3 of the structure.
    pub(crate) fn query_v3(
        profile: ComputeInstanceProfile,
        ask: impl FnOnce(
            ByVersionWord<'_, sys::nvmlComputeInstanceProfileInfo_v3_t>,
        ) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let version = sys::nvmlComputeInstanceProfileInfo_v3;
        let mut raw = sys::nvmlComputeInstanceProfileInfo_v3_t {
            version,
            ..Default::default()
        };
        ask(ByVersionWord(&mut raw))?;
        Ok(Self::from_v3(profile, &raw))
    }

    /// Asks with version 2 of the structure.
    pub(crate) fn query_v2(
        profile: ComputeInstanceProfile,
        ask: impl FnOnce(&mut sys::nvmlComputeInstanceProfileInfo_v2_t) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let version = sys::nvmlComputeInstanceProfileInfo_v2;
        let mut raw = sys::nvmlComputeInstanceProfileInfo_v2_t {
            version,
            ..Default::default()
        };
        ask(&mut raw)?;
        let name = driver_name(&raw.name);
        Ok(compute_instance_profile_info!(raw, profile, name, false))
    }

    fn from_v3(
        profile: ComputeInstanceProfile,
        raw: &sys::nvmlComputeInstanceProfileInfo_v3_t,
    ) -> Self {
        let graphics = raw.capabilities & sys::NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX != 0;
        compute_instance_profile_info!(raw, profile, driver_name(&raw.name), graphics)
    }
}

/// The driver writes `MIG 1g.5gb`; users write and read `1g.5gb`.
fn driver_name(characters: &[core::ffi::c_char]) -> ReportedName {
    let name = string(characters);
    name.strip_prefix("MIG ").unwrap_or(&name).into()
}
