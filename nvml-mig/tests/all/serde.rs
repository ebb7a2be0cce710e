//! Data types as JSON and back, with feature `serde`.

use core::fmt::Debug;
use nvml_mig_sim::nvmlReturn_t;
use std::ops::ControlFlow;

use crate::support::machine::Machine;
use nvml_mig::apply::{Applied, GpuPlanOptions, GpuTarget, PendingMigMode, ResetMethod};
use nvml_mig::device::{
    Architecture, ComputeCapability, CudaVersion, DeviceSelector, DriverVersion, MigModeChange,
    MinorNumberChange, NvmlVersion,
};

use nvml_mig::error::Cause;
use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::monitor::GpmMetric;
use nvml_mig::node::{Capability, DriverFiles};
use nvml_mig::plan::{
    ComputePlacementRule, Engine, Engines, GpuModel, PlacedGpuInstance, PlanOptions,
    PresentGpuInstance, ProfileSource, Protection,
};
use nvml_mig::preflight::Privilege;
use nvml_mig::profile::{
    ComputeInstanceProfile, GpuInstanceProfile, GpuInstanceProfileId, MediaEngines, ProfileName,
    ReportedName,
};
use nvml_mig::snapshot::{GpuSnapshot, Snapshot};
use nvml_mig::{Error, GpuPlan, Layout, MachineLock, MigMode, ReturnCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

fn assert_returns<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&back, value, "{text}");
}

#[test]
fn everything_that_is_data_comes_back_as_it_went() {
    let machine = Machine::with("a30");
    let device = &machine.device;
    let gpu_instance = machine.create(0).unwrap();
    let profile = gpu_instance
        .compute_instance_profile_by_name("4g.24gb")
        .unwrap();
    let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
    assert_returns(&device.gpu_instance_profiles().unwrap());
    assert_returns(&profile);
    assert_returns(&(gpu_instance.id(), gpu_instance.placement()));
    assert_returns(&(compute_instance.id(), compute_instance.placement()));
    assert_returns(&device.memory_info().unwrap());
    assert_returns(&device.bar1_info().unwrap());
    assert_returns(&device.pci_info().unwrap());
    assert_returns(&device.architecture().unwrap());
    assert_returns(&device.mig_mode().unwrap());
    assert_returns(&device.set_mig_mode(MigMode::Enabled).unwrap());
    assert_returns(&compute_instance.mig_device().unwrap().attributes().unwrap());
    assert_returns(&"1c.3g.20gb+me".parse::<ProfileName>().unwrap());
    assert_returns(&["0:1", "17:00.0"].map(|text| text.parse::<DeviceSelector>().unwrap()));
    assert_returns(&PendingMigMode::new(
        "GPU-1",
        MigMode::Enabled,
        ResetMethod::stop_clients(Vec::new()),
    ));
    assert_returns(&GpuPlanOptions::new().with_pin(gpu_instance.id()));
    let error = machine.create(0).unwrap_err();
    assert_returns(&(error.code(), error.cause()));
    let capability = compute_instance.capability().unwrap();
    assert_returns(&[Capability::Config, capability]);
    let preflight = machine.nvml.preflight(&DriverFiles::new());
    assert_returns(&preflight.privilege);
    assert_returns(&preflight.gpus[0].obstacles);
}

/// They hold names of functions that are in the program, so they are written and not read.
#[test]
fn errors_and_a_preflight_are_written() {
    let machine = Machine::with("a30");
    let _whole = machine.create(0).unwrap();
    let preflight = machine.nvml.preflight(&DriverFiles::new());
    let json = serde_json::to_value(&preflight).unwrap();
    assert_eq!(json["gpus"][0]["name"], "NVIDIA A30");
    assert_eq!(json["gpus"][0]["obstacles"][0]["cause"], "no_room");
    assert_eq!(json["gpus"][0].get("privileged_answer"), None);
    let Error::Call(error) = machine.create(0).unwrap_err() else {
        panic!("NVML did not refuse")
    };
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["function"], "nvmlDeviceCreateGpuInstance");
    assert_eq!(json["code"], "insufficient_resources");
}

#[test]
fn ids_are_numbers_and_names_are_texts() {
    assert_eq!(
        serde_json::to_string(&GpuInstanceProfileId::new(19)).unwrap(),
        "19"
    );
    let name: ProfileName = "1g.5gb+me".parse().unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"1g.5gb+me\"");
    assert_returns(&ReportedName::from("1g.5gb+new"));
    assert_text(&CudaVersion::new(12, 4), "12.4");
    assert_text(&ComputeCapability::new(8, 0), "8.0");
    assert_text(&DriverVersion::from("550.163.01"), "550.163.01");
    assert_text(&NvmlVersion::from("12.550.163.01"), "12.550.163.01");
    assert!(serde_json::from_str::<CudaVersion>("\"12\"").is_err());
    let error = serde_json::from_str::<ProfileName>("\"large\"")
        .unwrap_err()
        .to_string();
    assert!(error.contains("'large' is not a profile name"), "{error}");
}

fn assert_text<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, text: &str) {
    assert_eq!(serde_json::to_value(value).unwrap(), text);
    assert_returns(value);
}

/// Every key, and every name of a variant, of whatever type.
fn assert_one_style(json: &serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                let is_snake =
                    |letter: char| letter.is_ascii_lowercase() || "_0123456789".contains(letter);
                assert!(key.chars().all(is_snake), "{key} in {json}");
                assert_one_style(value);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(assert_one_style),
        _ => {}
    }
}

#[test]
fn enums_are_written_in_snake_case() {
    let texts = [
        (serde_json::to_value(ReturnCode::InUse), json!("in_use")),
        (
            serde_json::to_value(ReturnCode::Other(77)),
            json!({ "other": 77 }),
        ),
        (serde_json::to_value(MigMode::Enabled), json!("enabled")),
        (serde_json::to_value(Architecture::Ampere), json!("ampere")),
        (
            serde_json::to_value(Cause::NotMigCapable),
            json!("not_mig_capable"),
        ),
        (
            serde_json::to_value(GpuInstanceProfile::Slice1AllMedia),
            json!("slice1_all_media"),
        ),
        (serde_json::to_value(MediaEngines::All), json!("all")),
        (serde_json::to_value(Engine::Ofa), json!("ofa")),
        (
            serde_json::to_value(ProfileSource::PlacementRule),
            json!("placement_rule"),
        ),
        (
            serde_json::to_value(ComputePlacementRule::Aligned),
            json!("aligned"),
        ),
        (serde_json::to_value(Protection::Busy), json!("busy")),
        (
            serde_json::to_value(Privilege::ConfirmedByDriver),
            json!("confirmed_by_driver"),
        ),
        (serde_json::to_value(Capability::Config), json!("config")),
        (
            serde_json::to_value(MigModeChange::pending(None)),
            json!({ "pending": { "reason": null } }),
        ),
        (
            serde_json::to_value(MigModeChange::active(Some(MinorNumberChange::new(0, 1)))),
            json!({ "active": { "minor_number_change": { "before": 0, "after": 1 } } }),
        ),
        (
            serde_json::to_value(GpuTarget::MigDisabled),
            json!("mig_disabled"),
        ),
        (
            serde_json::to_value(GpuTarget::Layout("2*1g.6gb".parse().unwrap())),
            json!({ "layout": "2*1g.6gb" }),
        ),
        (
            serde_json::to_value(GpuTarget::remove([GpuInstancePlacement {
                start: 2,
                size: 2,
            }])),
            json!({ "remove": [{ "placement": { "start": 2, "size": 2 } }] }),
        ),
    ];
    for (written, expected) in texts {
        assert_eq!(written.unwrap(), expected);
    }
}

/// What a log or a program in another language gets of a change: the plan, its progress, its failure.
#[test]
fn a_plan_and_its_failure_are_written() {
    let machine = Machine::with("a30");
    let layout: Layout = "2g.12gb, 2*1g.6gb".parse().unwrap();
    let plan = GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::new());
    let plan = plan.unwrap();
    let json = serde_json::to_value(&plan).unwrap();
    assert_one_style(&json);
    assert_eq!(json["uuid"], machine.device.uuid().unwrap());
    assert_eq!(json["layout"], "2g.12gb, 2*1g.6gb");
    assert_eq!(
        json["mig_modes"],
        json!({ "current": "enabled", "pending": "enabled" })
    );
    assert_eq!(json["new_mig_mode"], json!(null));
    assert_eq!(json["before"], json!([]));
    assert_eq!(json["reset"], json!(null));
    assert_eq!(json["steps"].as_array().unwrap().len(), 6);
    assert_eq!(json["plan"]["steps"].as_array().unwrap().len(), 6);
    assert_eq!(json["after"], json["plan"]["gpu_instances"]);

    let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    machine
        .simulator
        .fail(create, 2, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let mut steps = Vec::new();
    let applied = lock.apply(&[plan], |step| {
        steps.push(step.clone());
        ControlFlow::Continue(())
    });
    assert_returns(&steps);
    assert_one_style(&serde_json::to_value(&steps).unwrap());
    let error = applied.unwrap_err();
    let json = serde_json::to_value(&error).unwrap();
    assert_one_style(&json);
    assert_eq!(json["message"], error.to_string());
    assert_eq!(error.failure.uuid(), json["uuid"].as_str());
    assert_eq!(json["failure"], "step");
    assert_eq!(json["uuid"], machine.device.uuid().unwrap());
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(json["sources"], json!([source.to_string()]));
    assert_eq!(json["error"]["function"], create);
    assert_eq!(json["error"]["code"], "unknown");
    let gpu = &json["rollback"]["gpus"][0];
    assert_eq!(
        (&gpu["found"], &gpu["read_back"]),
        (&json!([]), &json!(true))
    );
    assert_eq!(gpu["refused"], json!([]));
}

#[test]
fn a_layout_that_does_not_fit_is_written_with_the_reason() {
    let machine = Machine::with("a30");
    let layout: Layout = "2*4g.24gb".parse().unwrap();
    let error = GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::new());
    let json = serde_json::to_value(error.unwrap_err()).unwrap();
    assert_one_style(&json);
    assert_eq!(json["reason"], "plan");
    assert_eq!(json["does_not_fit"]["reason"]["slices"]["available"], 4);
    assert!(json["error"].is_null());
}

#[test]
fn an_error_is_written_with_its_code_and_cause() {
    let machine = Machine::with("a30");
    let _whole = machine.create(0).unwrap();
    let error = machine.create(0).unwrap_err();
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["message"], error.to_string());
    assert_eq!(json["function"], "nvmlDeviceCreateGpuInstance");
    assert_eq!(
        (&json["code"], &json["cause"]),
        (&json!("insufficient_resources"), &json!("no_room"))
    );
    let input = machine
        .device
        .gpu_instance_profile_by_name("9g.1gb")
        .unwrap_err();
    let json = serde_json::to_value(&input).unwrap();
    assert_eq!(
        (&json["code"], &json["function"]),
        (&json!(null), &json!(null))
    );
}

/// Files of an older version of this crate lack the fields that came later.
#[test]
fn fields_that_may_be_left_out() {
    let options: PlanOptions = serde_json::from_str("{}").unwrap();
    assert_eq!(options, PlanOptions::new());
    let options: GpuPlanOptions = serde_json::from_str(r#"{"change_mig_mode":true}"#).unwrap();
    assert_eq!(options, GpuPlanOptions::new().with_change_mig_mode(true));
    let engines: Engines = serde_json::from_str(r#"{"jpeg":1}"#).unwrap();
    assert_eq!(engines, Engines::new().with_count(Engine::Jpeg, 1));
    let present = json!({
        "id": 1,
        "instance": {
            "profile": 0, "name": "4g.24gb", "placement": { "start": 0, "size": 4 }, "compute_instances": [],
        },
    });
    let present: PresentGpuInstance = serde_json::from_value(present).unwrap();
    assert!(!present.busy && !present.pinned);
}

/// So that a value has one form, whichever version of this crate wrote it.
#[test]
fn a_number_that_has_a_name_is_read_as_that() {
    /// The numbers of nvml.h, and some that it does not have.
    macro_rules! check {
        ($($name:ty),*) => {$(
            let mut named = 0;
            for number in (0..2000).chain([u32::MAX - 1, u32::MAX]) {
                let written = json!({ "other": number });
                let read: $name = serde_json::from_value(written).unwrap();
                assert_eq!(read, <$name>::from_number(number));
                assert_returns(&read);
                named += usize::from(read.constant().is_some());
            }
            assert!(named > 1, "{named}");
        )*};
    }
    check!(
        Architecture,
        ComputeInstanceProfile,
        GpmMetric,
        GpuInstanceProfile,
        MigMode,
        ReturnCode
    );
    let read: MigMode = serde_json::from_value(json!({ "other": 1 })).unwrap();
    assert!(matches!(read, MigMode::Enabled));
}

/// A field that is left out has its default, so a misspelt one would be ignored.
#[test]
fn unknown_fields_are_refused() {
    fn refused<T: DeserializeOwned + Debug>(json: serde_json::Value, field: &str) {
        let error = serde_json::from_value::<T>(json).unwrap_err().to_string();
        assert!(
            error.contains(&format!("unknown field `{field}`")),
            "{error}"
        );
    }
    refused::<PlanOptions>(json!({ "destroy_bussy": true }), "destroy_bussy");
    refused::<GpuPlanOptions>(json!({ "change_mode": true }), "change_mode");
    refused::<Engines>(json!({ "jpg": 1 }), "jpg");
    let placed = json!({
        "profile": 0, "name": "4g.24gb", "placement": { "start": 0, "size": 4 }, "compute_instances": [],
    });
    let mut misspelt = placed.clone();
    misspelt["instances"] = json!([]);
    refused::<PlacedGpuInstance>(misspelt, "instances");
    let present = json!({ "id": 1, "instance": placed, "is_busy": true });
    refused::<PresentGpuInstance>(present, "is_busy");
    let gpu = json!({
        "uuid": "GPU-1", "pci_bus_id": "", "name": "", "mig_enabled": true, "instances": [],
    });
    refused::<GpuSnapshot>(gpu, "instances");
    let machine = Machine::with("a30");
    let model = GpuModel::read(&machine.device).unwrap();
    let mut json = serde_json::to_value(&model).unwrap();
    json["profiles"][0]["engine"] = json!({});
    refused::<GpuModel>(json, "engine");
    let mut json = serde_json::to_value(&model).unwrap();
    json["max_instances"] = json!(8);
    refused::<GpuModel>(json, "max_instances");
}

#[test]
fn a_gpu_model_has_its_version() {
    let machine = Machine::with("a30");
    let model = GpuModel::read(&machine.device).unwrap();
    let model = model
        .with_max_gpu_instances(3)
        .with_max_compute_instances(2);
    assert_returns(&model);
    let mut json = serde_json::to_value(&model).unwrap();
    assert_one_style(&json);
    assert_eq!(json["version"], 1);
    json["version"] = json!(2);
    let error = serde_json::from_value::<GpuModel>(json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the GPU model has version 2, but this program reads version 1"
    );
}

/// In any format, not only in that of `to_json`.
#[test]
fn a_snapshot_has_its_version() {
    let machine = Machine::with("a30");
    let _whole = machine.create(0).unwrap();
    let snapshot = Snapshot::read(std::slice::from_ref(&machine.device)).unwrap();
    assert_returns(&snapshot);
    let mut json = serde_json::to_value(&snapshot).unwrap();
    assert_one_style(&json);
    assert_eq!(json["version"], 1);
    json["version"] = json!(2);
    let error = serde_json::from_value::<Snapshot>(json).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

/// A program in another language gets the result, and a scheduler keeps it.
#[test]
fn a_result_comes_back_as_it_went() {
    let machine = Machine::with("a30");
    let layout: Layout = "2g.12gb(2*1c)".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = lock.change(&machine.device, layout, GpuPlanOptions::new());
    let applied = applied.unwrap();
    assert_returns::<Applied>(&applied);
    let json = serde_json::to_value(&applied).unwrap();
    assert_one_style(&json);
    let gpu_instance = &json["gpus"][0]["gpu_instances"][0];
    assert_eq!(gpu_instance["created"], json!(true));
    let inside = &gpu_instance["instance"]["compute_instances"][1];
    let mig_device = machine.device.mig_device_by_index(1).unwrap().unwrap();
    assert_eq!(inside["mig_uuid"], mig_device.uuid().unwrap());
}
