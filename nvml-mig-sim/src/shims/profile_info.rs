//! Profiles, in each version of the structures.

use core::ffi::c_uint;

use nvml_mig_sys::{
    NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED, NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX,
    NVML_GPU_INSTANCE_PROFILE_CAPS_GFX, NVML_GPU_INSTANCE_PROFILE_CAPS_P2P,
    nvmlComputeInstanceProfileInfo_t, nvmlComputeInstanceProfileInfo_v2,
    nvmlComputeInstanceProfileInfo_v2_t, nvmlComputeInstanceProfileInfo_v3,
    nvmlComputeInstanceProfileInfo_v3_t, nvmlDevice_t, nvmlGpuInstance_t,
    nvmlGpuInstanceProfileInfo_t, nvmlGpuInstanceProfileInfo_v2, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3, nvmlGpuInstanceProfileInfo_v3_t, nvmlReturn_t,
};

use super::call;
use super::padded::{GpuProfileV2, GpuProfileV3};
use super::pointers::{Out, number, text_field};
use crate::machine::{Answer, Machine, ProfileVersion, Refusal};
use nvml_mig_boards::catalogue::{ComputeInstanceProfile, Engines, GpuInstanceProfile};

/// Returns the GPU instance profile with a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstanceProfileInfo(
    device: nvmlDevice_t,
    profile: c_uint,
    info: Out<nvmlGpuInstanceProfileInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstanceProfileInfo(device, profile, info),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            info.require()?;
            info.write(gpu_v1(
                &gpu.reported(machine.profile_with_number(gpu, profile)?),
            ))
        }
    )
}

/// Returns the GPU instance profile with a number, in the structure that the version word selects.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstanceProfileInfoV(
    device: nvmlDevice_t,
    profile: c_uint,
    info: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstanceProfileInfoV(device, profile, info),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            let version = gpu_version(machine, info)?;
            let profile = machine.profile_with_number(gpu, profile)?;
            write_gpu(info, version, &gpu.reported(profile))
        }
    )
}

/// Returns the GPU instance profile with an ID, in the structure that the version word selects.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstanceProfileInfoByIdV(
    device: nvmlDevice_t,
    profile_id: c_uint,
    info: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstanceProfileInfoByIdV(device, profile_id, info),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            let version = gpu_version(machine, info)?;
            let profile = machine.profile_with_id(gpu, profile_id)?;
            write_gpu(info, version, &gpu.reported(profile))
        }
    )
}

/// Returns the compute instance profile with a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetComputeInstanceProfileInfo(
    gpu_instance: nvmlGpuInstance_t,
    profile: c_uint,
    engine_profile: c_uint,
    info: Out<nvmlComputeInstanceProfileInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetComputeInstanceProfileInfo(gpu_instance, profile, engine_profile, info),
        |machine| {
            machine.gpu_instance(number(gpu_instance))?;
            info.require()?;
            let found = compute_profile(machine, gpu_instance, profile, engine_profile)?;
            info.write(compute_v1(found.0, found.1))
        }
    )
}

/// Returns the compute instance profile with a number, in the structure that the version word selects.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetComputeInstanceProfileInfoV(
    gpu_instance: nvmlGpuInstance_t,
    profile: c_uint,
    engine_profile: c_uint,
    info: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetComputeInstanceProfileInfoV(gpu_instance, profile, engine_profile, info),
        |machine| {
            machine.gpu_instance(number(gpu_instance))?;
            let version = compute_version(machine, info)?;
            let found = compute_profile(machine, gpu_instance, profile, engine_profile)?;
            write_compute(info, version, found)
        }
    )
}

/// A compute instance profile, and the profile of its GPU instance.
type Inside = (&'static ComputeInstanceProfile, &'static GpuInstanceProfile);

fn compute_profile(
    machine: &Machine,
    gpu_instance: nvmlGpuInstance_t,
    profile: u32,
    engine_profile: u32,
) -> Answer<Inside> {
    let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
    if engine_profile != NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED {
        return Err(Refusal::InvalidArgument);
    }
    let parent_profile = instance.profile(gpu.board)?;
    Ok((
        machine.compute_profile_with_number(parent_profile, profile)?,
        parent_profile,
    ))
}

fn gpu_version(machine: &Machine, info: Out<c_uint>) -> Answer<ProfileVersion> {
    let words = [
        (nvmlGpuInstanceProfileInfo_v2, ProfileVersion::V2),
        (nvmlGpuInstanceProfileInfo_v3, ProfileVersion::V3),
    ];
    machine.profile_versions().named(info.read()?, words)
}

fn compute_version(machine: &Machine, info: Out<c_uint>) -> Answer<ProfileVersion> {
    let words = [
        (nvmlComputeInstanceProfileInfo_v2, ProfileVersion::V2),
        (nvmlComputeInstanceProfileInfo_v3, ProfileVersion::V3),
    ];
    machine.profile_versions().named(info.read()?, words)
}

/// Versions 2 and 3 have the same size but different layouts; only the version word distinguishes them.
fn write_gpu(info: Out<c_uint>, version: ProfileVersion, profile: &GpuInstanceProfile) -> Answer {
    if version == ProfileVersion::V2 {
        return info.cast().write(GpuProfileV2::from(gpu_v2(profile)));
    }
    info.cast().write(GpuProfileV3::from(gpu_v3(profile)))
}

fn write_compute(
    info: Out<c_uint>,
    version: ProfileVersion,
    (profile, parent_profile): Inside,
) -> Answer {
    if version == ProfileVersion::V2 {
        return info.cast().write(compute_v2(profile, parent_profile));
    }
    info.cast().write(compute_v3(profile, parent_profile))
}

fn gpu_v1(profile: &GpuInstanceProfile) -> nvmlGpuInstanceProfileInfo_t {
    let Engines {
        copy,
        decoder,
        encoder,
        jpeg,
        ofa,
        ..
    } = profile.engines;
    nvmlGpuInstanceProfileInfo_t {
        id: profile.id,
        isP2pSupported: profile.p2p.into(),
        sliceCount: profile.slices,
        instanceCount: profile.instances,
        multiprocessorCount: profile.multiprocessors,
        copyEngineCount: copy,
        decoderCount: decoder,
        encoderCount: encoder,
        jpegCount: jpeg,
        ofaCount: ofa,
        memorySizeMB: profile.memory_mib,
    }
}

fn gpu_v2(profile: &GpuInstanceProfile) -> nvmlGpuInstanceProfileInfo_v2_t {
    let v1 = gpu_v1(profile);
    nvmlGpuInstanceProfileInfo_v2_t {
        version: nvmlGpuInstanceProfileInfo_v2,
        id: v1.id,
        isP2pSupported: v1.isP2pSupported,
        sliceCount: v1.sliceCount,
        instanceCount: v1.instanceCount,
        multiprocessorCount: v1.multiprocessorCount,
        copyEngineCount: v1.copyEngineCount,
        decoderCount: v1.decoderCount,
        encoderCount: v1.encoderCount,
        jpegCount: v1.jpegCount,
        ofaCount: v1.ofaCount,
        memorySizeMB: v1.memorySizeMB,
        name: text_field(profile.name),
    }
}

fn gpu_v3(profile: &GpuInstanceProfile) -> nvmlGpuInstanceProfileInfo_v3_t {
    let v1 = gpu_v1(profile);
    nvmlGpuInstanceProfileInfo_v3_t {
        version: nvmlGpuInstanceProfileInfo_v3,
        id: v1.id,
        sliceCount: v1.sliceCount,
        instanceCount: v1.instanceCount,
        multiprocessorCount: v1.multiprocessorCount,
        copyEngineCount: v1.copyEngineCount,
        decoderCount: v1.decoderCount,
        encoderCount: v1.encoderCount,
        jpegCount: v1.jpegCount,
        ofaCount: v1.ofaCount,
        memorySizeMB: v1.memorySizeMB,
        name: text_field(profile.name),
        capabilities: bit(profile.p2p, NVML_GPU_INSTANCE_PROFILE_CAPS_P2P)
            | bit(profile.graphics, NVML_GPU_INSTANCE_PROFILE_CAPS_GFX),
    }
}

fn compute_v1(
    profile: &ComputeInstanceProfile,
    parent_profile: &GpuInstanceProfile,
) -> nvmlComputeInstanceProfileInfo_t {
    let Engines {
        copy,
        decoder,
        encoder,
        jpeg,
        ofa,
        ..
    } = parent_profile.engines;
    nvmlComputeInstanceProfileInfo_t {
        id: profile.id,
        sliceCount: profile.slices,
        instanceCount: profile.instances,
        multiprocessorCount: profile.multiprocessors,
        sharedCopyEngineCount: copy,
        sharedDecoderCount: decoder,
        sharedEncoderCount: encoder,
        sharedJpegCount: jpeg,
        sharedOfaCount: ofa,
    }
}

fn compute_v2(
    profile: &ComputeInstanceProfile,
    parent_profile: &GpuInstanceProfile,
) -> nvmlComputeInstanceProfileInfo_v2_t {
    let v1 = compute_v1(profile, parent_profile);
    nvmlComputeInstanceProfileInfo_v2_t {
        version: nvmlComputeInstanceProfileInfo_v2,
        id: v1.id,
        sliceCount: v1.sliceCount,
        instanceCount: v1.instanceCount,
        multiprocessorCount: v1.multiprocessorCount,
        sharedCopyEngineCount: v1.sharedCopyEngineCount,
        sharedDecoderCount: v1.sharedDecoderCount,
        sharedEncoderCount: v1.sharedEncoderCount,
        sharedJpegCount: v1.sharedJpegCount,
        sharedOfaCount: v1.sharedOfaCount,
        name: text_field(profile.name),
    }
}

fn compute_v3(
    profile: &ComputeInstanceProfile,
    parent_profile: &GpuInstanceProfile,
) -> nvmlComputeInstanceProfileInfo_v3_t {
    let v1 = compute_v1(profile, parent_profile);
    nvmlComputeInstanceProfileInfo_v3_t {
        version: nvmlComputeInstanceProfileInfo_v3,
        id: v1.id,
        sliceCount: v1.sliceCount,
        instanceCount: v1.instanceCount,
        multiprocessorCount: v1.multiprocessorCount,
        sharedCopyEngineCount: v1.sharedCopyEngineCount,
        sharedDecoderCount: v1.sharedDecoderCount,
        sharedEncoderCount: v1.sharedEncoderCount,
        sharedJpegCount: v1.sharedJpegCount,
        sharedOfaCount: v1.sharedOfaCount,
        name: text_field(profile.name),
        capabilities: bit(
            parent_profile.graphics,
            NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX,
        ),
    }
}

const fn bit(set: bool, bit: u32) -> u32 {
    if set { bit } else { 0 }
}
