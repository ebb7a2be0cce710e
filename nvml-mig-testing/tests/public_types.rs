//! Every public enum prints words, and every public struct of fields can be made by a program. The list in docs/api ensures
//! that none is left out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::any::type_name;
use core::fmt::Display;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::slice;

use nvml_mig::apply::{
    GpuPlanOptions, GpuRollback, GpuTarget, InstanceSelector, LeftAlone, Progress, ResetMethod,
};
use nvml_mig::device::{
    AnyDevice, Architecture, MigModeChange, MigModes, MinorNumberChange, ProcessKind,
};
use nvml_mig::error::{Cause, ProfileId};
use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::instance::vgpu::{
    VgpuArrMode, VgpuRoundRobin, VgpuSchedulerEngine, VgpuSchedulerPolicy,
};
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::monitor::{EventKind, GpmMetric};
use nvml_mig::node::cdi::{CdiDeviceNames, CdiProblem, NvidiaVisibleDevices};
use nvml_mig::node::{Capability, DeviceNodeKind, NodeFault};
use nvml_mig::plan::{
    ComputePlacementRule, Engine, LayoutComputeProfile, LayoutProfile, PlacedGpuInstance,
    ProfileSource, Protection,
};
use nvml_mig::preflight::Privilege;
use nvml_mig::profile::{
    ComputeInstanceProfile, GpuInstanceProfile, GpuInstanceProfileId, MediaEngines,
};
use nvml_mig::snapshot::GpuSelector;
use nvml_mig::{GpuPlan, MachineLock, MigMode, ReturnCode};
use nvml_mig_testing::machine::Machine;

/// Enums by name, as they were printed.
#[derive(Default)]
struct Printed(BTreeSet<String>);

impl Printed {
    fn check<T: Display>(&mut self, value: &T, expected: &str) {
        assert_eq!(value.to_string(), expected);
        self.0.insert(last_segment(type_name::<T>()).to_owned());
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[test]
fn every_enum_prints_words() {
    let mut printed = Printed::default();
    numbers_of_c(&mut printed);
    words(&mut printed);
    mig_mode_changes(&mut printed);
    layouts(&mut printed);
    of_a_machine(&mut printed);
    assert_eq!(printed.0, public_enums());
}

fn numbers_of_c(printed: &mut Printed) {
    printed.check(&Architecture::Ampere, "Ampere");
    printed.check(&Architecture::Dla2, "DLA 2");
    printed.check(&Architecture::Other(99), "architecture 99");
    printed.check(&MigMode::Enabled, "enabled");
    printed.check(&MigMode::Other(7), "mode 7");
    printed.check(&ReturnCode::InUse, "NVML_ERROR_IN_USE (19)");
    printed.check(&GpmMetric::SmOccupancy, "SM occupancy");
    printed.check(&VgpuSchedulerPolicy::EqualShare, "equal share");
    printed.check(&VgpuSchedulerPolicy::Other(9), "policy 9");
    printed.check(&VgpuSchedulerEngine::Nvenc0, "NVENC 0");
    printed.check(&VgpuArrMode::Disabled, "disabled");
    let adaptive = VgpuRoundRobin::Adaptive {
        averaging_factor: Some(33),
        frequency_hz: Some(500),
    };
    printed.check(
        &adaptive,
        "adaptive round robin, 500 Hz, averaging factor 33",
    );
    let slice = &GpuInstanceProfile::Slice1;
    printed.check(slice, "NVML_GPU_INSTANCE_PROFILE_1_SLICE");
    let slice = &ComputeInstanceProfile::Slice1;
    printed.check(slice, "NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE");
}

fn words(printed: &mut Printed) {
    let off = MigModes::new(MigMode::Disabled, MigMode::Disabled);
    printed.check(&LeftAlone::MigMode(off), "others changed MIG mode");
    printed.check(&Cause::NoRoom, "no room");
    printed.check(&MediaEngines::All, "all");
    printed.check(&ProfileSource::Driver, "the driver");
    printed.check(&GpuSelector::PciAddress, "PCI address");
    printed.check(&CdiDeviceNames::UuidAndIndex, "UUID and index");
    printed.check(&NvidiaVisibleDevices::Void, "void");
    let no_device = "the specification has no device: remove the file instead";
    printed.check(&CdiProblem::NoDevice, no_device);
    printed.check(&ComputePlacementRule::Windows, "at any slice");
    printed.check(&Engine::Decoder, "NVDEC");
    printed.check(&Protection::Idle, "not to be destroyed");
    printed.check(&Privilege::SysAdmin, "CAP_SYS_ADMIN");
    printed.check(&Capability::Config, "config");
    printed.check(&EventKind::Xid, "Xid");
    printed.check(&ProcessKind::MpsCompute, "MPS compute");
    printed.check(&DeviceNodeKind::UnifiedMemory, "unified memory");
    printed.check(&NodeFault::Absent, "does not exist");
}

fn mig_mode_changes(printed: &mut Printed) {
    let reason = Some(ReturnCode::InUse);
    let pending = MigModeChange::pending(reason);
    printed.check(
        &pending,
        "pending until a GPU reset or reboot: NVML_ERROR_IN_USE (19)",
    );
    let active = MigModeChange::active(Some(MinorNumberChange::new(0, 1)));
    printed.check(&active, "active; /dev/nvidia0 is now /dev/nvidia1");
}

fn layouts(printed: &mut Printed) {
    printed.check(&GpuTarget::MigDisabled, "MIG disabled");
    let layout = GpuTarget::Layout("2*1g.5gb".parse().unwrap());
    printed.check(&layout, "2*1g.5gb");
    let selector = InstanceSelector::mig_uuid("MIG-1");
    printed.check(&selector, "MIG device MIG-1");
    let method = &ResetMethod::GuestReboot;
    printed.check(method, "this virtual machine is rebooted");
    printed.check(&LayoutProfile::Id(GpuInstanceProfileId::new(19)), "19");
    let id = ProfileId::from(GpuInstanceProfileId::new(19));
    printed.check(&id, "19");
    printed.check(&LayoutComputeProfile::Slices(2), "2c");
}

fn of_a_machine(printed: &mut Printed) {
    let machine = Machine::with("a30");
    let uuid = machine.device.uuid().unwrap();
    let device = AnyDevice::Gpu(machine.device.clone());
    printed.check(&device, "GPU");
    let target = GpuTarget::Layout("4g.24gb()".parse().unwrap());
    let plan = GpuPlan::from_device(&machine.device, &target, GpuPlanOptions::new()).unwrap();
    let step = &plan.plan().unwrap().steps[0];
    printed.check(step, "create GPU instance of profile 0 at 0:4");
    let mut told = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let tell = |progress: &Progress| {
        told.push(progress.clone());
        ControlFlow::Continue(())
    };
    lock.apply(&[plan], tell).unwrap();
    let expected = format!("[1/1] {uuid}: create GPU instance 4g.24gb at 0:4");
    printed.check(&told[0], &expected);

    let placement = GpuInstancePlacement { start: 0, size: 4 };
    let whole = PlacedGpuInstance::new(GpuInstanceProfileId::new(0), "4g.24gb", placement);
    let modes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
    let rollback = GpuRollback::new(uuid, modes, vec![whole]).with_found(Vec::new(), true);
    let expected = "GPU instance 4g.24gb at 0:4 without a compute instance";
    printed.check(&rollback.lost()[0], expected);

    let text = "version: v1\nmig-configs: {disabled: [{devices: [0, 7], mig-enabled: false}]}";
    let file = MigPartedFile::parse("config.yaml", text).unwrap();
    let devices = slice::from_ref(&machine.device);
    let targets = file.config("disabled").unwrap().targets(devices).unwrap();
    let expected = "GPU 7 does not exist and is passed over; the number of GPUs is 1";
    printed.check(targets.warnings[0].kind(), expected);
}

/// Structs of fields that a program has no need to make. Live ones hold a handle of a library, which gives them. The others come from the planner, which needs no GPU.
const NOT_MADE: [&str; 9] = [
    "AssignedInstance",
    "LiveGpuInstance",
    "LiveMigDevice",
    "MovedInstance",
    "Plan",
    "PlannedGpu",
    "PoolFit",
    "PoolPlan",
    "PoolProfileFit",
];

#[test]
fn every_struct_of_fields_can_be_made() {
    let list = list();
    let errors = errors(&list);
    let structs = list.lines().filter_map(|line| {
        let path = line.strip_prefix("#[non_exhaustive] pub struct ")?;
        path.split('<').next().map(last_segment)
    });
    let structs: BTreeSet<&str> = structs.filter(|name| !errors.contains(name)).collect();
    assert!(structs.len() > 20, "{structs:?}");
    let made: BTreeSet<&str> = list.lines().filter_map(made).collect();
    let not_made: Vec<&str> = structs.difference(&made).copied().collect();
    assert_eq!(not_made, NOT_MADE);
}

/// The type of a line such as `pub fn nvml_mig::plan::GpuModel::new(...) -> Self`, or of one that derives `Default`.
fn made(line: &str) -> Option<&str> {
    if let Some((path, _)) = line.split_once("::new(") {
        let path = path.split('<').next().unwrap_or(path);
        return Some(last_segment(path));
    }
    derives(line, "Default")
}

/// ERRORS.md has a row for each error, and for each variant of one.
#[test]
fn every_error_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let list = std::fs::read_to_string(folder.join("docs/api/nvml-mig.txt")).unwrap();
    let page = std::fs::read_to_string(folder.join("nvml-mig/ERRORS.md")).unwrap();
    let rows: String = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(|names| format!(" {names},"))
        .collect();
    let errors = errors(&list);
    assert!(errors.len() > 15, "{errors:?}");
    let mut missing: Vec<String> = Vec::new();
    for line in list.lines() {
        let Some((owner, variant)) = variant(line) else {
            continue;
        };
        let name = format!("{owner}::{variant}");
        if errors.contains(owner) && !rows.contains(&format!(" {name},")) {
            missing.push(name);
        }
    }
    for error in errors {
        if ![
            format!(" {error},"),
            format!(" {error}::"),
            format!("::{error},"),
        ]
        .iter()
        .any(|name| rows.contains(name))
        {
            missing.push(error.to_owned());
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// The enum and the variant of a line such as `pub nvml_mig::plan::PlanError::Profile(nvml_mig::error::ProfileError)`.
fn variant(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("#[non_exhaustive] ").unwrap_or(line);
    let path = line.strip_prefix("pub ")?;
    let path = path.split('(').next()?;
    let (rest, name) = path.rsplit_once("::")?;
    let is_type = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric());
    let owner = last_segment(rest);
    (is_type(name) && is_name && is_type(owner)).then_some((owner, name))
}

/// The enums in docs/api, except errors, whose texts ERRORS.md has.
fn public_enums() -> BTreeSet<String> {
    let list = list();
    let errors = errors(&list);
    let names = list.lines().filter_map(|line| line.split_once("pub enum "));
    let names = names.map(|(_, path)| last_segment(path));
    let enums: BTreeSet<String> = names
        .filter(|name| !errors.contains(name))
        .map(str::to_owned)
        .collect();
    assert!(enums.len() > 20, "{enums:?}");
    enums
}

fn list() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api/nvml-mig.txt");
    std::fs::read_to_string(path).unwrap()
}

fn errors(list: &str) -> BTreeSet<&str> {
    list.lines()
        .filter_map(|line| derives(line, "Error"))
        .collect()
}

/// The type of a line such as `impl Clone, Debug, Error for nvml_mig::plan::PlanError`, if it has this trait.
fn derives<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    let (traits, of) = line.strip_prefix("impl")?.split_once(" for ")?;
    let mut traits = traits.split([' ', ',']).map(last_segment);
    let has_it = traits.any(|name| name == wanted);
    has_it.then(|| last_segment(of.split('<').next().unwrap_or(of)))
}
