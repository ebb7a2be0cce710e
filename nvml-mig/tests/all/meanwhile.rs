//! What others do in the middle of a call, and what is refused there, does not change its answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::machine::Machine;
use nvml_mig::monitor::MigWatch;
use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

const LONG: Duration = Duration::from_secs(20);

/// Does something again and again, also if the other panics, while this asks something.
fn while_others(mut change: impl FnMut() + Send, ask: impl FnOnce()) {
    struct Ended<'a>(&'a AtomicBool);
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let ended = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                change();
            }
        });
        let _ended = Ended(&ended);
        ask();
    });
}

/// Those of lower ids come and go before it, and with them its index.
#[test]
fn a_mig_device_is_found_while_others_come_and_go() {
    let machine = Machine::with("a100-sxm4-40gb");
    let device = &machine.device;
    let small = device.gpu_instance_profile_by_name("1g.5gb").unwrap().id;
    let mut all: Vec<_> = (0..7)
        .map(|_| device.create_mig_device(small).unwrap())
        .collect();
    all.sort_by_key(|one| one.gpu_instance_id().unwrap());
    let stays = all.pop().unwrap();
    for other in all {
        let gpu_instance = other.gpu_instance().unwrap();
        gpu_instance.destroy_with_compute_instances().unwrap();
    }
    let (gpu_instance, compute_instance) = (
        stays.gpu_instance_id().unwrap(),
        stays.compute_instance_id().unwrap(),
    );
    let others = || {
        let created: Vec<_> = (0..3)
            .map(|_| device.create_gpu_instance(small).unwrap())
            .collect();
        for other in &created {
            let whole = other.default_compute_instance_profile().unwrap().id;
            let _inside = other.create_compute_instance(whole).unwrap();
        }
        for other in created {
            other.destroy_with_compute_instances().unwrap();
        }
    };
    // The others get a turn between two questions.
    let turn = Duration::from_micros(200);
    let question = "nvmlDeviceGetMigDeviceHandleByIndex";
    machine.simulator.delay(question, turn).unwrap();
    while_others(others, || {
        for _ in 0..300 {
            let found = device.mig_device_by_ids(gpu_instance, compute_instance);
            assert_eq!(found.unwrap(), stays);
        }
    });
}

/// Instances that follow each other in one place have more slices together than there are beside it.
#[test]
fn a_gpu_instance_is_listed_while_others_come_and_go() {
    let machine = Machine::with("a100-sxm4-40gb");
    let device = &machine.device;
    let [small, half, large] = ["1g.5gb", "3g.20gb", "4g.20gb"]
        .map(|name| device.gpu_instance_profile_by_name(name).unwrap().id);
    let stays = device.create_gpu_instance(large).unwrap();
    let others = || {
        for (profile, count) in [(small, 3), (half, 1)] {
            let created: Vec<_> = (0..count)
                .map(|_| device.create_gpu_instance(profile).unwrap())
                .collect();
            for other in created {
                other.destroy().unwrap();
            }
        }
    };
    // The others get a turn between two questions.
    let turn = Duration::from_micros(200);
    let question = "nvmlDeviceGetGpuInstances";
    machine.simulator.delay(question, turn).unwrap();
    while_others(others, || {
        for _ in 0..300 {
            let listed = device.gpu_instances().unwrap();
            assert!(listed.iter().any(|one| one.id() == stays.id()));
        }
    });
}

/// An event has the UUID of its GPU, which the GPU itself may not tell just then.
#[test]
fn an_event_comes_of_a_gpu_that_does_not_tell_its_uuid() {
    use nvmlReturn_t as C;
    for code in [
        C::NVML_ERROR_TIMEOUT,
        C::NVML_ERROR_UNKNOWN,
        C::NVML_ERROR_NOT_SUPPORTED,
        C::NVML_ERROR_FUNCTION_NOT_FOUND,
    ] {
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
        // Nothing asks this one for UUIDs before the event.
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let devices = nvml.devices().unwrap();
        let change = || {
            let nvml = Nvml::init_from(simulator.library_path()).unwrap();
            let other = nvml.device_by_index(0).unwrap();
            let profile = other.gpu_instance_profiles().unwrap()[0].id;
            let made = other.create_gpu_instance(profile).unwrap();
            made.destroy().unwrap();
        };
        let mut one = MigWatch::start(&devices[..1]).unwrap();
        let mut both = MigWatch::start(&devices).unwrap();
        simulator.fail("nvmlDeviceGetUUID", 0, code).unwrap();
        change();
        assert_eq!(one.wait(LONG).unwrap().unwrap().device, devices[0]);
        // It can be of either.
        let error = both.wait(LONG).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::from_number(code.0)));
    }
}
