//! Creates, finds and destroys GPU instances.

use core::ffi::c_uint;

use nvml_mig_sys::{
    nvmlDevice_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t,
    nvmlReturn_t,
};

use super::devices::{handle_of, to_u32};
use super::pointers::{Out, handle, number};
use super::{also_named, call};
use crate::machine::{Answer, Device, GpuInstance, HandleKind, Machine, Refusal};

/// Returns the possible placements of a profile on an empty GPU; a null buffer requests only the count.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstancePossiblePlacements_v2(
    device: nvmlDevice_t,
    profile_id: c_uint,
    placements: Out<nvmlGpuInstancePlacement_t>,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstancePossiblePlacements_v2(device, profile_id, placements, count),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            count.require()?;
            machine.caller.require_privilege()?;
            let profile = machine.profile_with_id(gpu, profile_id)?;
            let size = profile.size;
            if !placements.is_null() {
                for (index, &start) in profile.starts.iter().enumerate() {
                    placements.write_at(index, nvmlGpuInstancePlacement_t { start, size })?;
                }
            }
            count.write(to_u32(profile.starts.len())?)
        }
    )
}

also_named!(
    nvmlDeviceGetGpuInstancePossiblePlacements,
    nvmlDeviceGetGpuInstancePossiblePlacements_v2(
        device: nvmlDevice_t,
        profile_id: c_uint,
        placements: Out<nvmlGpuInstancePlacement_t>,
        count: Out<c_uint>,
    )
);

/// Returns how many more instances of a profile fit. While MIG mode is off, that is 0 if the driver lists profiles
/// then: nvidia-smi 550 asks for every listed profile and does not accept an error; on real GPUs it prints 0/7.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstanceRemainingCapacity(
    device: nvmlDevice_t,
    profile_id: c_uint,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstanceRemainingCapacity(device, profile_id, count),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            count.require()?;
            machine.caller.require_privilege()?;
            let profile = machine.profile_with_id(gpu, profile_id)?;
            let on = gpu.mig_mode.current;
            count.write(if on { gpu.capacity(profile) } else { 0 })
        }
    )
}

/// Creates a GPU instance where the driver chooses.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceCreateGpuInstance(
    device: nvmlDevice_t,
    profile_id: c_uint,
    gpu_instance: Out<nvmlGpuInstance_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlDeviceCreateGpuInstance(device, profile_id, gpu_instance),
        |machine| {
            gpu_instance.require()?;
            let created = machine.create_gpu_instance(number(device), profile_id, None)?;
            gpu_instance.write(handle(created))
        }
    )
}

/// Creates a GPU instance at a placement.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceCreateGpuInstanceWithPlacement(
    device: nvmlDevice_t,
    profile_id: c_uint,
    placement: Out<nvmlGpuInstancePlacement_t>,
    gpu_instance: Out<nvmlGpuInstance_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlDeviceCreateGpuInstanceWithPlacement(device, profile_id, placement, gpu_instance),
        |machine| {
            gpu_instance.require()?;
            let nvmlGpuInstancePlacement_t { start, size } = placement.read()?;
            let placement = Some((start, size));
            let created = machine.create_gpu_instance(number(device), profile_id, placement)?;
            gpu_instance.write(handle(created))
        }
    )
}

/// Destroys a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceDestroy(gpu_instance: nvmlGpuInstance_t) -> nvmlReturn_t {
    call!(change, nvmlGpuInstanceDestroy(gpu_instance), |machine| {
        machine.destroy_gpu_instance(number(gpu_instance))
    })
}

/// Returns the GPU instances of a profile.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstances(
    device: nvmlDevice_t,
    profile_id: c_uint,
    gpu_instances: Out<nvmlGpuInstance_t>,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstances(device, profile_id, gpu_instances, count),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            gpu_instances.require()?;
            count.require()?;
            machine.caller.require_privilege()?;
            gpu.require_mig()?;
            let profile = machine.profile_with_id(gpu, profile_id);
            profile.or(Err(Refusal::InvalidArgument))?;
            let all = gpu.gpu_instances.iter();
            let found = all.filter(|instance| instance.profile_id == profile_id);
            write_handles(machine, found, gpu_instances, count)
        }
    )
}

fn write_handles<'a>(
    machine: &Machine,
    instances: impl Iterator<Item = &'a GpuInstance>,
    handles: Out<nvmlGpuInstance_t>,
    count: Out<c_uint>,
) -> Answer {
    let mut written = 0;
    for instance in instances {
        let number = machine.handle(HandleKind::GpuInstance, instance.serial);
        handles.write_at(written, handle(number))?;
        written += 1;
    }
    count.write(to_u32(written)?)
}

/// Returns the GPU instance with an ID.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGpuInstanceById(
    device: nvmlDevice_t,
    id: c_uint,
    gpu_instance: Out<nvmlGpuInstance_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGpuInstanceById(device, id, gpu_instance),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            gpu_instance.require()?;
            machine.caller.require_privilege()?;
            gpu.require_mig()?;
            let instance = gpu.gpu_instance(id).ok_or(Refusal::NotFound)?;
            gpu_instance.write(handle(
                machine.handle(HandleKind::GpuInstance, instance.serial),
            ))
        }
    )
}

/// Describes a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetInfo(
    gpu_instance: nvmlGpuInstance_t,
    info: Out<nvmlGpuInstanceInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetInfo(gpu_instance, info),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            info.write(nvmlGpuInstanceInfo_t {
                device: handle_of(machine, &Device::Gpu(gpu)),
                id: instance.id,
                profileId: instance.profile_id,
                placement: nvmlGpuInstancePlacement_t {
                    start: instance.start,
                    size: instance.profile(gpu.board)?.size,
                },
            })
        }
    )
}
