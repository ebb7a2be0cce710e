//! The names that people have for a device: by each of them, on drivers of all ages, the device is found that has it.

use crate::support::machine::{DRIVERS, Driver, Machine, on_each_driver};
use nvml_mig::device::{DeviceSelector, DeviceSelectorError};
use nvml_mig::error::{Cause, InputError};
use nvml_mig::{AnyDevice, Error, MigDevice, Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, nvmlReturn_t};
use proptest::prelude::*;

fn find(nvml: &Nvml, text: &str) -> Result<AnyDevice, Error> {
    nvml.find_device(&text.parse().unwrap())
}

/// So many GPUs, the first of which has MIG devices of GPU instances 1 and 2.
fn machine_of(gpus: usize, driver: Driver) -> Machine {
    let gpus = (0..gpus).map(|_| GpuSpec::new("a100-sxm4-40gb"));
    let machine = driver.open(gpus.fold(Simulator::builder(), SimulatorBuilder::gpu));
    for _ in 0..2 {
        let instance = machine.create(9).unwrap();
        let profile = instance
            .compute_instance_profile_by_name("3g.20gb")
            .unwrap();
        let _compute_instance = instance.create_compute_instance(profile.id).unwrap();
    }
    machine
}

fn mig_devices(machine: &Machine) -> Vec<MigDevice> {
    let devices = machine.device.mig_devices().unwrap();
    assert_eq!(devices.len(), 2);
    devices
}

#[test]
fn a_gpu_is_found_by_each_of_its_names() {
    on_each_driver(|driver| {
        let machine = machine_of(3, driver);
        for gpu in machine.nvml.devices().unwrap() {
            let uuid = gpu.uuid().unwrap();
            let pci = gpu.pci_info().unwrap();
            let bus = format!("{:02x}:{:02x}.0", pci.bus, pci.device);
            let names = [
                gpu.index().unwrap().to_string(),
                uuid.to_ascii_uppercase(),
                uuid.to_ascii_lowercase(),
                format!(" {uuid}\n"),
                pci.bus_id.clone(),
                pci.bus_id.to_ascii_lowercase(),
                format!("{:04x}:{bus}", pci.domain),
                bus,
                format!("0:{:x}:{:x}", pci.bus, pci.device),
                uuid,
            ];
            for name in names {
                let found = find(&machine.nvml, &name).unwrap();
                assert_eq!(found, AnyDevice::Gpu(gpu.clone()), "{name}");
            }
        }
    });
}

#[test]
fn a_mig_device_is_found_by_each_of_its_names() {
    on_each_driver(|driver| {
        let machine = machine_of(2, driver);
        let gpu = machine.device.uuid().unwrap();
        for device in mig_devices(&machine) {
            let uuid = device.uuid().unwrap();
            let gi = device.gpu_instance_id().unwrap();
            let ci = device.compute_instance_id().unwrap();
            let names = [
                format!("0:{}", device.index().unwrap()),
                format!("MIG-{gpu}/{gi}/{ci}"),
                format!("mig-{}/{gi}/{ci}", gpu.to_ascii_uppercase()),
                format!("MIG-{}/{gi}/{ci}", &gpu[..12]),
                uuid.to_ascii_uppercase(),
                uuid.to_ascii_lowercase(),
                uuid,
            ];
            for name in names {
                let found = find(&machine.nvml, &name).unwrap();
                assert_eq!(found, AnyDevice::Mig(device.clone()), "{name}");
            }
        }
    });
}

/// CUDA's rule: enough digits to tell it from the others.
#[test]
fn the_beginning_of_a_uuid_is_enough_if_only_one_has_it() {
    // With seventeen GPUs, two UUIDs begin with the same digit.
    let machine = machine_of(17, Driver(DRIVERS[4]));
    let gpus = machine.nvml.devices().unwrap();
    let uuids: Vec<String> = gpus.iter().map(|gpu| gpu.uuid().unwrap()).collect();
    let mut ambiguous = 0;
    for (gpu, uuid) in gpus.iter().zip(&uuids) {
        for digits in [1, 2, 4, 8, 9, 20] {
            let start = &uuid[.."GPU-".len() + digits];
            let same = uuids.iter().filter(|uuid| uuid.starts_with(start));
            let same: Vec<&String> = same.collect();
            match find(&machine.nvml, &start.to_ascii_uppercase()) {
                Ok(found) => {
                    assert_eq!((found, same.len()), (AnyDevice::Gpu(gpu.clone()), 1));
                }
                Err(error) => {
                    assert_ambiguous(&error, start, &same);
                    ambiguous += 1;
                }
            }
        }
    }
    assert!(ambiguous >= 2);
}

fn assert_ambiguous(error: &Error, start: &str, same: &[&String]) {
    let Error::Input(input) = error else {
        panic!("{error}");
    };
    let InputError::AmbiguousDevice {
        wanted, candidates, ..
    } = &**input
    else {
        panic!("{error}");
    };
    assert_eq!(wanted, start);
    assert_eq!(candidates.iter().collect::<Vec<_>>(), same);
    assert!(same.len() > 1);
}

#[test]
fn the_beginning_of_a_mig_uuid_is_enough() {
    let machine = machine_of(2, Driver(DRIVERS[4]));
    for device in mig_devices(&machine) {
        let uuid = device.uuid().unwrap();
        let found = find(&machine.nvml, &uuid[..12]).unwrap();
        assert_eq!(found, AnyDevice::Mig(device));
    }
    // The UUIDs of drivers before R470 begin with that of the GPU.
    let error = "MIG-GPU-8932f937".parse::<DeviceSelector>().unwrap_err();
    assert!(error.to_string().contains("/1/0"), "{error}");
}

#[test]
fn a_device_that_is_not_there_is_told() {
    let machine = machine_of(2, Driver(DRIVERS[4]));
    let gpu = machine.device.uuid().unwrap();
    let zeros = "00000000-0000-0000-0000-000000000000";
    let absent = [
        ("5", "GPU index 5"),
        ("5:0", "GPU index 5"),
        ("0:4", "no MIG device of this GPU has index 4"),
        ("0:99", "indices of MIG devices on this GPU are 0 to 6"),
        (&format!("GPU-{zeros}"), zeros),
        (&format!("MIG-{zeros}"), zeros),
        (&format!("MIG-GPU-{zeros}/1/0"), zeros),
        (
            &format!("MIG-{gpu}/7/0"),
            "GPU instance 7, compute instance 0",
        ),
        ("ff:1f.7", "00000000:FF:1F.7"),
    ];
    for (text, told) in absent {
        let error = find(&machine.nvml, text).unwrap_err();
        assert!(error.to_string().contains(told), "{text}: {error}");
        assert_eq!(error.cause(), Some(Cause::Gone), "{text}: {error}");
    }
    // MIG is off on the second GPU of another machine.
    let off = Simulator::builder().gpu(GpuSpec::new("a30").mig(false));
    let off = Machine::open(off.start().unwrap());
    let error = find(&off.nvml, "0:0").unwrap_err();
    assert_eq!(error.cause(), Some(Cause::MigDisabled), "{error}");
}

/// A GPU that this process may not open hides no other.
#[test]
fn gpus_that_cannot_be_opened_are_passed_over() {
    let machine = machine_of(3, Driver(DRIVERS[4]));
    let third = machine.nvml.device_by_index(2).unwrap();
    let uuid = third.uuid().unwrap();
    let mig = mig_devices(&machine).remove(0);
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    machine.simulator.refuse_gpu(1, Some(refused)).unwrap();
    assert_eq!(
        find(&machine.nvml, &uuid[..12]).unwrap(),
        AnyDevice::Gpu(third)
    );
    let start = &mig.uuid().unwrap()[..12];
    assert_eq!(find(&machine.nvml, start).unwrap(), AnyDevice::Mig(mig));
    let error = find(&machine.nvml, "1").unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::NoPermission));
    // What is not found may be on that GPU.
    for unknown in ["GPU-00000000", "MIG-00000000"] {
        let error = find(&machine.nvml, unknown).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NotFound));
        let said = error.to_string();
        assert!(
            said.contains("(GPU 1: NVML_ERROR_NO_PERMISSION (4))"),
            "{said}"
        );
    }
}

#[test]
fn made_selectors_and_read_ones_are_the_same() {
    let made = [DeviceSelector::gpu(7), DeviceSelector::mig_device(0, 1)];
    assert_eq!(made.clone().map(String::from), ["7", "0:1"]);
    assert_eq!(made, ["007", "0:1"].map(|text| text.parse().unwrap()));
    let kinds = [
        ("0", false),
        ("0:1", true),
        ("GPU-1", false),
        ("MIG-1", true),
        ("MIG-GPU-1/2/3", true),
        ("17:00.0", false),
    ];
    for (text, is_mig) in kinds {
        let selector: DeviceSelector = text.parse().unwrap();
        assert_eq!(selector.selects_mig_device(), is_mig, "{text}");
    }
}

#[test]
fn other_texts_are_refused_with_the_form() {
    let refused = [
        ("", "write an index such as 0"),
        ("-1", "write an index such as 0"),
        ("+1", "write an index such as 0"),
        ("4294967296", "write an index such as 0"),
        ("0:", "write an index such as 0"),
        ("0:1:2:3", "write an index such as 0"),
        ("17:20.0", "write an index such as 0"),
        ("17:00.8", "write an index such as 0"),
        ("all", "write an index such as 0"),
        ("GPU", "write an index such as 0"),
        ("GPU-", "such as GPU-8932f937"),
        ("GPU-8932f937d72c", "such as GPU-8932f937"),
        ("GPU-xyz", "such as GPU-8932f937"),
        ("MIG-", "such as MIG-89c850dc"),
        ("MIG-1g.5gb", "such as MIG-89c850dc"),
        ("MIG-GPU-", "/1/0"),
        ("MIG-GPU-1/2", "/1/0"),
        ("MIG-GPU-1/2/3/4", "/1/0"),
        ("MIG-GPU-1/2/-3", "/1/0"),
    ];
    for (text, expected) in refused {
        let error: DeviceSelectorError = text.parse::<DeviceSelector>().unwrap_err();
        assert_eq!(error.text(), text);
        let error = error.to_string();
        assert!(error.contains(expected), "{error}");
        let quoted = format!("'{text}' does not name a device: write");
        assert!(error.starts_with(&quoted), "{error}");
    }
}

/// What is read prints in NVML's form, which is read as the same.
fn selectors() -> impl Strategy<Value = String> {
    let uuid = "([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{1,8})";
    prop_oneof![
        "[0-9]{1,11}",
        "[0-9]{1,11}:[0-9]{1,3}",
        ("(GPU|gpu|Mig|MIG)-", uuid).prop_map(|(prefix, uuid)| prefix + &uuid),
        (uuid, "/[0-9]{1,2}/[0-9]").prop_map(|(uuid, ids)| format!("MIG-gpu-{uuid}{ids}")),
        "([0-9a-fA-F]{1,8}:)?[0-9a-fA-F]{1,2}:[01]?[0-9a-fA-F][.][0-7]",
        "\\PC{0,40}",
        "(GPU-|MIG-|MIG-GPU-)[-0-9a-f/]{0,40}",
    ]
}

proptest! {
    #[test]
    fn what_is_read_prints_as_the_same(text in selectors()) {
        if let Ok(selector) = text.parse::<DeviceSelector>() {
            let printed = selector.to_string();
            let again = printed.parse::<DeviceSelector>().unwrap();
            prop_assert_eq!(again.to_string(), printed);
            prop_assert_eq!(again, selector);
        }
    }
}

/// Whatever the text, the driver that knows the fewest functions gives an answer or an error.
#[test]
fn no_text_makes_it_panic() {
    let machine = machine_of(1, Driver(DRIVERS[0]));
    let mut runner = proptest::test_runner::TestRunner::default();
    let look_up = |text: String| {
        let selector = text.parse::<DeviceSelector>();
        let found = selector.map(|selector| machine.nvml.find_device(&selector));
        if let Ok(Err(error)) = found {
            prop_assert!(!error.to_string().is_empty());
        }
        Ok(())
    };
    runner.run(&selectors(), look_up).unwrap();
    let uuid = machine.device.uuid().unwrap();
    let error = find(&machine.nvml, &format!("MIG-{uuid}/4294967295/0")).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::NotFound));
}
