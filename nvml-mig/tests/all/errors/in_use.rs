//! What a refusal says about an instance that is in use: by what.

use crate::support::machine::on_each_driver;
use nvml_mig::ReturnCode;
use nvml_mig::error::Cause;
use nvml_mig_sim::{Process, ProcessFilter};

use super::assert_says;

#[test]
fn a_gpu_instance_in_use_names_its_compute_instances_and_stays_usable() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("1c.4g.24gb")
            .unwrap();
        let first = gpu_instance.create_compute_instance(profile.id).unwrap();
        let refused = gpu_instance.destroy().unwrap_err();
        let parts = ["GPU instance 0", "it still has compute instance 0"];
        assert_says(
            &refused.error,
            Cause::InUse,
            ReturnCode::InUse,
            "nvmlGpuInstanceDestroy",
            &parts,
        );
        // The handle came back: the instance is still there and can be used.
        first.destroy().unwrap();
        refused.instance.destroy().unwrap();
        assert!(machine.device.gpu_instances().unwrap().is_empty());
    });
}

#[test]
fn a_busy_compute_instance_is_not_destroyed() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("4g.24gb")
            .unwrap();
        let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
        let process = Process::new(0, 4242)
            .gpu_instance(0)
            .compute_instance(0)
            .name("python3");
        machine.simulator.busy(process).unwrap();
        let refused = compute_instance.destroy().unwrap_err();
        let parts = [
            "compute instance 0",
            "process 4242",
            "it is in use by process 4242 (python3): stop these first",
        ];
        assert_says(
            &refused.error,
            Cause::InUse,
            ReturnCode::InUse,
            "nvmlComputeInstanceDestroy",
            &parts,
        );
        machine.simulator.idle(ProcessFilter::default()).unwrap();
        refused.instance.destroy().unwrap();
    });
}
