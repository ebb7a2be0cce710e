//! GPU instances bound to a scope.

use std::sync::{Arc, Mutex};

use crate::support::machine::on_each_driver;
use nvml_mig::ReturnCode;
use nvml_mig::profile::ComputeInstanceProfile;
use nvml_mig_sim::{Process, ProcessFilter};

#[test]
fn it_goes_with_the_scope_and_its_compute_instances_too() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        {
            let instance = machine.create(0).unwrap().scoped(|error| panic!("{error}"));
            let profile = instance
                .compute_instance_profile(ComputeInstanceProfile::Slice2)
                .unwrap();
            let _made = instance.create_compute_instance(profile.id).unwrap();
        }
        assert!(machine.device.gpu_instances().unwrap().is_empty());
    });
}

#[test]
fn it_can_be_kept_and_closed() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let kept = machine
            .create(5)
            .unwrap()
            .scoped(|error| panic!("{error}"))
            .keep();
        assert_eq!(machine.device.gpu_instances().unwrap().len(), 1);
        kept.scoped(|error| panic!("{error}")).close().unwrap();
        assert!(machine.device.gpu_instances().unwrap().is_empty());
    });
}

#[test]
fn a_drop_that_fails_is_told_and_leaves_the_instance() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        let instance = machine
            .create(0)
            .unwrap()
            .scoped(move |error| teller.lock().unwrap().push(error.code()));
        let profile = instance
            .compute_instance_profile(ComputeInstanceProfile::Slice4)
            .unwrap();
        let _made = instance.create_compute_instance(profile.id).unwrap();
        machine
            .simulator
            .busy(Process::new(0, 4242).gpu_instance(0).compute_instance(0))
            .unwrap();

        let refused = instance.close().unwrap_err();
        assert_eq!(refused.error.code(), Some(ReturnCode::InUse));
        assert!(told.lock().unwrap().is_empty());
        drop(refused);
        assert_eq!(*told.lock().unwrap(), [Some(ReturnCode::InUse)]);
        assert_eq!(
            machine.device.gpu_instances().unwrap()[0]
                .compute_instances()
                .unwrap()
                .len(),
            1
        );

        machine.simulator.idle(ProcessFilter::default()).unwrap();
        let left = machine.device.gpu_instances().unwrap().swap_remove(0);
        left.destroy_with_compute_instances().unwrap();
        assert!(machine.device.mig_devices().unwrap().is_empty());
    });
}
