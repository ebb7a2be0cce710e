//! Everything that the crate can ask. Questions change nothing; what changes the machine is in `changes`.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nvml_mig::instance::vgpu::VgpuSchedulerEngine;
use nvml_mig::inventory::Inventory;
use nvml_mig::monitor::{EventKind, EventWatch, GpmMetric, MigWatch};
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig::snapshot::Snapshot;
use nvml_mig::sys::Library;
use nvml_mig::{Device, Nvml};

use crate::asked::{Asked, Wrong};
use crate::machine::{HOST, MIG, Machine};
use crate::{changes, driver, witness};

/// How long events are waited for.
const SHORT: Duration = Duration::from_millis(20);
/// How much longer a wait may take, besides what the driver's calls sleep, on a busy machine.
const LATE: Duration = Duration::from_secs(5);

/// Asks the honest driver first, and changes MIG mode of a GPU and back: what valgrind has translated then, the processes share.
pub(crate) fn honestly(machine: &Machine, folder: &Path) -> Result<()> {
    let nvml = Nvml::init_from(machine.simulator.library_path())?;
    let mut asked = Asked::default();
    questions(&nvml, &mut asked);
    changes::there_and_back(&nvml, machine, folder, &mut asked)?;
    ensure!(asked.is_fine(), "the honest driver: {asked}");
    Ok(())
}

/// Asks everything, and then changes what can be changed.
pub(crate) fn everything(
    library: Library,
    machine: &Machine,
    folder: &Path,
    asked: &mut Asked,
) -> Result<()> {
    let Some(nvml) = asked.note(Nvml::from_library(library)) else {
        return Ok(());
    };
    questions(&nvml, asked);
    for call in witness::take() {
        let question = format!("a question called {}", call.function);
        asked.wrong.push(Wrong::Question(question));
    }
    changes::all(&nvml, machine, folder, asked)
}

fn questions(nvml: &Nvml, asked: &mut Asked) {
    all_gpus(nvml, asked);
    if let Some(device) = asked.note(nvml.device_by_index(MIG)) {
        gpu(&device, asked);
        profiles(&device, asked);
        instances(&device, asked);
        mig_devices(nvml, &device, asked);
        watches(&device, asked);
        models(&device, asked);
    }
    if let Some(host) = asked.note(nvml.device_by_index(HOST)) {
        vgpus(&host, asked);
    }
}

fn all_gpus(nvml: &Nvml, asked: &mut Asked) {
    asked.note(nvml.driver_version());
    asked.note(nvml.nvml_version());
    asked.note(nvml.cuda_driver_version());
    asked.note(nvml.mig_capable_devices());
    for (_, device) in asked.note(nvml.each_device()).into_iter().flatten() {
        asked.note(device);
    }
    let devices = asked.note(nvml.devices()).unwrap_or_default();
    for device in &devices {
        let uuid = asked.note(device.uuid()).unwrap_or_default();
        asked.note(nvml.device_by_uuid(&uuid));
        let bus_id = asked.note(device.pci_info()).map(|pci| pci.bus_id);
        asked.note(nvml.device_by_pci_bus_id(&bus_id.unwrap_or_default()));
    }
    if let Some(kept) = asked.note(Snapshot::read(&devices))
        && let Some(text) = asked.note(kept.to_json())
    {
        // What was read can be written, and what was written can be read.
        asked.note(Snapshot::from_json(&text));
    }
}

fn gpu(device: &Device, asked: &mut Asked) {
    asked.note(device.name());
    asked.note(device.index());
    asked.note(device.minor_number());
    asked.note(device.architecture());
    asked.note(device.cuda_compute_capability());
    asked.note(device.memory_info().map(|memory| memory.total_mib()));
    asked.note(device.bar1_info());
    asked.note(device.mig_mode());
    asked.note(device.mig_mode_change_needs_reset());
    asked.note(device.lists_profiles_with_mig_disabled());
    asked.note(device.processes());
    asked.note(device.max_mig_device_count());
    asked.note(device.supported_events());
    asked.note(device.has_gpm());
}

fn profiles(device: &Device, asked: &mut Asked) {
    for profile in asked
        .note(device.gpu_instance_profiles())
        .unwrap_or_default()
    {
        asked.note(device.gpu_instance_profile_by_id(profile.id));
        asked.note(device.gpu_instance_possible_placements(profile.id));
        asked.note(device.gpu_instance_free_placements(profile.id));
        asked.note(device.gpu_instance_remaining_capacity(profile.id));
    }
    asked.note(device.gpu_instance_profile_by_name("1g.10gb"));
}

fn instances(device: &Device, asked: &mut Asked) {
    for gpu_instance in asked.note(device.gpu_instances()).unwrap_or_default() {
        asked.note(gpu_instance.profile());
        asked.note(gpu_instance.compute_instances());
        for profile in asked
            .note(gpu_instance.compute_instance_profiles())
            .unwrap_or_default()
        {
            asked.note(gpu_instance.compute_instance_possible_placements(profile.id));
            asked.note(gpu_instance.compute_instance_remaining_capacity(profile.id));
        }
        let earlier = asked.note(gpu_instance.gpm_sample());
        let later = asked.note(gpu_instance.gpm_sample());
        if let (Some(earlier), Some(later)) = (earlier, later) {
            asked.note(later.metric_since(&earlier, GpmMetric::SmUtilization));
        }
    }
    if let Some(inventory) = asked.note(Inventory::read(device)) {
        asked.note(inventory.partition());
        asked.note(inventory.mig_devices());
    }
}

fn mig_devices(nvml: &Nvml, device: &Device, asked: &mut Asked) {
    for mig_device in asked.note(device.mig_devices()).unwrap_or_default() {
        asked.note(mig_device.profile());
        asked.note(mig_device.attributes());
        asked.note(mig_device.name());
        asked.note(mig_device.memory_info());
        asked.note(mig_device.bar1_info());
        asked.note(mig_device.processes());
        asked.note(mig_device.parent());
        asked.note(mig_device.gpu_instance());
        asked.note(mig_device.compute_instance());
        asked.note(mig_device.gpm_sample().map(drop));
        let uuid = asked.note(mig_device.uuid()).unwrap_or_default();
        asked.note(nvml.mig_device_by_uuid(&uuid));
        asked.note(nvml.any_device_by_uuid(&uuid));
    }
    asked.note(device.each_mig_device().map(|each| each.count()));
}

/// The second GPU is that of a vGPU host.
fn vgpus(device: &Device, asked: &mut Asked) {
    let engine = VgpuSchedulerEngine::Graphics;
    for gpu_instance in asked.note(device.gpu_instances()).unwrap_or_default() {
        for vgpu_type in asked
            .note(gpu_instance.creatable_vgpu_types())
            .unwrap_or_default()
        {
            asked.note(vgpu_type.gpu_instance_profile());
            asked.note(vgpu_type.max_instances_per_gpu_instance());
            asked.note(gpu_instance.creatable_vgpu_placements(vgpu_type.id()));
        }
        for vgpu in asked.note(gpu_instance.active_vgpus()).unwrap_or_default() {
            asked.note(vgpu.gpu_instance_id());
        }
        asked.note(gpu_instance.vgpu_heterogeneous_mode());
        asked.note(gpu_instance.vgpu_scheduler_state(engine));
        asked.note(gpu_instance.vgpu_scheduler_log(engine));
    }
}

fn watches(device: &Device, asked: &mut Asked) {
    let devices = std::slice::from_ref(device);
    if let Some(mut watch) = asked.note(MigWatch::start(devices)) {
        waited(asked, |asked| {
            asked.note(watch.wait(SHORT));
        });
    }
    if let Some(mut watch) = asked.note(EventWatch::start(devices, &[EventKind::Xid])) {
        waited(asked, |asked| {
            asked.note(watch.wait(SHORT));
        });
    }
}

/// A wait ends in time, but for the time of the driver's own calls.
fn waited(asked: &mut Asked, wait: impl FnOnce(&mut Asked)) {
    let (began, slept) = (Instant::now(), driver::slept());
    wait(asked);
    let took = began.elapsed().saturating_sub(driver::slept() - slept);
    if took > SHORT + LATE {
        let late = format!("a wait of {SHORT:?} took {took:?} beside the driver's calls");
        asked.wrong.push(Wrong::Question(late));
    }
}

fn models(device: &Device, asked: &mut Asked) {
    if let (Some(model), Some(present)) = (
        asked.note(GpuModel::read(device)),
        asked.note(PresentGpuInstance::read_all(device)),
    ) {
        let fit = model.fit(&present, PlanOptions::new());
        let _ = fit.fragmentation();
    }
}
