//! Rules about profiles that the library relies on when it plans.

use nvml_mig::inventory::Inventory;
use nvml_mig::plan::{GpuModel, PlanOptions};
use nvml_mig::profile::{GpuInstanceProfileInfo, ProfileName};

use super::finding::{Findings, Source, list};

/// Checks the profiles of a GPU.
pub(super) fn check(findings: &mut Findings, inventory: &Inventory, total_mib: u64) {
    let Some(infos) = findings.read("profiles", inventory.profiles()) else {
        return;
    };
    for info in &infos {
        check_name(findings, info, total_mib);
        check_queries(findings, inventory, info);
        check_placements(findings, inventory, info);
    }
    if inventory.is_mig_enabled()
        && let Some(model) = findings.read("model", inventory.model())
    {
        check_counts(findings, &model, &infos);
    }
}

/// NVIDIA's names follow from the slices and the memory.
fn check_name(findings: &mut Findings, info: &GpuInstanceProfileInfo, total_mib: u64) {
    let Some(profile) = info.profile else {
        findings.not_checked(
            &format!("name of {}", info.name),
            &"this version of nvml-mig does not know the number of the profile",
        );
        return;
    };
    let computed = ProfileName::computed(profile, info.slice_count, info.memory_mib, total_mib);
    findings.compare(
        Source::Rule,
        (info.name.as_str(), "name"),
        &computed.to_string(),
        &info.name.to_string(),
    );
}

/// A profile is the same by its number and by its id.
fn check_queries(findings: &mut Findings, inventory: &Inventory, info: &GpuInstanceProfileInfo) {
    let Some(profile) = info.profile else {
        return;
    };
    let name = info.name.as_str();
    let device = inventory.device();
    let Some(by_number) = findings.read(name, device.gpu_instance_profile(profile)) else {
        return;
    };
    let id = |info: &GpuInstanceProfileInfo| info.id.to_string();
    let same = (name, "id by number");
    findings.compare(Source::Rule, same, &id(info), &id(&by_number));
    let Some(by_id) = findings.read(name, device.gpu_instance_profile_by_id(info.id)) else {
        return;
    };
    let same = (name, "name by id");
    findings.compare(
        Source::Rule,
        same,
        &info.name.to_string(),
        &by_id.name.to_string(),
    );
}

/// All placements of a profile have one size, are different, and are in ascending order.
fn check_placements(findings: &mut Findings, inventory: &Inventory, info: &GpuInstanceProfileInfo) {
    let name = info.name.as_str();
    let places = inventory.possible_placements(info.id);
    let Some(places) = findings.read(&format!("placements of {name}"), places) else {
        return;
    };
    let mut ordered = places.clone();
    ordered.sort_by_key(|place| place.start);
    ordered.dedup();
    let same = (name, "placements");
    findings.compare(Source::Rule, same, &list(&ordered), &list(&places));
    let mut sizes: Vec<u32> = places.iter().map(|place| place.size).collect();
    sizes.dedup();
    let same = (name, "number of sizes of its placements");
    findings.compare(Source::Rule, same, &1, &sizes.len());
}

/// The planner finds room for as many instances as the driver says.
fn check_counts(findings: &mut Findings, model: &GpuModel, infos: &[GpuInstanceProfileInfo]) {
    let empty = model.fit(&[], PlanOptions::default());
    for info in infos {
        let fits = empty.profile(info.id).map_or(0, |profile| profile.count);
        let same = (info.name.as_str(), "instances on an empty GPU");
        findings.compare(Source::Rule, same, &fits, &info.instance_count);
    }
    let possible = model
        .check()
        .map_or_else(|problem| problem.to_string(), |()| "possible".to_owned());
    findings.compare(
        Source::Rule,
        ("the profiles", "model"),
        &"possible",
        &possible,
    );
}
