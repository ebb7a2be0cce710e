//! Creates, finds and destroys compute instances.

use core::ffi::c_uint;

use nvml_mig_sys::{
    nvmlComputeInstance_t, nvmlComputeInstanceInfo_t, nvmlComputeInstancePlacement_t,
    nvmlGpuInstance_t, nvmlReturn_t,
};

use super::devices::{handle_of, to_u32};
use super::pointers::{Out, handle, number};
use super::{also_named, call};
use crate::machine::{Answer, ComputeInstance, Device, HandleKind, Machine, Refusal};

/// Returns the possible placements of a profile in an empty GPU instance; a null buffer requests only the count.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetComputeInstancePossiblePlacements(
    gpu_instance: nvmlGpuInstance_t,
    profile_id: c_uint,
    placements: Out<nvmlComputeInstancePlacement_t>,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetComputeInstancePossiblePlacements(
            gpu_instance,
            profile_id,
            placements,
            count
        ),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            count.require()?;
            machine.caller.require_privilege()?;
            let parent_profile = instance.profile(gpu.board)?;
            let profile = machine.compute_profile_with_id(parent_profile, profile_id)?;
            let size = profile.size;
            if !placements.is_null() {
                for (index, &start) in profile.starts.iter().enumerate() {
                    placements.write_at(index, nvmlComputeInstancePlacement_t { start, size })?;
                }
            }
            count.write(to_u32(profile.starts.len())?)
        }
    )
}

/// Returns how many more compute instances of a profile fit.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetComputeInstanceRemainingCapacity(
    gpu_instance: nvmlGpuInstance_t,
    profile_id: c_uint,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetComputeInstanceRemainingCapacity(gpu_instance, profile_id, count),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            count.require()?;
            machine.caller.require_privilege()?;
            let parent_profile = instance.profile(gpu.board)?;
            let profile = machine.compute_profile_with_id(parent_profile, profile_id)?;
            count.write(instance.capacity(parent_profile, profile))
        }
    )
}

/// Creates a compute instance where the driver chooses.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceCreateComputeInstance(
    gpu_instance: nvmlGpuInstance_t,
    profile_id: c_uint,
    compute_instance: Out<nvmlComputeInstance_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlGpuInstanceCreateComputeInstance(gpu_instance, profile_id, compute_instance),
        |machine| {
            compute_instance.require()?;
            let parent = number(gpu_instance);
            let created = machine.create_compute_instance(parent, profile_id, None)?;
            compute_instance.write(handle(created))
        }
    )
}

/// Creates a compute instance at a placement.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceCreateComputeInstanceWithPlacement(
    gpu_instance: nvmlGpuInstance_t,
    profile_id: c_uint,
    placement: Out<nvmlComputeInstancePlacement_t>,
    compute_instance: Out<nvmlComputeInstance_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlGpuInstanceCreateComputeInstanceWithPlacement(
            gpu_instance,
            profile_id,
            placement,
            compute_instance
        ),
        |machine| {
            compute_instance.require()?;
            let nvmlComputeInstancePlacement_t { start, size } = placement.read()?;
            let placement = Some((start, size));
            let parent = number(gpu_instance);
            let created = machine.create_compute_instance(parent, profile_id, placement)?;
            compute_instance.write(handle(created))
        }
    )
}

/// Destroys a compute instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlComputeInstanceDestroy(
    compute_instance: nvmlComputeInstance_t,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlComputeInstanceDestroy(compute_instance),
        |machine| { machine.destroy_compute_instance(number(compute_instance)) }
    )
}

/// Returns the compute instances of a profile.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetComputeInstances(
    gpu_instance: nvmlGpuInstance_t,
    profile_id: c_uint,
    compute_instances: Out<nvmlComputeInstance_t>,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetComputeInstances(gpu_instance, profile_id, compute_instances, count),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            compute_instances.require()?;
            count.require()?;
            machine.caller.require_privilege()?;
            machine.compute_profile_with_id(instance.profile(gpu.board)?, profile_id)?;
            let all = instance.compute_instances.iter();
            let found = all.filter(|inside| inside.profile_id == profile_id);
            write_handles(machine, found, compute_instances, count)
        }
    )
}

fn write_handles<'a>(
    machine: &Machine,
    instances: impl Iterator<Item = &'a ComputeInstance>,
    handles: Out<nvmlComputeInstance_t>,
    count: Out<c_uint>,
) -> Answer {
    let mut written = 0;
    for instance in instances {
        let number = machine.handle(HandleKind::ComputeInstance, instance.serial);
        handles.write_at(written, handle(number))?;
        written += 1;
    }
    count.write(to_u32(written)?)
}

/// Returns the compute instance with an ID.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetComputeInstanceById(
    gpu_instance: nvmlGpuInstance_t,
    id: c_uint,
    compute_instance: Out<nvmlComputeInstance_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetComputeInstanceById(gpu_instance, id, compute_instance),
        |machine| {
            let (_, instance) = machine.gpu_instance(number(gpu_instance))?;
            compute_instance.require()?;
            machine.caller.require_privilege()?;
            let mut inside = instance.compute_instances.iter();
            let found = inside.find(|inside| inside.id == id);
            let serial = found.ok_or(Refusal::NotFound)?.serial;
            compute_instance.write(handle(machine.handle(HandleKind::ComputeInstance, serial)))
        }
    )
}

/// Describes a compute instance. `device` is the GPU, as documented: `nvidia-smi mig -lci` prints its index as that of
/// the GPU.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlComputeInstanceGetInfo_v2(
    compute_instance: nvmlComputeInstance_t,
    info: Out<nvmlComputeInstanceInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlComputeInstanceGetInfo_v2(compute_instance, info),
        |machine| {
            let found = machine.compute_instance(number(compute_instance))?;
            let parent = machine.handle(HandleKind::GpuInstance, found.gpu_instance.serial);
            let instance = found.compute_instance;
            info.write(nvmlComputeInstanceInfo_t {
                device: handle_of(machine, &Device::Gpu(found.gpu)),
                gpuInstance: handle(parent),
                id: instance.id,
                profileId: instance.profile_id,
                placement: nvmlComputeInstancePlacement_t {
                    start: instance.start,
                    size: instance.size,
                },
            })
        }
    )
}

also_named!(
    nvmlComputeInstanceGetInfo,
    nvmlComputeInstanceGetInfo_v2(
        compute_instance: nvmlComputeInstance_t,
        info: Out<nvmlComputeInstanceInfo_t>,
    )
);
