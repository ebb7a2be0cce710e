//! Events: MIG configuration changes, and those that a test posts.

use std::time::{Duration, Instant};

use nvml_mig_sim::{Event, GpuSpec, Simulator};
use nvml_mig_sys::{nvmlEventData_t, nvmlEventSet_t, nvmlEventSetWait_v3_t};

use super::nvml::{INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS, TIMEOUT, c, zeroed};

const MIG_CONFIG_CHANGE: u64 = 0x100;
const ECC: u64 = 0x1 | 0x2;
const XID: u64 = 0x8;

/// A set that waits for changes of the first GPU.
fn registered(nvml: &Nvml) -> nvmlEventSet_t {
    let mut set = core::ptr::null_mut();
    assert_eq!(c!(nvml, nvmlEventSetCreate(&mut set)), SUCCESS);
    let code = c!(
        nvml,
        nvmlDeviceRegisterEvents(nvml.gpu(0), MIG_CONFIG_CHANGE, set)
    );
    assert_eq!(code, SUCCESS);
    set
}

fn wait(nvml: &Nvml, set: nvmlEventSet_t, timeout_ms: u32) -> (u32, nvmlEventData_t) {
    let mut data = zeroed();
    (
        c!(nvml, nvmlEventSetWait_v2(set, &mut data, timeout_ms)),
        data,
    )
}

#[test]
fn each_change_is_one_event() {
    let nvml = Nvml::with("a30");
    nvml.create(14).unwrap();
    let set = registered(&nvml);
    assert_eq!(
        wait(&nvml, set, 0).0,
        TIMEOUT,
        "what was before doesn't count"
    );
    let parent = nvml.create(14).unwrap();
    nvml.create_compute(parent, 0).unwrap();
    for _ in 0..2 {
        let (code, data) = wait(&nvml, set, 0);
        assert_eq!(
            (code, data.device, data.eventType),
            (SUCCESS, nvml.gpu(0), MIG_CONFIG_CHANGE)
        );
        assert_eq!(
            (data.gpuInstanceId, data.computeInstanceId),
            (u32::MAX, u32::MAX)
        );
    }
    assert_eq!(wait(&nvml, set, 0).0, TIMEOUT);
}

#[test]
fn a_wait_ends_in_time() {
    let nvml = Nvml::with("a30");
    let set = registered(&nvml);
    let started = Instant::now();
    assert_eq!(wait(&nvml, set, 30).0, TIMEOUT);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[test]
fn others_go_on_while_one_waits() {
    let nvml = Nvml::with("a30");
    let set = nvml_mig_sys::Handle::new(registered(&nvml));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait(&nvml, { set }.raw(), 60_000).0);
        nvml.create(0).unwrap();
        assert_eq!(waiting.join().unwrap(), SUCCESS);
    });
}

#[test]
fn what_can_t_be_registered() {
    let nvml = Nvml::with("a30");
    let set = registered(&nvml);
    let mut types = 0;
    let code = c!(
        nvml,
        nvmlDeviceGetSupportedEventTypes(nvml.gpu(0), &mut types)
    );
    // Changes of MIG, ECC errors and Xid errors, but no changes of clocks.
    assert_eq!((code, types), (SUCCESS, MIG_CONFIG_CHANGE | ECC | XID));
    let other = c!(nvml, nvmlDeviceRegisterEvents(nvml.gpu(0), 0x10, set));
    assert_eq!(other, NOT_SUPPORTED);
    let parent = nvml.create(0).unwrap();
    nvml.create_compute(parent, 3).unwrap();
    let mig = nvml.mig(0).unwrap();
    let on_mig = c!(nvml, nvmlDeviceRegisterEvents(mig, MIG_CONFIG_CHANGE, set));
    assert_eq!(on_mig, INVALID_ARGUMENT, "events are the parent's");
}

#[test]
fn a_freed_set_is_gone() {
    let nvml = Nvml::with("a30");
    let set = registered(&nvml);
    assert_eq!(c!(nvml, nvmlEventSetFree(set)), SUCCESS);
    assert_eq!(c!(nvml, nvmlEventSetFree(set)), INVALID_ARGUMENT);
    assert_eq!(wait(&nvml, set, 0).0, INVALID_ARGUMENT);
    let code = c!(
        nvml,
        nvmlDeviceRegisterEvents(nvml.gpu(0), MIG_CONFIG_CHANGE, set)
    );
    assert_eq!(code, INVALID_ARGUMENT);
}

/// Only the kinds that were registered come, in order, with the instance that they concern.
#[test]
fn posted_events_come_with_their_instance() {
    let nvml = Nvml::with("a30");
    let set = registered(&nvml);
    nvml.simulator.post_event(0, Event::new(XID, 13)).unwrap();
    let register = |types| c!(nvml, nvmlDeviceRegisterEvents(nvml.gpu(0), types, set));
    assert_eq!(register(XID), SUCCESS);
    let event = Event::new(XID, 79).gpu_instance(3).compute_instance(0);
    for event in [Event::new(0x2, 0), event, Event::new(XID, 31)] {
        nvml.simulator.post_event(0, event).unwrap();
    }
    for (data, gpu_instance, compute_instance) in [(79, 3, 0), (31, u32::MAX, u32::MAX)] {
        let (code, found) = wait(&nvml, set, 0);
        assert_eq!(
            (code, found.device, found.eventType, found.eventData),
            (SUCCESS, nvml.gpu(0), XID, data)
        );
        let ids = (found.gpuInstanceId, found.computeInstanceId);
        assert_eq!(ids, (gpu_instance, compute_instance));
    }
    assert_eq!(wait(&nvml, set, 0).0, TIMEOUT);
    // More than the simulator keeps: the latest are left.
    for number in 0..100 {
        nvml.simulator
            .post_event(0, Event::new(XID, number))
            .unwrap();
    }
    for number in 36..100 {
        assert_eq!(wait(&nvml, set, 0).1.eventData, number);
    }
    assert_eq!(wait(&nvml, set, 0).0, TIMEOUT);
    for (gpu, event) in [
        (1, Event::new(XID, 1)),
        (0, Event::new(0x10, 1)),
        (0, Event::new(3, 1)),
    ] {
        nvml.simulator.post_event(gpu, event).unwrap_err();
    }
}

/// nvml.h 13.4: the GPU by its UUID, and the timeout in the structure.
#[test]
fn the_newest_wait_names_the_gpu_by_its_uuid() {
    let builder = Simulator::builder().driver_version("615.10");
    let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
    let set = registered(&nvml);
    assert_eq!(
        c!(nvml, nvmlDeviceRegisterEvents(nvml.gpu(0), XID, set)),
        SUCCESS
    );
    let event = Event::new(XID, 79).gpu_instance(1).compute_instance(0);
    nvml.simulator.post_event(0, event).unwrap();
    let mut found: nvmlEventSetWait_v3_t = zeroed();
    assert_eq!(c!(nvml, nvmlEventSetWait_v3(set, &mut found)), SUCCESS);
    let uuid: String = found
        .uuid
        .iter()
        .map(|byte| char::from(byte.to_ne_bytes()[0]))
        .collect();
    let uuid = uuid.trim_end_matches('\0');
    assert_eq!(uuid, nvml.uuid(nvml.gpu(0)));
    assert_eq!((found.eventType, found.eventData), (XID, 79));
    assert_eq!((found.gpuInstanceId, found.computeInstanceId), (1, 0));
    assert_eq!(c!(nvml, nvmlEventSetWait_v3(set, &mut found)), TIMEOUT);
}
