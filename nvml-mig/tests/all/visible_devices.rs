//! Values of `CUDA_VISIBLE_DEVICES` and `NVIDIA_VISIBLE_DEVICES`, and the devices that they make visible.
//!
//! CUDA's rules are those of its programming guide. For repeated devices and lists of several kinds, which the guide leaves
//! open, they are those that `PyTorch`'s tests found with driver 525.60.13. Those of `NVIDIA_VISIBLE_DEVICES` are from the
//! documentation and the source of NVIDIA's container toolkit.

use std::error::Error as _;

use crate::support::chain::texts;
use crate::support::machine::{Driver, Machine, on_each_driver};
use nvml_mig::device::{DeviceSelectorError, ResolvedDevices, VisibleDeviceError, VisibleDevices};
use nvml_mig::{AnyDevice, Error, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, nvmlReturn_t};
use proptest::prelude::*;

/// Four GPUs, the first of which has one MIG device.
fn machine_of(driver: Driver) -> Machine {
    let gpus = (0..4).map(|_| GpuSpec::new("a30"));
    let machine = driver.open(gpus.fold(Simulator::builder(), SimulatorBuilder::gpu));
    let instance = machine.create(0).unwrap();
    let profile = instance
        .compute_instance_profile_by_name("4g.24gb")
        .unwrap();
    let _compute_instance = instance.create_compute_instance(profile.id).unwrap();
    machine
}

fn machine() -> Machine {
    machine_of(Driver("550.163.01"))
}

/// The devices as `0` or `0:0`, and the texts of the invalid entries.
fn shown(resolved: &ResolvedDevices) -> (Vec<String>, Vec<&str>) {
    let show = |device: &AnyDevice| match device {
        AnyDevice::Gpu(gpu) => gpu.index().unwrap().to_string(),
        AnyDevice::Mig(device) => {
            let gpu = device.parent().unwrap().index().unwrap();
            format!("{gpu}:{}", device.index().unwrap())
        }
        other => panic!("{other}"),
    };
    let devices = resolved.devices.iter().map(show).collect();
    let invalid = resolved
        .invalid
        .iter()
        .map(VisibleDeviceError::entry)
        .collect();
    (devices, invalid)
}

fn assert_visible(machine: &Machine, value: &VisibleDevices, devices: &[&str], invalid: &[&str]) {
    let resolved = machine.nvml.visible_devices(value).unwrap();
    let (found, rejected) = shown(&resolved);
    assert_eq!(found, devices, "{value:?}");
    assert_eq!(rejected, invalid, "{value:?}");
}

#[test]
fn cuda_takes_the_entries_before_the_first_invalid_one() {
    let machine = machine();
    let cuda = |value: Option<&str>, devices: &[&str], invalid: &[&str]| {
        assert_visible(
            &machine,
            &VisibleDevices::from_cuda(value),
            devices,
            invalid,
        );
    };
    cuda(None, &["0", "1", "2", "3"], &[]);
    cuda(Some(""), &[], &[]);
    cuda(Some(" "), &[], &[]);
    cuda(Some("2,1"), &["2", "1"], &[]);
    // The example of the programming guide.
    cuda(Some("0,2,-1,1"), &["0", "2"], &["-1"]);
    cuda(Some("-1"), &[], &["-1"]);
    cuda(Some(" 3 , 1"), &["3", "1"], &[]);
    cuda(Some("1,9,0"), &["1"], &["9"]);
    cuda(Some("1,,0"), &["1"], &[""]);
    cuda(Some("3,two,1"), &["3"], &["two"]);
    cuda(Some("NoDevFiles"), &[], &["NoDevFiles"]);
    // What the container toolkit knows, CUDA does not.
    for word in ["all", "none", "void", "0:0", "17:00.0"] {
        cuda(Some(word), &[], &[word]);
    }
    cuda(Some("1,2,1"), &[], &["1"]);
}

#[test]
fn cuda_takes_uuids_and_beginnings_of_them() {
    on_each_driver(|driver| {
        let machine = machine_of(driver);
        let gpus = machine.nvml.devices().unwrap();
        let uuids: Vec<String> = gpus.iter().map(|gpu| gpu.uuid().unwrap()).collect();
        let [zero, one, two] = [0, 1, 2].map(|at: usize| uuids[at].as_str());
        let mig = machine.device.mig_devices().unwrap()[0].uuid().unwrap();
        let legacy = format!("MIG-{}/0/0", &zero[..12]);
        let cuda = |value: String, devices: &[&str], invalid: &[&str]| {
            let value = VisibleDevices::from_cuda(Some(&value));
            assert_visible(&machine, &value, devices, invalid);
        };
        cuda(format!("{two},{one}"), &["2", "1"], &[]);
        cuda(two[..12].to_owned(), &["2"], &[]);
        let absent = "GPU-00000000";
        cuda(format!("{one},{absent},{two}"), &["1"], &[absent]);
        let again = &one[..12];
        cuda(format!("{one},{two},{again}"), &[], &[again]);
        cuda(mig.clone(), &["0:0"], &[]);
        cuda(legacy.clone(), &["0:0"], &[]);
        cuda(format!("{mig},{legacy}"), &[], &[&legacy]);
        // Kinds don't mix.
        cuda(format!("{one},2"), &["1"], &["2"]);
        cuda(format!("2,{one}"), &["2"], &[one]);
        cuda(format!("{one},{mig}"), &["1"], &[&mig]);
    });
}

#[test]
fn the_container_toolkit_takes_every_valid_entry() {
    let machine = machine();
    let uuid = machine.device.uuid().unwrap();
    let mig = machine.device.mig_devices().unwrap()[0].uuid().unwrap();
    let nvidia = |value: Option<&str>, devices: &[&str], invalid: &[&str]| {
        assert_visible(
            &machine,
            &VisibleDevices::from_nvidia(value),
            devices,
            invalid,
        );
    };
    for nothing in [None, Some(""), Some("void"), Some("none"), Some(" , ")] {
        nvidia(nothing, &[], &[]);
    }
    for word in ["all", " all ", "0,all", "all,9"] {
        nvidia(Some(word), &["0", "1", "2", "3"], &[]);
    }
    nvidia(Some("all,none"), &[], &[]);
    nvidia(Some("0,void"), &[], &[]);
    nvidia(Some("0,2"), &["0", "2"], &[]);
    nvidia(Some("2, ,0:0,"), &["2", "0:0"], &[]);
    nvidia(Some("9,1,x,2"), &["1", "2"], &["9", "x"]);
    nvidia(Some(&format!("{uuid},0,{mig},0:0")), &["0", "0:0"], &[]);
    nvidia(Some(&uuid[..12]), &["0"], &[]);
    nvidia(Some("ALL"), &[], &["ALL"]);
}

#[test]
fn an_invalid_entry_says_why() {
    let machine = machine();
    let why = |value: &VisibleDevices| {
        let mut resolved = machine.nvml.visible_devices(value).unwrap();
        let error = resolved.invalid.pop().unwrap();
        let [own, source] = texts(&error).try_into().unwrap();
        (error, own, source)
    };
    let cuda = |value| why(&VisibleDevices::from_cuda(Some(value)));
    let (error, own, source) = cuda("0,zero");
    assert_eq!(own, "invalid entry 'zero' in CUDA_VISIBLE_DEVICES");
    assert!(
        source.starts_with("'zero' does not name a device: write"),
        "{source}"
    );
    assert!(error.source().unwrap().is::<DeviceSelectorError>());
    let (_, _, source) = cuda("0:0");
    assert!(source.starts_with("CUDA knows only indices"), "{source}");
    let (_, _, source) = cuda("0,GPU-1");
    assert!(source.starts_with("CUDA expects only indices"), "{source}");
    let (_, _, source) = cuda("0,0");
    assert!(
        source.ends_with("so CUDA uses no device at all"),
        "{source}"
    );
    let (error, own, _) = why(&VisibleDevices::from_nvidia(Some("9")));
    assert_eq!(own, "invalid entry '9' in NVIDIA_VISIBLE_DEVICES");
    let nvml = error.source().unwrap().downcast_ref::<Error>().unwrap();
    assert_eq!(nvml.code(), Some(ReturnCode::InvalidArgument));
}

/// A GPU that this process may not open is reported, and the others are visible.
#[test]
fn all_are_those_that_open() {
    let machine = machine();
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    machine.simulator.refuse_gpu(1, Some(refused)).unwrap();
    for value in [
        VisibleDevices::from_cuda(None),
        VisibleDevices::from_nvidia(Some("all")),
    ] {
        assert!(value.is_all() && value.entries().is_empty());
        assert_visible(&machine, &value, &["0", "2", "3"], &["1"]);
    }
}

#[test]
fn an_answer_can_be_made_by_a_program() {
    let machine = machine();
    let device = AnyDevice::Gpu(machine.device.clone());
    let made = ResolvedDevices::new(vec![device], Vec::new());
    assert_eq!(shown(&made), (vec!["0".to_owned()], Vec::new()));
}

#[test]
fn no_value_makes_it_panic() {
    let machine = machine();
    let mut runner = proptest::test_runner::TestRunner::default();
    let values = prop_oneof![
        "\\PC{0,40}",
        "([0-4]|0:0|GPU-[0-9a-f]|MIG-[0-9a-f]|all|none|-1|,){0,4}",
        "[0-9a-fGPUMI:,. -]{0,20}",
    ];
    let resolve = |value: String| {
        let value = Some(value.as_str());
        for value in [
            VisibleDevices::from_cuda(value),
            VisibleDevices::from_nvidia(value),
        ] {
            let resolved = machine.nvml.visible_devices(&value).unwrap();
            let answers = resolved.devices.len() + resolved.invalid.len();
            prop_assert!(value.is_all() || answers <= value.entries().len());
        }
        Ok(())
    };
    runner.run(&values, resolve).unwrap();
}
