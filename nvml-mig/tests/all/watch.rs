//! Waiting for MIG changes, with the driver's events and without.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::machine::{BOARDS, Machine, on_each_driver};
use nvml_mig::device::MigModes;
use nvml_mig::monitor::{EventKind, EventWatch, MigWatch, Waker};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Device, MigMode, Nvml, ReturnCode};
use nvml_mig_sim::{Caller, Event, GpuSpec, Simulator, nvmlReturn_t};

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

/// A driver may accept registrations without a function to wait for events.
#[test]
fn events_that_can_not_be_waited_for_are_none() {
    let waits = ["nvmlEventSetWait_v3", "nvmlEventSetWait_v2"];
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let hidden = Machine::open(builder.hide(waits).start().unwrap());
    let refusing = [
        nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND,
        nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
    ]
    .map(|code| {
        let machine = Machine::with("a30");
        for wait in waits {
            machine.simulator.fail(wait, 0, code).unwrap();
        }
        machine
    });
    for machine in [hidden].into_iter().chain(refusing) {
        let devices = std::slice::from_ref(&machine.device);
        let watch = MigWatch::start(devices).unwrap();
        assert!(!watch.has_events());
        assert_sees_changes(&machine, watch);
    }
}

/// A GPU that the driver refuses to register again, after another one was lost, is reported too.
#[test]
fn each_gpu_that_is_no_longer_watched_is_told() {
    let builder = (0..3).fold(Simulator::builder(), |builder, _| {
        builder.gpu(GpuSpec::new("a30"))
    });
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let (lost, unknown) = (
        nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
        nvmlReturn_t::NVML_ERROR_UNKNOWN,
    );
    for (function, watched) in [("nvmlDeviceRegisterEvents", 1), ("nvmlEventSetCreate", 2)] {
        let mut watch = MigWatch::start(&devices).unwrap();
        simulator.refuse_gpu(1, Some(lost)).unwrap();
        simulator.fail("nvmlEventSetWait_v2", 1, lost).unwrap();
        simulator.fail("nvmlEventSetWait_v3", 1, lost).unwrap();
        simulator.fail(function, 1, unknown).unwrap();
        let codes = [(); 2].map(|()| watch.wait(SHORT).unwrap_err().code());
        assert_eq!(
            codes,
            [ReturnCode::GpuIsLost, ReturnCode::Unknown].map(Some)
        );
        assert_eq!(watch.devices().count(), watched, "{function}");
        simulator.clear_faults().unwrap();
        simulator.refuse_gpu(1, None).unwrap();
    }
}

/// By comparison, a GPU that answers stays watched, and does not hide the others.
#[test]
fn a_comparison_that_fails_loses_no_gpu() {
    let builder = (0..2).fold(Simulator::builder(), |builder, _| {
        builder.gpu(GpuSpec::new("a30"))
    });
    let simulator = builder.hide(["nvmlEventSetCreate"]).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let mut watch = MigWatch::start(&devices).unwrap();
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    simulator
        .fail("nvmlDeviceGetGpuInstances", 1, unknown)
        .unwrap();
    let profile = GpuInstanceProfileId::new(0);
    let _made = devices[0].create_gpu_instance(profile).unwrap();
    let error = watch.wait(SHORT).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::Unknown));
    assert_eq!(watch.devices().count(), 2);
    assert_eq!(watch.wait(LONG).unwrap().unwrap().device, devices[0]);

    // One that fails for ever.
    simulator
        .fail("nvmlDeviceGetGpuInstances", 0, unknown)
        .unwrap();
    let began = Instant::now();
    let second = Duration::from_secs(1);
    let mut errors = 0;
    while began.elapsed() < second {
        errors += usize::from(watch.wait(second).is_err());
    }
    assert!((1..20).contains(&errors), "{errors}");
    assert_eq!(watch.devices().count(), 2);
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

/// Three GPUs, of which the middle one falls off the bus, with events and by comparison.
#[test]
fn a_lost_gpu_does_not_end_the_watch_of_the_others() {
    for hidden in [None, Some("nvmlEventSetCreate")] {
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let builder = builder.gpu(GpuSpec::new("a30")).gpu(GpuSpec::new("a30"));
        let simulator = builder.hide(hidden).start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let devices = nvml.devices().unwrap();
        let mut watch = MigWatch::start(&devices).unwrap();
        assert_eq!(watch.devices().count(), 3);
        let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
        simulator.refuse_gpu(1, Some(lost)).unwrap();
        if hidden.is_none() {
            // NVML does not say which GPU it means.
            simulator.fail("nvmlEventSetWait_v2", 1, lost).unwrap();
        }
        let error = watch.wait(SHORT).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::GpuIsLost));
        let watched: Vec<_> = watch.devices().cloned().collect();
        assert_eq!(watched, [devices[0].clone(), devices[2].clone()]);
        for index in [0, 2] {
            let profile = GpuInstanceProfileId::new(0);
            let _stays = devices[index].create_gpu_instance(profile).unwrap();
            let change = watch.wait(LONG).unwrap().unwrap();
            assert_eq!(change.device, devices[index]);
        }
        // A watch that starts now says so once.
        let mut late = MigWatch::start(&devices).unwrap();
        assert_eq!(late.devices().count(), 2);
        assert_eq!(
            late.wait(SHORT).unwrap_err().code(),
            Some(ReturnCode::GpuIsLost)
        );
        assert_eq!(late.wait(SHORT).unwrap(), None);
        let error = MigWatch::start(&devices[1..2]).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::GpuIsLost));
    }
}

/// An error of the wait that concerns no GPU in particular names none, and the watch goes on.
#[test]
fn an_error_of_the_wait_loses_no_gpu() {
    let machine = Machine::with("a30");
    let mut watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for function in ["nvmlEventSetWait_v2", "nvmlEventSetWait_v3"] {
        machine.simulator.fail(function, 1, unknown).unwrap();
    }
    let error = watch.wait(SHORT).unwrap_err();
    assert!(!error.to_string().contains("GPU-"), "{error}");
    let _made = machine.create(0).unwrap();
    assert!(watch.wait(LONG).unwrap().is_some());
}

#[test]
fn gpus_without_mig_are_passed_over() {
    let builder = Simulator::builder().gpu(GpuSpec::new("t4"));
    let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let watch = MigWatch::start(&nvml.devices().unwrap()).unwrap();
    assert!(watch.has_events());
    let watched: Vec<_> = watch.devices().cloned().collect();
    assert_eq!(watched, [nvml.device_by_index(1).unwrap()]);
}

#[test]
fn a_change_of_mig_mode_comes_with_the_new_mode() {
    for hidden in [None, Some("nvmlEventSetCreate")] {
        let builder = Simulator::builder().gpu(GpuSpec::new("a30").mig(false));
        let machine = Machine::open(builder.hide(hidden).start().unwrap());
        let mut watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
        let _active = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
        let change = watch.wait(LONG).unwrap().unwrap();
        let on = MigModes::new(MigMode::Enabled, MigMode::Enabled);
        assert_eq!(change.mig_modes, Some(on));
        let _made = machine.create(0).unwrap();
        assert_eq!(watch.wait(LONG).unwrap().unwrap().mig_modes, None);
    }
}

#[test]
fn a_wait_is_ended_from_another_thread() {
    let machine = Machine::with("a30");
    let mut watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
    let waker = watch.waker();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| watch.wait(Duration::MAX).unwrap());
        std::thread::sleep(SHORT);
        waker.wake();
        assert_eq!(waiter.join().unwrap(), None);
    });
    assert!(began.elapsed() < LONG);
    // A wait of no time looks once.
    let _made = machine.create(0).unwrap();
    assert!(watch.wait(Duration::ZERO).unwrap().is_some());
    assert_eq!(watch.wait(Duration::ZERO).unwrap(), None);
}

/// Also with the privilege for neither events nor instances.
#[test]
fn mig_devices_are_compared_where_instances_may_not_be_listed() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = builder.hide(["nvmlEventSetCreate"]).start().unwrap();
    let machine = Machine::open(simulator);
    let call_as = |caller| machine.simulator.set_caller(caller).unwrap();
    call_as(Caller::Unprivileged);
    let mut watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
    assert!(!watch.has_events());
    assert_eq!(watch.wait(SHORT).unwrap(), None);
    call_as(Caller::Root);
    let profile = GpuInstanceProfileId::new(0);
    machine.device.create_mig_device(profile).unwrap();
    call_as(Caller::Unprivileged);
    assert!(watch.wait(LONG).unwrap().is_some());
    assert_eq!(watch.wait(SHORT).unwrap(), None);
}

/// A failure that lasts is not returned thousands of times a second, and two lost GPUs are two errors.
#[test]
fn errors_of_the_wait_are_few() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let mut watch = MigWatch::start(&nvml.devices().unwrap()).unwrap();
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    simulator.fail("nvmlEventSetWait_v3", 0, unknown).unwrap();
    let began = Instant::now();
    let second = Duration::from_secs(1);
    let mut errors = 0;
    while began.elapsed() < second {
        errors += usize::from(watch.wait(second).is_err());
    }
    assert!((1..20).contains(&errors), "{errors}");
    assert_eq!(watch.devices().count(), 2);
    simulator.clear_faults().unwrap();
    for gpu in [0, 1] {
        simulator
            .refuse_gpu(gpu, Some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST))
            .unwrap();
    }
    for _ in 0..2 {
        let error = watch.wait(SHORT).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::GpuIsLost));
    }
    assert_eq!(watch.wait(SHORT).unwrap(), None);
    assert_eq!(watch.devices().count(), 0);
}

/// Ends a stream of events, also when a test panics.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Posts events of a kind that was not asked for, a thousand each second, while `wait` runs.
fn in_a_stream_of_others<T>(simulator: &Simulator, wait: impl FnOnce() -> T) -> T {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                let xid = Event::new(8, 79).unasked();
                simulator.post_event(0, xid).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let _ended = Ended(&ended);
        wait()
    })
}

/// With `nvmlEventSetWait_v2` and v3.
#[test]
fn a_wait_ends_at_its_time_whatever_events_come() {
    for driver in ["580.95.05", "615.10"] {
        let builder = Simulator::builder().driver_version(driver);
        let builder = builder.gpu(GpuSpec::new("a30"));
        let machine = Machine::open(builder.start().unwrap());
        let devices = std::slice::from_ref(&machine.device);
        let mut changes = MigWatch::start(devices).unwrap();
        assert!(changes.has_events());
        let mut events = EventWatch::start(devices, &[EventKind::DoubleBitEcc]).unwrap();
        in_a_stream_of_others(&machine.simulator, || {
            machine.simulator.log_calls(true).unwrap();
            assert_eq!(changes.wait(SHORT).unwrap(), None);
            let calls = machine.simulator.calls().unwrap();
            machine.simulator.log_calls(false).unwrap();
            assert!(calls.len() > 2, "no event came: {calls:?}");
            for timeout in [Duration::ZERO, Duration::from_micros(1), SHORT, 10 * SHORT] {
                let began = Instant::now();
                assert_eq!(changes.wait(timeout).unwrap(), None);
                assert_eq!(events.wait(timeout).unwrap(), None);
                let took = began.elapsed();
                assert!((2 * timeout..LONG).contains(&took), "{timeout:?}: {took:?}");
            }
            let wakers = [changes.waker(), events.waker()];
            std::thread::scope(|scope| {
                let first = scope.spawn(|| changes.wait(Duration::MAX).unwrap());
                let second = scope.spawn(|| events.wait(Duration::MAX).unwrap());
                std::thread::sleep(SHORT);
                wakers.iter().for_each(Waker::wake);
                assert_eq!(first.join().unwrap(), None);
                assert_eq!(second.join().unwrap(), None);
            });
            // What was asked for is found among them.
            let _made = machine.create(0).unwrap();
            assert!(changes.wait(LONG).unwrap().is_some());
        });
    }
}

/// A stream of what was asked for ends each wait at once.
#[test]
fn each_event_of_a_stream_ends_a_wait() {
    let machine = Machine::with("a30");
    let devices = std::slice::from_ref(&machine.device);
    let mut events = EventWatch::start(devices, &[EventKind::Xid]).unwrap();
    in_a_stream_of_others(&machine.simulator, || {
        for _ in 0..100 {
            assert!(events.wait(Duration::MAX).unwrap().is_some());
        }
    });
}
