//! Finds and describes MIG devices.

use core::ffi::c_uint;

use nvml_mig_sys::{nvmlDevice_t, nvmlDeviceAttributes_t, nvmlReturn_t};

use super::devices::handle_of;
use super::pointers::{Out, handle, number};
use super::{also_named, call};
use crate::machine::{Answer, Device, HandleKind, MigDevice, Refusal};

/// Returns whether a handle belongs to a MIG device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceIsMigDeviceHandle(
    device: nvmlDevice_t,
    is_mig_device: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceIsMigDeviceHandle(device, is_mig_device),
        |machine| {
            let found = machine.device(number(device))?;
            is_mig_device.write(matches!(found, Device::Mig(_)).into())
        }
    )
}

/// Returns the GPU instance ID of a MIG device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstanceId(
    device: nvmlDevice_t,
    id: Out<c_uint>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetGpuInstanceId(device, id), |machine| {
        let found = machine.device(number(device))?;
        id.require()?;
        id.write(found.mig(Refusal::NotSupported)?.gpu_instance.id)
    })
}

/// Returns the compute instance ID of a MIG device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetComputeInstanceId(
    device: nvmlDevice_t,
    id: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetComputeInstanceId(device, id),
        |machine| {
            let found = machine.device(number(device))?;
            id.require()?;
            id.write(found.mig(Refusal::NotSupported)?.compute_instance.id)
        }
    )
}

/// Returns the maximum number of MIG devices of the GPU; 0 while MIG mode is off.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMaxMigDeviceCount(
    device: nvmlDevice_t,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetMaxMigDeviceCount(device, count),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            let on = gpu.mig_mode.current;
            count.write(if on { gpu.board.max_mig_devices } else { 0 })
        }
    )
}

/// Returns the MIG device with an index; an index beyond the maximum of this GPU is an invalid argument.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMigDeviceHandleByIndex(
    device: nvmlDevice_t,
    index: c_uint,
    mig_device: Out<nvmlDevice_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetMigDeviceHandleByIndex(device, index, mig_device),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            mig_device.require()?;
            if index >= gpu.board.max_mig_devices {
                return Err(Refusal::InvalidArgument);
            }
            match machine.visible_mig_devices(gpu).nth(index as usize) {
                Some(found) => mig_device.write(handle_of(machine, &Device::Mig(found))),
                // No instance has this number.
                None if gpu.stale_mig_handles => {
                    mig_device.write(handle(machine.handle(HandleKind::MigDevice, 0)))
                }
                None => Err(Refusal::NotFound),
            }
        }
    )
}

/// Returns the GPU of a MIG device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetDeviceHandleFromMigDeviceHandle(
    mig_device: nvmlDevice_t,
    device: Out<nvmlDevice_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetDeviceHandleFromMigDeviceHandle(mig_device, device),
        |machine| {
            let found = machine.device(number(mig_device))?;
            let gpu = found.mig(Refusal::InvalidArgument)?.gpu;
            device.write(handle_of(machine, &Device::Gpu(gpu)))
        }
    )
}

/// Returns the resources of a MIG device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetAttributes_v2(
    device: nvmlDevice_t,
    attributes: Out<nvmlDeviceAttributes_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetAttributes_v2(device, attributes),
        |machine| {
            let found = machine.device(number(device))?;
            attributes.require()?;
            attributes.write(attributes_of(&found.mig(Refusal::NotSupported)?)?)
        }
    )
}

also_named!(
    nvmlDeviceGetAttributes,
    nvmlDeviceGetAttributes_v2(device: nvmlDevice_t, attributes: Out<nvmlDeviceAttributes_t>)
);

/// SMs belong to the compute instance; memory and engines belong to the GPU instance and are shared.
fn attributes_of(device: &MigDevice<'_>) -> Answer<nvmlDeviceAttributes_t> {
    let (gpu_profile, profile) = (device.gpu_instance_profile()?, device.profile()?);
    Ok(nvmlDeviceAttributes_t {
        multiprocessorCount: profile.multiprocessors,
        sharedCopyEngineCount: gpu_profile.engines.copy,
        sharedDecoderCount: gpu_profile.engines.decoder,
        sharedEncoderCount: gpu_profile.engines.encoder,
        sharedJpegCount: gpu_profile.engines.jpeg,
        sharedOfaCount: gpu_profile.engines.ofa,
        gpuInstanceSliceCount: gpu_profile.slices,
        computeInstanceSliceCount: profile.slices,
        memorySizeMB: gpu_profile.memory_mib,
    })
}
