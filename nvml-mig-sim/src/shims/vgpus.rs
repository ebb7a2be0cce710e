//! vGPUs on GPU instances of a vGPU host: types, active vGPUs, placements, and heterogeneous mode.

use core::ffi::c_uint;
use core::mem::offset_of;

use nvml_mig_sys::{
    INVALID_GPU_INSTANCE_ID, INVALID_GPU_INSTANCE_PROFILE_ID, nvmlActiveVgpuInstanceInfo_t,
    nvmlActiveVgpuInstanceInfo_v1, nvmlEnableState_t, nvmlGpuInstance_t, nvmlReturn_t,
    nvmlVgpuCreatablePlacementInfo_t, nvmlVgpuCreatablePlacementInfo_v1,
    nvmlVgpuHeterogeneousMode_t, nvmlVgpuHeterogeneousMode_v1, nvmlVgpuInstance_t,
    nvmlVgpuTypeId_t, nvmlVgpuTypeIdInfo_t, nvmlVgpuTypeIdInfo_v1, nvmlVgpuTypeMaxInstance_t,
    nvmlVgpuTypeMaxInstance_v1,
};

use super::call;
use super::devices::to_u32;
use super::pointers::{Out, number};
use crate::machine::{Answer, Refusal};

/// `nvmlVgpuTypeIdInfo_t` and `nvmlActiveVgpuInstanceInfo_t`, with a pointer that is only followed where C allows it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct IdList {
    version: c_uint,
    count: c_uint,
    ids: Out<c_uint>,
}

const _: () = assert!(size_of::<IdList>() == size_of::<nvmlVgpuTypeIdInfo_t>());
const _: () = assert!(size_of::<IdList>() == size_of::<nvmlActiveVgpuInstanceInfo_t>());

/// `nvmlVgpuCreatablePlacementInfo_t` likewise, with its padding.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct PlacementList {
    version: c_uint,
    vgpu_type: nvmlVgpuTypeId_t,
    count: c_uint,
    padding: c_uint,
    ids: Out<c_uint>,
    size: c_uint,
    padding_after: c_uint,
}

const _: () = assert!(size_of::<PlacementList>() == size_of::<nvmlVgpuCreatablePlacementInfo_t>());
const _: () = assert!(
    offset_of!(PlacementList, size) == offset_of!(nvmlVgpuCreatablePlacementInfo_t, placementSize)
);

/// Refuses a null pointer, and a structure with another version word.
pub(super) fn require_version<T: Copy>(structure: Out<T>, version: u32) -> Answer {
    let found = structure.cast::<c_uint>().read()?;
    (found == version)
        .then_some(())
        .ok_or(Refusal::ArgumentVersionMismatch)
}

/// Writes IDs into a buffer that has room for `room` of them.
fn write_ids(buffer: Out<c_uint>, room: c_uint, ids: &[u32]) -> Answer {
    if to_u32(ids.len())? > room {
        return Err(Refusal::InsufficientSize);
    }
    for (index, &id) in ids.iter().enumerate() {
        buffer.write_at(index, id)?;
    }
    Ok(())
}

/// Fills a list; its count is written even if the buffer is too small.
fn fill(list: Out<IdList>, ids: &[u32]) -> Answer {
    let asked = list.read()?;
    let count = to_u32(ids.len())?;
    list.write(IdList { count, ..asked })?;
    write_ids(asked.ids, asked.count, ids)
}

/// Returns the GPU instance profile that a vGPU type needs.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlVgpuTypeGetGpuInstanceProfileId(
    vgpu_type: nvmlVgpuTypeId_t,
    profile_id: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlVgpuTypeGetGpuInstanceProfileId(vgpu_type, profile_id),
        |machine| {
            profile_id.require()?;
            let found = machine.vgpu_type(vgpu_type)?.gpu_instance_profile;
            profile_id.write(found.unwrap_or(INVALID_GPU_INSTANCE_PROFILE_ID))
        }
    )
}

/// Returns how many vGPUs of a type fit on a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlVgpuTypeGetMaxInstancesPerGpuInstance(
    max_instance: Out<nvmlVgpuTypeMaxInstance_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlVgpuTypeGetMaxInstancesPerGpuInstance(max_instance),
        |machine| {
            require_version(max_instance, nvmlVgpuTypeMaxInstance_v1)?;
            let asked = max_instance.read()?;
            let found = machine.vgpu_type(asked.vgpuTypeId)?;
            if found.gpu_instance_profile.is_none() {
                return Err(Refusal::NotSupported);
            }
            max_instance.write(nvmlVgpuTypeMaxInstance_t {
                maxInstancePerGI: found.instances,
                ..asked
            })
        }
    )
}

/// Returns the GPU instance of a vGPU.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlVgpuInstanceGetGpuInstanceId(
    vgpu: nvmlVgpuInstance_t,
    gpu_instance_id: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlVgpuInstanceGetGpuInstanceId(vgpu, gpu_instance_id),
        |machine| {
            gpu_instance_id.require()?;
            if vgpu == 0 {
                return Err(Refusal::InvalidArgument);
            }
            let found = machine.vgpu(vgpu)?.gpu_instance;
            gpu_instance_id.write(found.unwrap_or(INVALID_GPU_INSTANCE_ID))
        }
    )
}

/// Returns the types of which another vGPU fits on a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetCreatableVgpus(
    gpu_instance: nvmlGpuInstance_t,
    vgpus: Out<nvmlVgpuTypeIdInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetCreatableVgpus(gpu_instance, vgpus),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            require_version(vgpus, nvmlVgpuTypeIdInfo_v1)?;
            let types = gpu.creatable_vgpus(instance)?;
            let numbers: Vec<u32> = types.iter().map(|found| found.number).collect();
            fill(vgpus.cast(), &numbers)
        }
    )
}

/// Returns the vGPUs on a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetActiveVgpus(
    gpu_instance: nvmlGpuInstance_t,
    vgpus: Out<nvmlActiveVgpuInstanceInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetActiveVgpus(gpu_instance, vgpus),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            require_version(vgpus, nvmlActiveVgpuInstanceInfo_v1)?;
            gpu.require_vgpu_host()?;
            let active = gpu.vgpus_on(Some(instance.id));
            let ids: Vec<u32> = active.map(|vgpu| vgpu.id).collect();
            fill(vgpus.cast(), &ids)
        }
    )
}

/// Returns the placements for another vGPU of a type.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetVgpuTypeCreatablePlacements(
    gpu_instance: nvmlGpuInstance_t,
    placements: Out<nvmlVgpuCreatablePlacementInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetVgpuTypeCreatablePlacements(gpu_instance, placements),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            require_version(placements, nvmlVgpuCreatablePlacementInfo_v1)?;
            let list = placements.cast::<PlacementList>();
            let asked = list.read()?;
            let found = gpu.creatable_vgpu_placements(instance, asked.vgpu_type)?;
            list.write(PlacementList {
                count: to_u32(found.ids.len())?,
                size: found.size,
                ..asked
            })?;
            write_ids(asked.ids, asked.count, &found.ids)
        }
    )
}

/// Returns whether vGPUs with different amounts of memory can share a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetVgpuHeterogeneousMode(
    gpu_instance: nvmlGpuInstance_t,
    mode: Out<nvmlVgpuHeterogeneousMode_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetVgpuHeterogeneousMode(gpu_instance, mode),
        |machine| {
            let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
            require_version(mode, nvmlVgpuHeterogeneousMode_v1)?;
            gpu.require_shared_gpu_instances()?;
            mode.write(nvmlVgpuHeterogeneousMode_t {
                version: nvmlVgpuHeterogeneousMode_v1,
                mode: instance.vgpu.heterogeneous.into(),
            })
        }
    )
}

/// Sets whether vGPUs with different amounts of memory can share a GPU instance.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceSetVgpuHeterogeneousMode(
    gpu_instance: nvmlGpuInstance_t,
    mode: Out<nvmlVgpuHeterogeneousMode_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlGpuInstanceSetVgpuHeterogeneousMode(gpu_instance, mode),
        |machine| {
            let handle = number(gpu_instance);
            machine.gpu_instance(handle)?;
            require_version(mode, nvmlVgpuHeterogeneousMode_v1)?;
            let on = match nvmlEnableState_t(mode.read()?.mode) {
                nvmlEnableState_t::NVML_FEATURE_DISABLED => false,
                nvmlEnableState_t::NVML_FEATURE_ENABLED => true,
                _ => return Err(Refusal::InvalidArgument),
            };
            machine.set_vgpu_heterogeneous_mode(handle, on)
        }
    )
}
