//! Events of MIG configuration changes.

use std::time::{Duration, Instant};

use nvml_mig_sys::{nvmlEventData_t, nvmlEventSet_t};

use super::nvml::{INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS, TIMEOUT, c, zeroed};

const MIG_CONFIG_CHANGE: u64 = 0x100;

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
    assert_eq!((code, types), (SUCCESS, MIG_CONFIG_CHANGE));
    let other = c!(nvml, nvmlDeviceRegisterEvents(nvml.gpu(0), 0x8, set));
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
