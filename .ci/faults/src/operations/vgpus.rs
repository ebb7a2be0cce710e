//! Of vGPUs on a GPU instance. They are tried on a vGPU host.

use nvml_mig::instance::vgpu::{
    VgpuInstanceId, VgpuSchedulerEngine, VgpuSchedulerPolicy, VgpuSchedulerSettings, VgpuTypeId,
};

use crate::operation::{Operation, changes, reads};

/// A type of the board on GPU instance profile 1g.24gb+gfx (as listed by `nvml-mig-sim list-boards`).
pub(crate) const TYPE: VgpuTypeId = VgpuTypeId::new(1558);
/// The vGPU that runs.
pub(crate) const RUNS: VgpuInstanceId = VgpuInstanceId::new(7);

const GRAPHICS: VgpuSchedulerEngine = VgpuSchedulerEngine::Graphics;

pub(super) const ALL: &[Operation] = &[
    reads!("GpuInstance::creatable_vgpu_types", it => {
        it.small_gpu_instance.creatable_vgpu_types().map(|found| found.len())
    }),
    reads!("GpuInstance::active_vgpus", it => {
        it.small_gpu_instance.active_vgpus().map(|found| found.len())
    }),
    reads!("GpuInstance::creatable_vgpu_placements", it => {
        it.small_gpu_instance.creatable_vgpu_placements(TYPE)
    }),
    reads!("GpuInstance::vgpu_scheduler_state", it => {
        it.small_gpu_instance.vgpu_scheduler_state(GRAPHICS)
    }),
    reads!("GpuInstance::vgpu_scheduler_log", it => {
        it.small_gpu_instance.vgpu_scheduler_log(GRAPHICS)
    }),
    reads!("GpuInstance::vgpu_heterogeneous_mode", it => {
        it.small_gpu_instance.vgpu_heterogeneous_mode()
    }),
    changes!("GpuInstance::set_vgpu_scheduler_state", it => {
        let settings = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare);
        it.gpu_instance.set_vgpu_scheduler_state(&settings)
    }),
    changes!("GpuInstance::set_vgpu_heterogeneous_mode", it => {
        it.gpu_instance.set_vgpu_heterogeneous_mode(true)
    }),
    reads!("instance::vgpu::VgpuType::gpu_instance_profile", it => {
        it.device.vgpu_type(TYPE).gpu_instance_profile()
    }),
    reads!("instance::vgpu::VgpuType::max_instances_per_gpu_instance", it => {
        it.device.vgpu_type(TYPE).max_instances_per_gpu_instance()
    }),
    reads!("instance::vgpu::VgpuInstance::gpu_instance_id", it => {
        it.device.vgpu_instance(RUNS).gpu_instance_id()
    }),
];
