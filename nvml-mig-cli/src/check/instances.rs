//! Rules about the instances of a GPU.

use nvml_mig::device::MigDeviceAttributes;
use nvml_mig::inventory::{Inventory, LiveGpuInstance, LiveMigDevice};
use nvml_mig::plan::PlanOptions;
use nvml_mig::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
use nvml_mig::{ComputeInstance, Nvml};
use nvml_mig_boards::board_file::{BoardFile, ProfileEntry, ProfileSource};

use super::board::without_mig;
use super::finding::{Findings, Source, list};

/// Checks the instances of a GPU with MIG mode on, and the room beside them.
pub(super) fn check(findings: &mut Findings, nvml: &Nvml, inventory: &Inventory) {
    let Some(instances) = findings.read("instances", inventory.gpu_instances()) else {
        return;
    };
    check_room(findings, inventory);
    let Some(mig_devices) = findings.read("MIG devices", inventory.mig_devices()) else {
        return;
    };
    let compute_instances = instances.iter().map(|live| live.compute_instances.len());
    let same = ("the GPU", "number of MIG devices");
    findings.compare(
        Source::Rule,
        same,
        &compute_instances.sum::<usize>(),
        &mig_devices.len(),
    );
    for live in instances {
        for inside in &live.compute_instances {
            check_mig_device(findings, nvml, (live, inside), &mig_devices);
        }
    }
}

/// The driver has as much room as the planner finds.
fn check_room(findings: &mut Findings, inventory: &Inventory) {
    let Some(model) = findings.read("model", inventory.model()) else {
        return;
    };
    let Some(present) = findings.read("instances", inventory.present()) else {
        return;
    };
    let device = inventory.device();
    for profile in model.fit(&present, PlanOptions::default()).profiles {
        let name = profile.name.as_str();
        let capacity = device.gpu_instance_remaining_capacity(profile.id);
        if let Some(capacity) = findings.read(&format!("capacity of {name}"), capacity) {
            let same = (name, "remaining capacity");
            findings.compare(Source::Rule, same, &profile.count, &capacity);
        }
    }
}

/// A compute instance has a MIG device with the resources of its profiles.
fn check_mig_device(
    findings: &mut Findings,
    nvml: &Nvml,
    (outer, inside): (&LiveGpuInstance, &ComputeInstance),
    mig_devices: &[LiveMigDevice],
) {
    let ids = (outer.gpu_instance.id(), inside.id());
    let about = format!("MIG device {}/{}", ids.0, ids.1);
    let mut all = mig_devices.iter();
    let Some(found) = all.find(|mig| (mig.gpu_instance_id, mig.compute_instance_id) == ids) else {
        findings.compare(Source::Rule, (&about, "MIG device"), &"listed", &"missing");
        return;
    };
    let by_uuid = nvml.mig_device_by_uuid(&found.uuid);
    if let Some(by_uuid) = findings.read(&about, by_uuid) {
        let same = (about.as_str(), "device by UUID");
        let is_same = by_uuid == found.mig_device;
        findings.compare(Source::Rule, same, &true, &is_same);
    }
    let profiles = (outer.gpu_instance.profile(), profile_of(outer, inside));
    let (Some(gpu_profile), Some(profile)) = (
        findings.read(&about, profiles.0),
        findings.read(&about, profiles.1),
    ) else {
        return;
    };
    let names = (outer.gpu_instance.device().name(), found.mig_device.name());
    if let (Some(gpu), Some(name)) = (
        findings.read(&about, names.0),
        findings.read(&about, names.1),
    ) {
        let expected = format!("{gpu} MIG {}", profile.name);
        findings.compare(Source::Rule, (&about, "name"), &expected, &name);
    }
    if let Some(attributes) = findings.read(&about, found.mig_device.attributes()) {
        let expected = attributes_of(&gpu_profile, &profile);
        let same = (about.as_str(), "attributes");
        findings.compare(Source::Rule, same, &text(&expected), &text(&attributes));
    }
}

fn profile_of(
    outer: &LiveGpuInstance,
    inside: &ComputeInstance,
) -> Result<ComputeInstanceProfileInfo, nvml_mig::Error> {
    outer
        .gpu_instance
        .compute_instance_profile_by_id(inside.profile_id())
}

/// Slices and memory are those of the GPU instance; only multiprocessors and compute slices are the compute instance's own.
fn attributes_of(
    outer: &GpuInstanceProfileInfo,
    inside: &ComputeInstanceProfileInfo,
) -> MigDeviceAttributes {
    MigDeviceAttributes::new(inside.slice_count, outer.slice_count)
        .with_multiprocessor_count(inside.multiprocessor_count)
        .with_shared_copy_engine_count(outer.copy_engine_count)
        .with_shared_decoder_count(outer.decoder_count)
        .with_shared_encoder_count(outer.encoder_count)
        .with_shared_jpeg_count(outer.jpeg_count)
        .with_shared_ofa_count(outer.ofa_count)
        .with_memory_mib(outer.memory_mib)
}

fn text(attributes: &MigDeviceAttributes) -> String {
    format!(
        "{} SMs, {} copy, {} decoder, {} encoder, {} JPEG, {} OFA, {} of {} slices, {} MiB",
        attributes.multiprocessor_count,
        attributes.shared_copy_engine_count,
        attributes.shared_decoder_count,
        attributes.shared_encoder_count,
        attributes.shared_jpeg_count,
        attributes.shared_ofa_count,
        attributes.compute_instance_slice_count,
        attributes.gpu_instance_slice_count,
        attributes.memory_mib,
    )
}

/// The compute instance profiles that were read inside an instance are those that the rule gives where there is none.
pub(super) fn check_parts(findings: &mut Findings, read: &BoardFile) {
    let mut derived = read.clone();
    for profile in &mut derived.profiles {
        profile.compute_profiles_from = ProfileSource::Rule;
    }
    derived.complete();
    for (profile, derived) in read.profiles.iter().zip(&derived.profiles) {
        if profile.compute_profiles_from == ProfileSource::Instance {
            let same = (without_mig(&profile.name), "compute instance profiles");
            findings.compare(Source::Rule, same, &parts(derived), &parts(profile));
        }
    }
}

fn parts(profile: &ProfileEntry) -> String {
    let parts = profile.compute_profiles.iter().map(|part| {
        let (name, places) = (without_mig(&part.name), &part.placements);
        format!(
            "{name} (id {}) at {{{}}}:{}",
            part.id,
            list(&places.starts),
            places.size
        )
    });
    list(parts)
}
