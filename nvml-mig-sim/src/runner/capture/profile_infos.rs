//! Profiles, in each version of the structures that the driver knows.

use nvml_mig_sys::{
    NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED, NVML_GPU_INSTANCE_PROFILE_CAPS_GFX,
    NVML_GPU_INSTANCE_PROFILE_CAPS_P2P, nvmlComputeInstanceProfileInfo_t,
    nvmlComputeInstanceProfileInfo_v2, nvmlComputeInstanceProfileInfo_v2_t,
    nvmlComputeInstanceProfileInfo_v3, nvmlComputeInstanceProfileInfo_v3_t, nvmlGpuInstance_t,
    nvmlGpuInstanceProfileInfo_t, nvmlGpuInstanceProfileInfo_v2, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3, nvmlGpuInstanceProfileInfo_v3_t, nvmlReturn_t,
};

use super::call::{Failure, Room, ask, if_known, text};
use super::nvml::Gpu;

/// For a driver that never says that there are no more profiles.
const MOST_NUMBERS: u32 = 64;

/// A profile as one version of the structure reports it.
pub(super) struct Reading<T> {
    pub(super) version: u32,
    pub(super) info: T,
    /// `None` in version 1, which has none.
    pub(super) name: Option<String>,
    /// `None` before version 3.
    pub(super) graphics: Option<bool>,
}

/// A GPU instance profile in the oldest structure, to which the others add.
pub(super) type GpuReading = Reading<nvmlGpuInstanceProfileInfo_t>;
/// A compute instance profile in the oldest structure, to which the others add.
pub(super) type ComputeReading = Reading<nvmlComputeInstanceProfileInfo_t>;

/// The number of a profile, and its readings.
pub(super) type Numbered<T> = (u32, Vec<Reading<T>>);

/// Asks for all numbers of profiles up to the end. Each profile comes with its number and its readings, the oldest
/// structure first.
fn all<T>(
    mut first: impl FnMut(u32) -> Result<T, Failure>,
    mut newer: impl FnMut(u32) -> [Result<Reading<T>, Failure>; 2],
) -> Result<Vec<Numbered<T>>, Failure> {
    let mut found = Vec::new();
    for number in 0..MOST_NUMBERS {
        let info = match first(number) {
            Err(failure) if failure.is(nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT) => break,
            answer => if_known(answer)?,
        };
        let Some(info) = info else { continue };
        let mut readings = vec![Reading {
            version: 1,
            info,
            name: None,
            graphics: None,
        }];
        for reading in newer(number) {
            readings.extend(if_version_known(reading)?);
        }
        found.push((number, readings));
    }
    Ok(found)
}

/// A driver refuses versions of the structure that it does not know.
fn if_version_known<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Err(failure)
            if failure.is(nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT)
                || failure.is(nvmlReturn_t::NVML_ERROR_ARGUMENT_VERSION_MISMATCH) =>
        {
            Ok(None)
        }
        answer => if_known(answer),
    }
}

/// Copies the fields that a newer structure shares with the oldest.
macro_rules! gpu_v1 {
    ($info:ident, $p2p:expr) => {
        nvmlGpuInstanceProfileInfo_t {
            id: $info.id,
            isP2pSupported: $p2p,
            sliceCount: $info.sliceCount,
            instanceCount: $info.instanceCount,
            multiprocessorCount: $info.multiprocessorCount,
            copyEngineCount: $info.copyEngineCount,
            decoderCount: $info.decoderCount,
            encoderCount: $info.encoderCount,
            jpegCount: $info.jpegCount,
            ofaCount: $info.ofaCount,
            memorySizeMB: $info.memorySizeMB,
        }
    };
}

/// Copies the fields that a newer structure shares with the oldest.
macro_rules! compute_v1 {
    ($info:ident) => {
        nvmlComputeInstanceProfileInfo_t {
            id: $info.id,
            sliceCount: $info.sliceCount,
            instanceCount: $info.instanceCount,
            multiprocessorCount: $info.multiprocessorCount,
            sharedCopyEngineCount: $info.sharedCopyEngineCount,
            sharedDecoderCount: $info.sharedDecoderCount,
            sharedEncoderCount: $info.sharedEncoderCount,
            sharedJpegCount: $info.sharedJpegCount,
            sharedOfaCount: $info.sharedOfaCount,
        }
    };
}

impl Gpu<'_> {
    /// Returns all GPU instance profiles.
    pub(super) fn profiles(&self) -> Result<Vec<Numbered<nvmlGpuInstanceProfileInfo_t>>, Failure> {
        all(
            |number| self.profile_v1(number),
            |number| [self.profile_v2(number), self.profile_v3(number)],
        )
    }

    fn profile_v1(&self, number: u32) -> Result<nvmlGpuInstanceProfileInfo_t, Failure> {
        let mut room = Room::new(nvmlGpuInstanceProfileInfo_t::default());
        let (gpu, info) = (self.handle, room.pointer());
        ask!(
            self.library(),
            nvmlDeviceGetGpuInstanceProfileInfo(gpu, number, info)
        )?;
        Ok(room.answer)
    }

    fn profile_v2(&self, number: u32) -> Result<GpuReading, Failure> {
        let mut room = Room::new(nvmlGpuInstanceProfileInfo_v2_t {
            version: nvmlGpuInstanceProfileInfo_v2,
            ..Default::default()
        });
        let (gpu, info) = (self.handle, room.pointer());
        ask!(
            self.library(),
            nvmlDeviceGetGpuInstanceProfileInfoV(gpu, number, info)
        )?;
        let info = room.answer;
        Ok(Reading {
            version: 2,
            info: gpu_v1!(info, info.isP2pSupported),
            name: Some(text(&info.name)),
            graphics: None,
        })
    }

    fn profile_v3(&self, number: u32) -> Result<GpuReading, Failure> {
        let mut room = Room::new(nvmlGpuInstanceProfileInfo_v3_t {
            version: nvmlGpuInstanceProfileInfo_v3,
            ..Default::default()
        });
        let (gpu, info) = (self.handle, room.pointer());
        ask!(
            self.library(),
            nvmlDeviceGetGpuInstanceProfileInfoV(gpu, number, info)
        )?;
        let info = room.answer;
        let p2p = u32::from(info.capabilities & NVML_GPU_INSTANCE_PROFILE_CAPS_P2P != 0);
        Ok(Reading {
            version: 3,
            info: gpu_v1!(info, p2p),
            name: Some(text(&info.name)),
            graphics: Some(info.capabilities & NVML_GPU_INSTANCE_PROFILE_CAPS_GFX != 0),
        })
    }

    /// Returns all compute instance profiles inside a GPU instance.
    pub(super) fn compute_profiles(
        &self,
        parent: nvmlGpuInstance_t,
    ) -> Result<Vec<Numbered<nvmlComputeInstanceProfileInfo_t>>, Failure> {
        all(
            |number| self.compute_profile_v1(parent, number),
            |number| {
                let newer = self.compute_profile_v2(parent, number);
                [newer, self.compute_profile_v3(parent, number)]
            },
        )
    }

    fn compute_profile_v1(
        &self,
        parent: nvmlGpuInstance_t,
        number: u32,
    ) -> Result<nvmlComputeInstanceProfileInfo_t, Failure> {
        let mut room = Room::new(nvmlComputeInstanceProfileInfo_t::default());
        let (engines, info) = (NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED, room.pointer());
        ask!(
            self.library(),
            nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, number, engines, info)
        )?;
        Ok(room.answer)
    }

    fn compute_profile_v2(
        &self,
        parent: nvmlGpuInstance_t,
        number: u32,
    ) -> Result<ComputeReading, Failure> {
        let mut room = Room::new(nvmlComputeInstanceProfileInfo_v2_t {
            version: nvmlComputeInstanceProfileInfo_v2,
            ..Default::default()
        });
        let (engines, info) = (NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED, room.pointer());
        ask!(
            self.library(),
            nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, number, engines, info)
        )?;
        let info = room.answer;
        Ok(Reading {
            version: 2,
            info: compute_v1!(info),
            name: Some(text(&info.name)),
            graphics: None,
        })
    }

    fn compute_profile_v3(
        &self,
        parent: nvmlGpuInstance_t,
        number: u32,
    ) -> Result<ComputeReading, Failure> {
        let mut room = Room::new(nvmlComputeInstanceProfileInfo_v3_t {
            version: nvmlComputeInstanceProfileInfo_v3,
            ..Default::default()
        });
        let (engines, info) = (NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED, room.pointer());
        ask!(
            self.library(),
            nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, number, engines, info)
        )?;
        let info = room.answer;
        Ok(Reading {
            version: 3,
            info: compute_v1!(info),
            name: Some(text(&info.name)),
            graphics: None,
        })
    }
}
