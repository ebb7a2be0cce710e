//! Data types as JSON and back, with feature `serde`.

use core::fmt::Debug;
use nvml_mig::Error;
use nvml_mig::node::{Capability, DriverFiles};
use nvml_mig::profile::{GpuInstanceProfileId, ProfileName};
use nvml_mig_testing::machine::Machine;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    assert_returns(&device.set_mig_mode(nvml_mig::MigMode::Enabled).unwrap());
    assert_returns(&compute_instance.mig_device().unwrap().attributes().unwrap());
    assert_returns(&"1c.3g.20gb+me".parse::<ProfileName>().unwrap());
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
    assert_eq!(json["gpus"][0]["obstacles"][0]["cause"], "NoRoom");
    assert_eq!(json["gpus"][0].get("privileged_answer"), None);
    let Error::Call(error) = machine.create(0).unwrap_err() else {
        panic!("NVML did not refuse")
    };
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["function"], "nvmlDeviceCreateGpuInstance");
    assert_eq!(json["code"], "InsufficientResources");
}

#[test]
fn ids_are_numbers_and_names_are_texts() {
    assert_eq!(
        serde_json::to_string(&GpuInstanceProfileId::new(19)).unwrap(),
        "19"
    );
    let name: ProfileName = "1g.5gb+me".parse().unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"1g.5gb+me\"");
    let error = serde_json::from_str::<ProfileName>("\"large\"")
        .unwrap_err()
        .to_string();
    assert!(error.contains("'large' is not a profile name"), "{error}");
}
