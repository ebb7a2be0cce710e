//! Events of GPUs: Xid and ECC errors, with the instances that they concern.

use std::time::Duration;

use crate::support::machine::on_each_driver;
use nvml_mig::Nvml;
use nvml_mig::ReturnCode;
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::monitor::{DeviceEvent, EventKind, EventWatch};
use nvml_mig_sim::{Caller, Event, GpuSpec, Simulator, nvmlReturn_t};

const NO_TIME: Duration = Duration::ZERO;
const XID: u64 = 8;

#[test]
fn an_xid_comes_with_its_instance_for_an_ordinary_user() {
    // The newest has nvmlEventSetWait_v3.
    for driver in ["535.261.03", "615.10"] {
        let builder = Simulator::builder().driver_version(driver);
        let builder = builder.gpu(GpuSpec::new("t4")).gpu(GpuSpec::new("a30"));
        let simulator = builder.caller(Caller::Unprivileged).start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let devices = nvml.devices().unwrap();
        let mut watch = EventWatch::start(&devices, &[EventKind::Xid]).unwrap();
        assert_eq!(watch.devices().count(), 2);
        assert_eq!(watch.wait(NO_TIME).unwrap(), None);

        let event = Event::new(XID, 31).gpu_instance(2).compute_instance(0);
        simulator.post_event(1, event).unwrap();
        let found = watch.wait(NO_TIME).unwrap().unwrap();
        let expected = DeviceEvent::new(devices[1].clone(), EventKind::Xid, 31)
            .with_gpu_instance_id(GpuInstanceId::new(2))
            .with_compute_instance_id(ComputeInstanceId::new(0));
        assert_eq!(found, expected, "{driver}");
        assert_eq!(found.xid(), Some(31));

        simulator.post_event(0, Event::new(XID, 79)).unwrap();
        let found = watch.wait(NO_TIME).unwrap().unwrap();
        assert_eq!(
            found,
            DeviceEvent::new(devices[0].clone(), EventKind::Xid, 79)
        );
        // Another kind, which was not asked for.
        simulator.post_event(1, Event::new(1, 0)).unwrap();
        assert_eq!(watch.wait(NO_TIME).unwrap(), None);
    }
}

#[test]
fn each_gpu_is_watched_for_what_it_supports() {
    let builder = Simulator::builder().gpu(GpuSpec::new("t4"));
    let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let errors = [
        EventKind::SingleBitEcc,
        EventKind::DoubleBitEcc,
        EventKind::Xid,
    ];
    assert_eq!(devices[0].supported_events().unwrap(), errors);
    let with_mig = [&errors[..], &[EventKind::MigConfigChange]].concat();
    assert_eq!(devices[1].supported_events().unwrap(), with_mig);
    let kinds = [EventKind::MigConfigChange, EventKind::Other(1 << 20)];
    let watch = EventWatch::start(&devices, &kinds).unwrap();
    let watched: Vec<_> = watch.devices().collect();
    assert_eq!(watched, [&devices[1]]);
    let mut nothing = EventWatch::start(&[], &kinds).unwrap();
    assert_eq!(nothing.wait(NO_TIME).unwrap(), None);
}

#[test]
fn a_lost_gpu_does_not_end_the_watch_of_the_others() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let mut watch = EventWatch::start(&devices, &[EventKind::Xid]).unwrap();
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.refuse_gpu(0, Some(lost)).unwrap();
    simulator.fail("nvmlEventSetWait_v2", 1, lost).unwrap();
    let error = watch.wait(NO_TIME).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::GpuIsLost));
    assert!(watch.devices().eq([&devices[1]]));
    simulator.post_event(1, Event::new(XID, 13)).unwrap();
    assert_eq!(watch.wait(NO_TIME).unwrap().unwrap().xid(), Some(13));
    let mut late = EventWatch::start(&devices, &[EventKind::Xid]).unwrap();
    assert_eq!(
        late.wait(NO_TIME).unwrap_err().code(),
        Some(ReturnCode::GpuIsLost)
    );
    assert_eq!(late.wait(NO_TIME).unwrap(), None);
    EventWatch::start(&devices[..1], &[EventKind::Xid]).unwrap_err();
}

#[test]
fn a_driver_without_events_is_an_error() {
    on_each_driver(|driver| {
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let machine = driver.open(builder.hide(["nvmlEventSetCreate"]));
        let watched = std::slice::from_ref(&machine.device);
        let error = EventWatch::start(watched, &[EventKind::Xid]).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NotSupported));
    });
}

#[test]
fn a_wait_is_ended_from_another_thread() {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    for devices in [nvml.devices().unwrap(), Vec::new()] {
        let mut watch = EventWatch::start(&devices, &[EventKind::Xid]).unwrap();
        watch.waker().wake();
        assert_eq!(watch.wait(Duration::MAX).unwrap(), None);
    }
}
