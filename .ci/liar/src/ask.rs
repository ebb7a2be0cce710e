//! Everything that the crate can ask.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::instance::vgpu::VgpuSchedulerEngine;
use nvml_mig::inventory::Inventory;
use nvml_mig::monitor::{EventKind, EventWatch, GpmMetric, MigWatch};
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig::snapshot::Snapshot;
use nvml_mig::sys::Library;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};

/// The errors, each once, of all questions.
struct Errors(BTreeSet<String>);

impl Errors {
    fn note<T, E: core::fmt::Display>(&mut self, answer: Result<T, E>) -> Option<T> {
        answer
            .map_err(|error| self.0.insert(error.to_string()))
            .ok()
    }
}

/// Asks everything, and returns the errors.
pub(crate) fn everything(library: Library) -> Vec<String> {
    let mut errors = Errors(BTreeSet::new());
    if let Some(nvml) = errors.note(Nvml::from_library(library)) {
        machine(&nvml, &mut errors);
    }
    errors.0.into_iter().collect()
}

fn machine(nvml: &Nvml, errors: &mut Errors) {
    errors.note(nvml.driver_version());
    errors.note(nvml.devices());
    errors.note(nvml.mig_capable_devices());
    errors.note(nvml.each_device().map(|each| each.take(300).count()));
    if let Some(device) = errors.note(nvml.device_by_index(0)) {
        gpu(&device, errors);
        instances(&device, errors);
        mig_devices(nvml, &device, errors);
        watches(&device, errors);
        changes(nvml, &device, errors);
    }
    if let Some(host) = errors.note(nvml.device_by_index(1)) {
        vgpus(&host, errors);
    }
}

fn gpu(device: &Device, errors: &mut Errors) {
    errors.note(device.name());
    errors.note(device.uuid());
    errors.note(device.pci_info());
    errors.note(device.memory_info().map(|memory| memory.total_mib()));
    errors.note(device.bar1_info());
    errors.note(device.mig_mode());
    errors.note(device.processes());
    errors.note(device.max_mig_device_count());
    for profile in errors
        .note(device.gpu_instance_profiles())
        .unwrap_or_default()
    {
        errors.note(device.gpu_instance_possible_placements(profile.id));
        errors.note(device.gpu_instance_free_placements(profile.id));
        errors.note(device.gpu_instance_remaining_capacity(profile.id));
    }
    errors.note(device.gpu_instance_profile_by_name("1g.10gb"));
}

fn instances(device: &Device, errors: &mut Errors) {
    for gpu_instance in errors.note(device.gpu_instances()).unwrap_or_default() {
        errors.note(gpu_instance.profile());
        errors.note(gpu_instance.compute_instances());
        for profile in errors
            .note(gpu_instance.compute_instance_profiles())
            .unwrap_or_default()
        {
            errors.note(gpu_instance.compute_instance_possible_placements(profile.id));
        }
        let earlier = errors.note(gpu_instance.gpm_sample());
        let later = errors.note(gpu_instance.gpm_sample());
        if let (Some(earlier), Some(later)) = (earlier, later) {
            errors.note(later.metric_since(&earlier, GpmMetric::SmUtilization));
        }
    }
    if let Some(inventory) = errors.note(Inventory::read(device)) {
        errors.note(inventory.partition());
        errors.note(inventory.mig_devices());
    }
}

fn mig_devices(nvml: &Nvml, device: &Device, errors: &mut Errors) {
    for mig_device in errors.note(device.mig_devices()).unwrap_or_default() {
        errors.note(mig_device.profile());
        errors.note(mig_device.attributes());
        errors.note(mig_device.processes());
        errors.note(mig_device.gpm_sample().map(drop));
        let uuid = errors.note(mig_device.uuid()).unwrap_or_default();
        errors.note(nvml.mig_device_by_uuid(&uuid));
        errors.note(nvml.any_device_by_uuid(&uuid));
    }
    errors.note(device.each_mig_device().map(|each| each.count()));
}

/// The second GPU is that of a vGPU host.
fn vgpus(device: &Device, errors: &mut Errors) {
    let engine = VgpuSchedulerEngine::Graphics;
    for gpu_instance in errors.note(device.gpu_instances()).unwrap_or_default() {
        for vgpu_type in errors
            .note(gpu_instance.creatable_vgpu_types())
            .unwrap_or_default()
        {
            errors.note(vgpu_type.gpu_instance_profile());
            errors.note(vgpu_type.max_instances_per_gpu_instance());
            errors.note(gpu_instance.creatable_vgpu_placements(vgpu_type.id()));
        }
        for vgpu in errors.note(gpu_instance.active_vgpus()).unwrap_or_default() {
            errors.note(vgpu.gpu_instance_id());
        }
        errors.note(gpu_instance.vgpu_heterogeneous_mode());
        errors.note(gpu_instance.vgpu_scheduler_state(engine));
        errors.note(gpu_instance.vgpu_scheduler_log(engine));
    }
}

fn watches(device: &Device, errors: &mut Errors) {
    let devices = std::slice::from_ref(device);
    let short = Duration::from_millis(300);
    if let Some(mut watch) = errors.note(MigWatch::start(devices)) {
        errors.note(watch.wait(short));
    }
    if let Some(mut watch) = errors.note(EventWatch::start(devices, &[EventKind::Xid])) {
        errors.note(watch.wait(short));
    }
}

/// Everything that could destroy an instance, with one of them busy.
fn changes(nvml: &Nvml, device: &Device, errors: &mut Errors) {
    if let (Some(model), Some(present)) = (
        errors.note(GpuModel::read(device)),
        errors.note(PresentGpuInstance::read_all(device)),
    ) {
        let fit = model.fit(&present, PlanOptions::new());
        let _ = fit.fragmentation();
    }
    let kept = errors.note(Snapshot::read(std::slice::from_ref(device)));
    // What was read can be written.
    kept.map(|kept| errors.note(kept.to_json()));
    let folder = std::env::temp_dir().join(format!("nvml-mig-liar-{}", std::process::id()));
    errors.note(std::fs::create_dir_all(&folder));
    for layout in ["7g.80gb", "2*3g.40gb", "7*1g.10gb", "none"] {
        let layout: Layout = layout.parse().expect("a layout");
        let plan = errors.note(GpuPlan::from_device(device, layout, GpuPlanOptions::new()));
        let lock = errors.note(MachineLock::take_in(&folder));
        if let (Some(plan), Some(mut lock)) = (plan, lock) {
            errors.note(lock.apply(&[plan], |_| ControlFlow::Continue(())));
            errors.note(lock.recover(nvml, |_| {}));
        }
    }
    errors.note(std::fs::remove_dir_all(&folder));
}
