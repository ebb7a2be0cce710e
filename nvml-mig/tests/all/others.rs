//! What other processes do in between: between a list and a look at what is in it, an instance may go.

use crate::support::machine::on_each_driver;
use nvml_mig::GpuInstance;
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig_sim::nvmlReturn_t;

/// NVML's answers about what is not there any more.
const GONE: [u32; 2] = [2, 6];

fn divide(whole: &GpuInstance) {
    for _ in 0..2 {
        let one = ComputeInstanceProfileId::new(0);
        let _made = whole.create_compute_instance(one).unwrap();
    }
}

#[test]
fn a_gpu_instance_that_goes_while_they_are_listed_is_left_out() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let (_one, _two) = (machine.create(5).unwrap(), machine.create(5).unwrap());
        for code in GONE {
            machine
                .simulator
                .fail("nvmlGpuInstanceGetInfo", 1, nvmlReturn_t(code))
                .unwrap();
            let left = machine.device.gpu_instances().unwrap();
            assert_eq!(left.len(), 1);
            assert_eq!(left[0].id().number(), 2);
        }
        // Any other refusal is one of the whole list.
        machine
            .simulator
            .fail(
                "nvmlGpuInstanceGetInfo",
                1,
                nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
            )
            .unwrap();
        machine.device.gpu_instances().unwrap_err();
    });
}

#[test]
fn a_compute_instance_that_goes_while_they_are_listed_is_left_out() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let whole = machine.create(0).unwrap();
        divide(&whole);
        for code in GONE {
            let simulator = &machine.simulator;
            simulator
                .fail("nvmlComputeInstanceGetInfo_v2", 1, nvmlReturn_t(code))
                .unwrap();
            let left = whole.compute_instances().unwrap();
            assert_eq!(left.len(), 1);
            assert_eq!(left[0].id().number(), 1);
        }
    });
}

/// A MIG device is looked for among all; that one of the others goes meanwhile is none of the caller's business.
#[test]
fn a_mig_device_is_found_while_another_goes() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let whole = machine.create(0).unwrap();
        divide(&whole);
        let second = whole.compute_instances().unwrap().swap_remove(1);
        for function in [
            "nvmlDeviceGetGpuInstanceId",
            "nvmlDeviceGetComputeInstanceId",
        ] {
            for code in GONE {
                machine
                    .simulator
                    .fail(function, 1, nvmlReturn_t(code))
                    .unwrap();
                let found = second.mig_device().unwrap();
                assert_eq!(found.index().unwrap(), 1);
            }
        }
    });
}
