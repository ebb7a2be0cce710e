//! CDI specifications, read as a container engine reads them.

use std::path::Path;

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::node::DriverFiles;
use nvml_mig::node::cdi::{CdiDeviceNames, CdiError, CdiSpec, CdiSpecBuilder};
use nvml_mig::{Error, MigDevice, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, nvmlReturn_t};
use serde_json::{Value, json};

/// An A30 with a compute instance in each of two GPU instances of half its size: ids 1 and 2.
fn halves(proc: &Path, simulator: SimulatorBuilder) -> (Machine, Vec<MigDevice>) {
    let simulator = simulator.gpu(GpuSpec::new("a30")).capabilities(proc);
    let machine = Machine::open(simulator.start().unwrap());
    for _ in 0..2 {
        let gpu_instance = machine.create(5).unwrap();
        let profile = gpu_instance.compute_instance_profile_by_name("2g.12gb");
        let made = gpu_instance.create_compute_instance(profile.unwrap().id);
        let _compute_instance = made.unwrap();
    }
    let devices = machine.device.mig_devices().unwrap();
    assert_eq!(devices.len(), 2);
    (machine, devices)
}

/// A specification's JSON.
fn json_of(builder: &CdiSpecBuilder, devices: &[MigDevice]) -> Value {
    let spec = builder.build(devices).unwrap();
    serde_json::from_str(&spec.to_json().unwrap()).unwrap()
}

fn input_error(builder: &CdiSpecBuilder, devices: &[&MigDevice]) -> String {
    match builder.build(devices.iter().copied()).unwrap_err() {
        error @ CdiError::Device { .. } => panic!("{error}"),
        wrong => wrong.to_string(),
    }
}

fn names(spec: &Value) -> Vec<&str> {
    let devices = spec["devices"].as_array().unwrap();
    let names = devices.iter().map(|device| device["name"].as_str());
    names.map(Option::unwrap).collect()
}

#[test]
fn a_specification_has_the_nodes_of_each_mig_device_and_those_of_all() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let node = |path: &str| json!({"path": path, "permissions": "rw"});
    let device = |device: &MigDevice, gpu_instance, compute_instance| {
        json!({
            "name": device.uuid().unwrap(),
            "containerEdits": {"deviceNodes": [
                node("/dev/nvidia0"), node(gpu_instance), node(compute_instance),
            ]},
        })
    };
    // 3 + 9 * 1 for GPU instance 1 of GPU 0, 3 + 9 * 2 for 2, and one more for the first compute instance.
    let first = [
        "/dev/nvidia-caps/nvidia-cap12",
        "/dev/nvidia-caps/nvidia-cap13",
    ];
    let second = [
        "/dev/nvidia-caps/nvidia-cap21",
        "/dev/nvidia-caps/nvidia-cap22",
    ];
    let expected = json!({
        "cdiVersion": "0.5.0",
        "kind": "nvidia.com/gpu",
        "devices": [
            device(&devices[0], first[0], first[1]),
            device(&devices[1], second[0], second[1]),
        ],
        "containerEdits": {
            "env": ["NVIDIA_VISIBLE_DEVICES=void"],
            "deviceNodes": [node("/dev/nvidiactl"), node("/dev/nvidia-uvm")],
        },
    });
    assert_eq!(json_of(&builder, &devices), expected);
    assert!(names(&expected)[0].starts_with("MIG-"));
}

#[test]
fn only_the_chosen_mig_devices_are_in_it() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let spec = json_of(&builder, &devices[1..]);
    assert_eq!(names(&spec), [devices[1].uuid().unwrap()]);
}

#[test]
fn names_are_the_callers_choice() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let index = builder.clone().with_names(CdiDeviceNames::Index);
    assert_eq!(names(&json_of(&index, &devices)), ["0:0", "0:1"]);
    let both = json_of(&builder.with_names(CdiDeviceNames::UuidAndIndex), &devices);
    let uuids = [devices[0].uuid().unwrap(), devices[1].uuid().unwrap()];
    assert_eq!(names(&both), [&uuids[0], "0:0", &uuids[1], "0:1"]);
    let edits = |device: usize| &both["devices"][device]["containerEdits"];
    assert_eq!(edits(2), edits(3));
    let types = CdiSpec::builder().with_driver_files(proc.files());
    let types = json_of(&types.with_names(CdiDeviceNames::TypeIndex), &devices);
    assert_eq!(names(&types), ["mig0:0", "mig0:1"]);
    let spec = index.build(&devices).unwrap();
    assert_eq!(spec.qualified_name(&spec.devices[1]), "nvidia.com/gpu=0:1");
}

#[test]
fn nodes_that_the_host_has_elsewhere_are_under_dev_in_the_container() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let files = proc.files().with_dev("/run/nvidia/driver/dev");
    let spec = json_of(&CdiSpec::builder().with_driver_files(files), &devices);
    let nodes = &spec["devices"][0]["containerEdits"]["deviceNodes"];
    let expected = json!({
        "path": "/dev/nvidia-caps/nvidia-cap12",
        "hostPath": "/run/nvidia/driver/dev/nvidia-caps/nvidia-cap12",
        "permissions": "rw",
    });
    assert_eq!(nodes[1], expected);
}

#[test]
fn kinds_are_checked_and_a_dot_in_the_class_needs_a_newer_cdi() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    for (kind, version) in [("example.org/mig", "0.5.0"), ("a/b.c-d_e9", "0.6.0")] {
        let spec = json_of(&builder.clone().with_kind(kind), &devices);
        assert_eq!(spec["kind"], kind);
        assert_eq!(spec["cdiVersion"], version);
    }
    let long = format!("nvidia.com/{}", "g".repeat(64));
    for kind in [
        "",
        "gpu",
        "/gpu",
        "nvidia.com/",
        "a/b/c",
        "a b/c",
        "9a/b",
        "a/b-",
        "ä/b",
        &long,
    ] {
        let message = input_error(&builder.clone().with_kind(kind), &[&devices[0]]);
        assert!(
            message.starts_with(&format!("'{kind}' is not a CDI kind")),
            "{message}"
        );
    }
}

#[test]
fn no_device_and_a_device_twice_are_refused() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let message = input_error(&builder, &[]);
    assert!(
        message.contains("create a compute instance first"),
        "{message}"
    );
    let message = input_error(&builder, &[&devices[0], &devices[0]]);
    assert!(message.contains("occurs twice"), "{message}");
}

/// Their UUIDs have a `/`, which no CDI name may.
#[test]
fn drivers_before_r470_need_names_by_index() {
    let proc = Proc::empty();
    let simulator = Simulator::builder().driver_version("460.91.03");
    let (_machine, devices) = halves(proc.folder(), simulator);
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let message = input_error(&builder, &[&devices[0]]);
    assert!(message.starts_with("'MIG-GPU-"), "{message}");
    assert!(message.contains("named by index"), "{message}");
    let index = builder.with_names(CdiDeviceNames::Index);
    assert_eq!(names(&json_of(&index, &devices)), ["0:0", "0:1"]);
}

#[test]
fn what_the_drivers_files_do_not_give_is_an_error_that_names_the_device() {
    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let elsewhere = Proc::empty();
    let builder = CdiSpec::builder().with_driver_files(elsewhere.files());
    let error = builder.build(&devices).unwrap_err();
    let CdiError::Device { device, source, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*device, devices[0].uuid().unwrap());
    assert!(matches!(source, Error::DriverFile(_)), "{source}");
    // Both are refused, so nothing is left.
    let error = builder.build_each(&devices).unwrap_err();
    assert!(matches!(error, CdiError::Device { .. }), "{error}");
}

/// Another process destroyed one of the two.
#[test]
fn a_mig_device_that_is_gone_is_left_out() {
    let proc = Proc::empty();
    let (machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let second = devices[1].uuid().unwrap();
    let destroy_first = || {
        let gpu_instance = machine.device.gpu_instances().unwrap().remove(0);
        gpu_instance.destroy_with_compute_instances().unwrap();
    };
    destroy_first();
    assert_eq!(names(&json_of(&builder, &devices)), [second]);
    let (_, left_out) = builder.build_each(&devices).unwrap();
    assert!(left_out.is_empty(), "{left_out:?}");
    destroy_first();
    let error = builder.build(&devices).unwrap_err();
    assert!(matches!(error, CdiError::Empty), "{error}");
}

#[test]
fn a_mig_device_that_is_refused_is_named_and_does_not_lose_the_others() {
    let proc = Proc::empty();
    let (machine, devices) = halves(proc.folder(), Simulator::builder());
    let builder = CdiSpec::builder().with_driver_files(proc.files());
    let uuids = [devices[0].uuid().unwrap(), devices[1].uuid().unwrap()];
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    let refuse = |function| machine.simulator.fail(function, 1, refused).unwrap();
    refuse("nvmlDeviceGetComputeInstanceId");
    let (spec, left_out) = builder.build_each(&devices).unwrap();
    let kept: Vec<_> = spec.devices.iter().map(|device| &device.name).collect();
    assert_eq!(kept, [&uuids[1]]);
    let [CdiError::Device { device, source, .. }] = left_out.as_slice() else {
        panic!("{left_out:?}");
    };
    assert_eq!(*device, uuids[0]);
    assert_eq!(source.code(), Some(ReturnCode::NoPermission));
    machine.simulator.clear_faults().unwrap();
    refuse("nvmlDeviceGetComputeInstanceId");
    let error = builder.build(&devices).unwrap_err().to_string();
    assert!(error.starts_with(&uuids[0]), "{error}");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let proc = Proc::empty();
    let (_machine, devices) = halves(proc.folder(), Simulator::builder());
    let dev = std::ffi::OsStr::from_bytes(b"/\xff");
    let builder = CdiSpec::builder().with_driver_files(DriverFiles::new().with_dev(dev));
    let message = input_error(&builder, &[&devices[0]]);
    assert!(message.contains("is not UTF-8"), "{message}");
}
