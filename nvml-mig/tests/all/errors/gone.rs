//! What a refusal says about instances and GPUs that are not there, or no longer.

use crate::support::machine::on_each_driver;
use nvml_mig::error::Cause;
use nvml_mig::{Error, ReturnCode};
use nvml_mig_sim::nvmlReturn_t;

use super::assert_says;

#[test]
fn an_instance_that_another_process_destroyed_is_gone() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let ours = machine.create(0).unwrap();
        machine
            .device
            .gpu_instance_by_id(ours.id())
            .unwrap()
            .destroy()
            .unwrap();
        let error = ours.destroy().unwrap_err().error;
        let parts = ["another process destroyed it"];
        assert_says(
            &error,
            Cause::Gone,
            ReturnCode::InvalidArgument,
            "nvmlGpuInstanceDestroy",
            &parts,
        );
    });
}

#[test]
fn devices_that_are_not_there() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let error = machine.nvml.device_by_index(1).unwrap_err();
        assert_says(
            &error,
            Cause::Gone,
            ReturnCode::InvalidArgument,
            "nvmlDeviceGetHandleByIndex_v2",
            &["GPU index 1"],
        );
        let error = machine.nvml.device_by_uuid("GPU-none").unwrap_err();
        assert_eq!(error.function(), Some("nvmlDeviceGetHandleByUUID"));
        let error = machine.nvml.device_by_uuid("MIG-none").unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
        let error = machine.nvml.mig_device_by_uuid("GPU-none").unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
        let error = machine.nvml.device_by_uuid("GPU-\0").unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
    });
}

/// What can't be asked any more can't be named: the sentence says at least what kind of thing it was.
#[test]
fn a_mig_device_that_is_gone_is_told_as_one() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let whole = machine.create(0).unwrap();
        let part = nvml_mig::profile::ComputeInstanceProfileId::new(0);
        let part = whole.create_compute_instance(part).unwrap();
        let mig_device = part.mig_device().unwrap();
        part.destroy().unwrap();
        let error = mig_device.name().unwrap_err();
        let parts = ["it no longer exists: the compute instance of a MIG device was destroyed"];
        let function = "nvmlDeviceGetName";
        assert_says(
            &error,
            Cause::Gone,
            ReturnCode::InvalidArgument,
            function,
            &parts,
        );
        // A GPU that answers is not gone, whatever was wrong.
        machine
            .simulator
            .fail(function, 1, nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT)
            .unwrap();
        let error = machine.device.name().unwrap_err();
        assert_eq!(error.cause(), None, "{error}");
    });
}

/// NVML refuses a GPU as it refuses a destroyed MIG device.
#[test]
fn a_gpu_that_no_longer_answers_is_not_called_a_mig_device() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let refused = Some(nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT);
        machine.simulator.refuse_gpu(0, refused).unwrap();
        let error = machine.device.name().unwrap_err();
        assert_eq!(error.cause(), Some(Cause::Gone), "{error}");
        let part = "or NVML no longer opens this GPU";
        assert!(error.to_string().contains(part), "{error}");

        machine.simulator.refuse_gpu(0, None).unwrap();
        let inventory = nvml_mig::inventory::Inventory::read(&machine.device).unwrap();
        let _uuid = inventory.uuid().unwrap();
        machine.simulator.refuse_gpu(0, refused).unwrap();
        let error = machine.device.name().unwrap_err();
        let part = ": NVML no longer opens this GPU";
        assert!(error.to_string().contains(part), "{error}");
    });
}
