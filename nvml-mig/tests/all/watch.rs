//! Waiting for MIG changes, with the driver's events and without.

use std::time::{Duration, Instant};

use crate::support::machine::{BOARDS, Machine, on_each_driver};
use nvml_mig::Device;
use nvml_mig::monitor::MigWatch;
use nvml_mig_sim::{GpuSpec, Simulator};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(30);

/// A change is seen once, on the GPU where it was made, and nothing is seen without one.
fn assert_sees_changes(machine: &Machine, mut watch: MigWatch) {
    assert_eq!(watch.wait(SHORT).unwrap(), None);
    let made = machine.create(0).unwrap();
    let change = watch.wait(LONG).unwrap().unwrap();
    assert_eq!(change.device, machine.device);
    while watch.wait(SHORT).unwrap().is_some() {}
    made.destroy().unwrap();
    assert_eq!(watch.wait(LONG).unwrap().unwrap().device, machine.device);
}

#[test]
fn changes_come_as_events() {
    on_each_driver(|driver| {
        for board in BOARDS {
            let machine = driver.with(board);
            let watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
            assert!(watch.has_events());
            assert_sees_changes(&machine, watch);
        }
    });
}

#[test]
fn without_events_the_instances_are_compared() {
    on_each_driver(|driver| {
        for hidden in ["nvmlEventSetCreate", "nvmlDeviceRegisterEvents"] {
            let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
            let machine = driver.open(builder.hide([hidden]));
            let watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
            assert!(!watch.has_events());
            assert_sees_changes(&machine, watch);
        }
    });
}

/// No library may be told of the handles of another.
#[test]
fn gpus_of_two_libraries_are_compared() {
    let (one, other) = (Machine::with("a30"), Machine::with("h100-sxm5-80gb"));
    let mut watch = MigWatch::start(&[one.device.clone(), other.device.clone()]).unwrap();
    assert!(!watch.has_events());
    for machine in [&other, &one] {
        let _made = machine.create(0).unwrap();
        assert_eq!(watch.wait(LONG).unwrap().unwrap().device, machine.device);
    }
}

#[test]
fn a_change_by_another_thread_ends_the_wait() {
    let machine = Machine::with("a30");
    let mut watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(move || watch.wait(LONG).unwrap());
        std::thread::sleep(SHORT);
        let _made = machine.create(0).unwrap();
        assert!(waiter.join().unwrap().is_some());
    });
}

#[test]
fn no_gpus_means_no_changes() {
    let mut watch = MigWatch::start(&[] as &[Device]).unwrap();
    let began = Instant::now();
    assert_eq!(watch.wait(SHORT).unwrap(), None);
    assert!(began.elapsed() >= SHORT);
}
