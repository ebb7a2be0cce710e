//! What a refusal says about a profile that is not there: which ones are.

use crate::support::machine::on_each_driver;
use nvml_mig::ReturnCode;
use nvml_mig::error::Cause;
use nvml_mig::profile::GpuInstanceProfileId;

use super::assert_says;

#[test]
fn an_unknown_profile_id_says_what_the_gpu_has() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let error = machine.create(19).unwrap_err();
        let parts = ["profile id 19", "1g.6gb (id 14)", "4g.24gb (id 0)"];
        assert_says(
            &error,
            Cause::NoSuchProfile,
            ReturnCode::InvalidArgument,
            "nvmlDeviceCreateGpuInstance",
            &parts,
        );
    });
}

#[test]
fn a_compute_instance_that_the_gpu_instance_does_not_have_says_what_it_has() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        let gpu_instance = machine.create(5).unwrap();
        let three = nvml_mig::profile::ComputeInstanceProfileId::new(2);
        let error = gpu_instance.create_compute_instance(three).unwrap_err();
        let parts = [
            "GPU instance 1",
            "profile id 2",
            "1c.4g.20gb (id 0), 2c.4g.20gb (id 1), 4g.20gb (id 3)",
        ];
        assert_says(
            &error,
            Cause::NoSuchProfile,
            ReturnCode::NotSupported,
            "nvmlGpuInstanceCreateComputeInstance",
            &parts,
        );
    });
}

#[test]
fn profile_names_that_are_not_there_or_no_names() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let error = machine
            .device
            .gpu_instance_profile_by_name("3g.20gb")
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("no profile '3g.20gb'; it has 1g.6gb (id 14)"),
            "{error}"
        );
        let error = machine
            .device
            .gpu_instance_profile_by_name("large")
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("'large' is not a profile name"),
            "{error}"
        );
        let error = machine
            .device
            .gpu_instance_profile_by_id(GpuInstanceProfileId::new(99))
            .unwrap_err();
        assert!(error.to_string().contains("no profile id 99"), "{error}");
    });
}

#[test]
fn a_profile_without_a_name_is_told_by_its_number() {
    let machine = crate::support::machine::Machine::with("a30");
    let beyond = nvml_mig::profile::GpuInstanceProfile::Other(63);
    let error = machine.device.gpu_instance_profile(beyond).unwrap_err();
    assert!(
        error.to_string().contains(", profile number 63: "),
        "{error}"
    );
}
