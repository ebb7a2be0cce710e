//! Finds the likely cause of a failed call, and suggests a remedy.
//!
//! NVML returns `NOT_SUPPORTED` for four different reasons, and never reports what keeps an instance in use, so further
//! queries are made. They run only after a call has failed, and a hint omits what they can't find out.

mod compute_instance;
mod device;
#[cfg(feature = "monitor")]
mod gpm;
mod gpu_instance;
mod mig_mode;
mod not_read_back;
mod vgpu;

pub(crate) use compute_instance::{
    compute_instance_by_id, compute_instance_profile, create_compute_instance,
    destroy_compute_instance,
};
#[cfg(feature = "preflight")]
pub(crate) use device::no_mig_in;
pub(crate) use device::{device, memory, mig_device_by_index, no_mig_device_at, not_on_open_gpus};
#[cfg(feature = "monitor")]
pub(crate) use gpm::{gpm, is_too_old_for_gpm};
pub(crate) use gpu_instance::{
    create_gpu_instance, destroy_gpu_instance, gpu_instance_by_id, gpu_instance_profile,
    gpu_instance_profile_id,
};
#[cfg(feature = "preflight")]
pub(crate) use gpu_instance::{no_room_beside, users_of_gpu};
pub(crate) use mig_mode::{mig_mode, set_mig_mode};
pub(crate) use not_read_back::not_read_back;
pub(crate) use vgpu::{VgpuCall, vgpu_instance, vgpu_type, vgpus};
