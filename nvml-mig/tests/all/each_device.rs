//! One device that can't be opened does not hide the others.

use crate::support::machine::Machine;
use nvml_mig::error::Cause;
use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator};

/// Three A30s beside a T4, and what the second A30 answers.
fn machine() -> (Simulator, Nvml) {
    let boards = ["a30", "a30", "t4", "a30"];
    let builder = Simulator::builder();
    let builder = boards
        .iter()
        .fold(builder, |builder, board| builder.gpu(GpuSpec::new(*board)));
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    (simulator, nvml)
}

#[test]
fn a_gpu_that_is_lost_or_refused_does_not_hide_the_others() {
    use nvml_mig_sim::nvmlReturn_t as C;
    for code in [
        C::NVML_ERROR_GPU_IS_LOST,
        C::NVML_ERROR_NO_PERMISSION,
        C::NVML_ERROR_UNKNOWN,
        C::NVML_ERROR_INVALID_ARGUMENT,
    ] {
        let (simulator, nvml) = machine();
        simulator.refuse_gpu(1, Some(code)).unwrap();
        let all = nvml.devices().unwrap_err();
        let found: Vec<_> = nvml.each_device().unwrap().collect();
        assert_eq!(found.len(), 4);
        for (index, device) in found {
            match device {
                Ok(device) => assert_eq!(device.index().unwrap(), index),
                Err(error) => {
                    assert_eq!(index, 1);
                    assert_eq!(error.code(), all.code());
                    assert!(error.to_string().contains("GPU index 1"), "{error}");
                    let is_odd = error.cause() == Some(Cause::NotOpened);
                    assert_eq!(is_odd, code == C::NVML_ERROR_INVALID_ARGUMENT, "{error}");
                }
            }
        }
    }
}

#[test]
fn gpus_without_mig_are_left_out() {
    let (simulator, nvml) = machine();
    let capable = nvml.mig_capable_devices().unwrap();
    let each = nvml.each_mig_capable_device().unwrap();
    let each: Vec<_> = each.map(|(_, device)| device.unwrap()).collect();
    assert_eq!(each, capable);
    let indices = capable.iter().map(|device| device.index().unwrap());
    assert_eq!(indices.collect::<Vec<_>>(), [0, 1, 3]);
    let without = nvml.device_by_index(2).unwrap();
    assert!(!without.is_mig_capable().unwrap());
    // A GPU that does not say is none that lacks MIG.
    let unknown = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_UNKNOWN;
    simulator.fail("nvmlDeviceGetMigMode", 0, unknown).unwrap();
    let error = nvml.mig_capable_devices().unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::Unknown));
}

/// With drivers that return the handles of destroyed MIG devices too.
#[test]
fn mig_devices_that_were_destroyed_are_left_out() {
    for stale in [false, true] {
        let gpu = GpuSpec::new("a30").stale_mig_handles(stale);
        let machine = Machine::of(gpu);
        let profile = machine.device.gpu_instance_profile_by_name("1g.6gb");
        let profile = profile.unwrap().id;
        for _ in 0..3 {
            let gpu_instance = machine.device.create_gpu_instance(profile).unwrap();
            let inside = gpu_instance.compute_instance_profile_by_name("1g.6gb");
            let inside = inside.unwrap().id;
            let _stays = gpu_instance.create_compute_instance(inside).unwrap();
        }
        let second = machine.device.gpu_instances().unwrap().remove(1);
        second.destroy_with_compute_instances().unwrap();
        let each = machine.device.each_mig_device().unwrap();
        let uuids: Vec<_> = each
            .map(|(_, mig_device)| mig_device.unwrap().uuid().unwrap())
            .collect();
        assert_eq!(uuids.len(), 2, "stale handles: {stale}");
        assert_eq!(machine.device.mig_devices().unwrap().len(), 2);
    }
}

/// A stale handle is no device, by whichever name.
#[test]
fn a_stale_mig_device_is_not_found() {
    let machine = Machine::of(GpuSpec::new("a30").stale_mig_handles(true));
    for name in ["0:0", "0:3"] {
        let error = machine
            .nvml
            .find_device(&name.parse().unwrap())
            .unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NotFound), "{name}");
    }
}

/// A MIG device that can't be asked does not hide the one that is wanted.
#[test]
fn an_odd_mig_device_does_not_hide_the_others() {
    let machine = Machine::with("a30");
    let profile = machine
        .device
        .gpu_instance_profile_by_name("2g.12gb")
        .unwrap();
    let created = [0, 1].map(|_| machine.device.create_mig_device(profile.id).unwrap());
    let ids = created.map(|one| {
        (
            one.gpu_instance_id().unwrap(),
            one.compute_instance_id().unwrap(),
        )
    });
    let unknown = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for nth in [1, 2] {
        let function = "nvmlDeviceGetMigDeviceHandleByIndex";
        machine.simulator.fail(function, nth, unknown).unwrap();
        let found = ids.map(|(gpu_instance, compute_instance)| {
            machine
                .device
                .mig_device_by_ids(gpu_instance, compute_instance)
        });
        assert!(found.iter().any(Result::is_ok), "{found:?}");
        machine.simulator.clear_faults().unwrap();
    }
}

/// A search that could not read everything says so, whatever could not be read.
#[test]
fn a_search_names_the_gpu_that_it_could_not_read() {
    let builder = ["a30", "t4", "a30"]
        .iter()
        .fold(Simulator::builder(), |builder, board| {
            builder.gpu(GpuSpec::new(*board))
        });
    let machine = Machine::open(builder.start().unwrap());
    let profile = machine.device.gpu_instance_profile_by_name("4g.24gb");
    let made = machine.device.create_mig_device(profile.unwrap().id);
    let uuid = made.unwrap().uuid().unwrap();
    let shortened = uuid[..12].parse().unwrap();
    let nowhere = "MIG-00000000-0000".parse().unwrap();
    let unknown = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for (function, selector) in [
        ("nvmlDeviceGetMaxMigDeviceCount", &shortened),
        ("nvmlDeviceGetMigDeviceHandleByIndex", &shortened),
        ("nvmlDeviceGetUUID", &shortened),
        ("nvmlDeviceGetUUID", &"GPU-0000".parse().unwrap()),
    ] {
        machine.simulator.fail(function, 0, unknown).unwrap();
        let error = machine.nvml.find_device(selector).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NotFound), "{error}");
        let part = "it may be on one that can't be (GPU 0: NVML_ERROR_UNKNOWN (999)";
        assert!(error.to_string().contains(part), "{function}: {error}");
        machine.simulator.clear_faults().unwrap();
    }
    // Where everything can be read, GPUs without MIG among them, it does not exist.
    let error = machine.nvml.find_device(&nowhere).unwrap_err();
    assert!(!error.to_string().contains("it may be"), "{error}");
    machine.nvml.find_device(&shortened).unwrap();
}

#[test]
fn texts_in_any_case_are_looked_up() {
    let machine = Machine::with("a30");
    let profile = machine
        .device
        .gpu_instance_profile_by_name("2g.12gb")
        .unwrap();
    let mig_device = machine.device.create_mig_device(profile.id).unwrap();
    let (gpu, mig) = (machine.device.uuid().unwrap(), mig_device.uuid().unwrap());
    for change in [str::to_ascii_uppercase, str::to_ascii_lowercase] {
        let nvml = &machine.nvml;
        assert_eq!(nvml.device_by_uuid(&change(&gpu)).unwrap(), machine.device);
        assert_eq!(nvml.mig_device_by_uuid(&change(&mig)).unwrap(), mig_device);
        assert_eq!(
            nvml.any_device_by_uuid(&change(&mig))
                .unwrap()
                .uuid()
                .unwrap(),
            mig
        );
        assert!(nvml.device_by_uuid(&change(&mig)).is_err());
    }
    for address in ["17:00.0", "0000:17:00.0", "00000000:17:00.0"] {
        assert_eq!(
            machine.nvml.device_by_pci_bus_id(address).unwrap(),
            machine.device
        );
    }
}
