//! What an error says about a new instance that can't be read.

use crate::support::machine::on_each_driver;
use nvml_mig::ReturnCode;
use nvml_mig::error::Cause;
use nvml_mig_sim::nvmlReturn_t;

use super::assert_says;

#[test]
fn an_instance_that_can_not_be_read_back_is_not_left_behind() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        machine
            .simulator
            .fail(
                "nvmlGpuInstanceGetInfo",
                1,
                nvmlReturn_t::NVML_ERROR_UNKNOWN,
            )
            .unwrap();
        let error = machine.create(0).unwrap_err();
        assert_says(
            &error,
            Cause::NotReadBack,
            ReturnCode::Unknown,
            "nvmlGpuInstanceGetInfo",
            &["destroyed again"],
        );
        assert!(machine.device.gpu_instances().unwrap().is_empty());

        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("4g.24gb")
            .unwrap();
        machine
            .simulator
            .fail(
                "nvmlComputeInstanceGetInfo_v2",
                1,
                nvmlReturn_t::NVML_ERROR_UNKNOWN,
            )
            .unwrap();
        let error = gpu_instance
            .create_compute_instance(profile.id)
            .unwrap_err();
        assert_says(
            &error,
            Cause::NotReadBack,
            ReturnCode::Unknown,
            "nvmlComputeInstanceGetInfo_v2",
            &["destroyed again"],
        );
        assert!(gpu_instance.compute_instances().unwrap().is_empty());
    });
}
