//! Of profiles and placements.

use nvml_mig::profile::{ComputeInstanceProfile, GpuInstanceProfile};

use crate::operation::{Operation, reads};

pub(super) const ALL: &[Operation] = &[
    reads!("Device::gpu_instance_profiles", it => it.device.gpu_instance_profiles()),
    reads!("Device::gpu_instance_profile", it => {
        it.device.gpu_instance_profile(GpuInstanceProfile::Slice1)
    }),
    reads!("Device::gpu_instance_profile_by_id", it, id = it.gpu_instance.profile_id() => {
        it.device.gpu_instance_profile_by_id(id)
    }),
    reads!("Device::gpu_instance_profile_by_name", it => {
        it.device.gpu_instance_profile_by_name(it.kind.small)
    }),
    reads!("Device::gpu_instance_possible_placements", it, id = it.gpu_instance.profile_id() => {
        it.device.gpu_instance_possible_placements(id)
    }),
    reads!("Device::gpu_instance_free_placements", it, id = it.gpu_instance.profile_id() => {
        it.device.gpu_instance_free_placements(id)
    }),
    reads!("Device::gpu_instance_remaining_capacity", it, id = it.gpu_instance.profile_id() => {
        it.device.gpu_instance_remaining_capacity(id)
    }),
    reads!("GpuInstance::profile", it => it.gpu_instance.profile()),
    reads!("GpuInstance::compute_instance_profiles", it => {
        it.gpu_instance.compute_instance_profiles()
    }),
    reads!("GpuInstance::compute_instance_profile", it => {
        it.gpu_instance.compute_instance_profile(ComputeInstanceProfile::Slice1)
    }),
    reads!("GpuInstance::compute_instance_profile_by_id", it, id = it.compute_instance.profile_id() => {
        it.gpu_instance.compute_instance_profile_by_id(id)
    }),
    reads!("GpuInstance::compute_instance_profile_by_name", it, name = it
        .gpu_instance
        .compute_instance_profile_by_id(it.compute_instance.profile_id())?
        .name => {
        it.gpu_instance.compute_instance_profile_by_name(name.as_ref())
    }),
    reads!("GpuInstance::default_compute_instance_profile", it => {
        it.gpu_instance.default_compute_instance_profile()
    }),
    reads!("GpuInstance::compute_instance_possible_placements", it, id = it.compute_instance.profile_id() => {
        it.gpu_instance.compute_instance_possible_placements(id)
    }),
    reads!("GpuInstance::compute_instance_free_placements", it, id = it.compute_instance.profile_id() => {
        it.gpu_instance.compute_instance_free_placements(id)
    }),
    reads!("GpuInstance::compute_instance_remaining_capacity", it, id = it.compute_instance.profile_id() => {
        it.gpu_instance.compute_instance_remaining_capacity(id)
    }),
];
