//! Of GPU instances and compute instances.

use nvml_mig::instance::GpuInstancePlacement;

use crate::operation::{Operation, changes, reads};

pub(super) const ALL: &[Operation] = &[
    reads!("Device::gpu_instances", it => it.device.gpu_instances().map(|found| found.len())),
    reads!("Device::gpu_instance_by_id", it, id = it.gpu_instance.id() => {
        it.device.gpu_instance_by_id(id).map(|found| found.id())
    }),
    reads!("GpuInstance::compute_instances", it => {
        it.gpu_instance.compute_instances().map(|found| found.len())
    }),
    reads!("GpuInstance::compute_instance_by_id", it, id = it.compute_instance.id() => {
        it.gpu_instance.compute_instance_by_id(id).map(|found| found.id())
    }),
    changes!("Device::create_gpu_instance", it,
        id = it.device.gpu_instance_profile_by_name(it.kind.small)?.id => {
        it.device.create_gpu_instance(id).map(|made| made.id())
    }),
    changes!("Device::create_gpu_instance_at", it, (id, placement) = {
        let id = it.device.gpu_instance_profile_by_name(it.kind.small)?.id;
        let free = it.device.gpu_instance_free_placements(id)?;
        (id, free.first().copied().unwrap_or(GpuInstancePlacement { start: 0, size: 1 }))
    } => {
        it.device.create_gpu_instance_at(id, placement).map(|made| made.id())
    }),
    changes!("Device::create_mig_device", it,
        id = it.device.gpu_instance_profile_by_name(it.kind.small)?.id => {
        it.device.create_mig_device(id).map(drop)
    }),
    changes!("GpuInstance::create_compute_instance", it, (empty, id) = {
        let id = it.device.gpu_instance_profile_by_name(it.kind.small)?.id;
        let empty = it.device.create_gpu_instance(id)?;
        let id = empty.default_compute_instance_profile()?.id;
        (empty, id)
    } => {
        empty.create_compute_instance(id).map(|made| made.id())
    }),
    changes!("GpuInstance::create_compute_instance_at", it, (again, id, placement) = {
        let (id, placement) = (it.compute_instance.profile_id(), it.compute_instance.placement());
        let again = it.gpu_instance.compute_instance_by_id(it.compute_instance.id())?;
        again.destroy()?;
        (it.gpu_instance, id, placement)
    } => {
        again.create_compute_instance_at(id, placement).map(|made| made.id())
    }),
    changes!("GpuInstance::destroy", it, empty = {
        let id = it.device.gpu_instance_profile_by_name(it.kind.small)?.id;
        it.device.create_gpu_instance(id)?
    } => {
        empty.destroy()
    }),
    changes!("GpuInstance::destroy (with compute instances)", it => it.gpu_instance.destroy()),
    changes!("GpuInstance::destroy_with_compute_instances", it => {
        it.gpu_instance.destroy_with_compute_instances()
    }),
    changes!("instance::ScopedGpuInstance::close", it => it.gpu_instance.scoped(|_| ()).close()),
    changes!("ComputeInstance::destroy", it => it.compute_instance.destroy()),
    reads!("GpuInstance::capability", it => it.gpu_instance.capability()),
    reads!("ComputeInstance::capability", it => it.compute_instance.capability()),
    reads!("ComputeInstance::mig_device", it => it.compute_instance.mig_device().map(drop)),
];
