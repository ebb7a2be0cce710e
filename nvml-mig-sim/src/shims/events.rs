//! Events of GPUs: changes of the MIG configuration, and those that a test posts.

use core::ffi::{c_char, c_uint, c_ulonglong};
use std::time::{Duration, Instant};

use nvml_mig_sys::{
    nvmlDevice_t, nvmlEventData_t, nvmlEventSet_t, nvmlEventSetWait_v3_t, nvmlReturn_t,
};

use super::call;
use super::pointers::{Out, handle, number};
use crate::machine::{Answer, Event, HandleKind, Refusal};
use crate::session;

/// Polling interval of a wait: a change by another process can't wake this one.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// NVML's value for an event that concerns no instance.
const NO_INSTANCE: u32 = u32::MAX;

/// The structure of the unversioned `nvmlEventSetWait`: without instance IDs.
#[derive(Clone, Copy)]
#[repr(C)]
struct EventDataV1 {
    device: nvmlDevice_t,
    event_type: c_ulonglong,
    event_data: c_ulonglong,
}

/// Creates an event set.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlEventSetCreate(set: Out<nvmlEventSet_t>) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlEventSetCreate(set),
        |machine, objects| {
            set.require()?;
            set.write(handle(objects.create_event_set(machine)))
        },
        Ok,
    )
}

/// Registers events of a GPU with an event set.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceRegisterEvents(
    device: nvmlDevice_t,
    event_types: c_ulonglong,
    set: nvmlEventSet_t,
) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlDeviceRegisterEvents(device, event_types, set),
        |machine, objects| {
            let gpu = machine.gpu(number(device))?;
            objects.require_event_set(machine, number(set))?;
            if event_types & !gpu.supported_events() != 0 {
                return Err(Refusal::NotSupported);
            }
            objects.register(machine, number(set), number(device), event_types)
        },
        Ok,
    )
}

/// Returns the events that a GPU supports.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetSupportedEventTypes(
    device: nvmlDevice_t,
    event_types: Out<c_ulonglong>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetSupportedEventTypes(device, event_types),
        |machine| { event_types.write(machine.gpu(number(device))?.supported_events()) }
    )
}

/// Waits for the next event of a set.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlEventSetWait_v2(
    set: nvmlEventSet_t,
    data: Out<nvmlEventData_t>,
    timeout_ms: c_uint,
) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlEventSetWait_v2(set, data, timeout_ms),
        |machine, objects| {
            objects.require_event_set(machine, number(set))?;
            data.require()
        },
        |()| {
            let Found { device, event, .. } = wait(number(set), timeout_ms)?;
            data.write(nvmlEventData_t {
                device,
                eventType: event.event_type,
                eventData: event.data,
                gpuInstanceId: event.gpu_instance.unwrap_or(NO_INSTANCE),
                computeInstanceId: event.compute_instance.unwrap_or(NO_INSTANCE),
            })
        },
    )
}

/// Waits for the next event of a set; fills the older structure.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlEventSetWait(
    set: nvmlEventSet_t,
    data: Out<EventDataV1>,
    timeout_ms: c_uint,
) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlEventSetWait(set, data, timeout_ms),
        |machine, objects| {
            objects.require_event_set(machine, number(set))?;
            data.require()
        },
        |()| {
            let Found { device, event, .. } = wait(number(set), timeout_ms)?;
            data.write(EventDataV1 {
                device,
                event_type: event.event_type,
                event_data: event.data,
            })
        },
    )
}

/// Waits for the next event of a set; the timeout is in the structure. Operational events are not simulated.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlEventSetWait_v3(
    set: nvmlEventSet_t,
    data: Out<nvmlEventSetWait_v3_t>,
) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlEventSetWait_v3(set, data),
        |machine, objects| {
            objects.require_event_set(machine, number(set))?;
            data.require()
        },
        |()| {
            let timeout_ms = data.read()?.timeoutMs;
            let Found { uuid, event, .. } = wait(number(set), timeout_ms)?;
            let mut found = nvmlEventSetWait_v3_t {
                timeoutMs: timeout_ms,
                eventType: event.event_type,
                eventData: event.data,
                gpuInstanceId: event.gpu_instance.unwrap_or(NO_INSTANCE),
                computeInstanceId: event.compute_instance.unwrap_or(NO_INSTANCE),
                ..Default::default()
            };
            for (place, byte) in found.uuid.iter_mut().zip(uuid.bytes()) {
                *place = byte.cast_signed() as c_char;
            }
            data.write(found)
        },
    )
}

/// Frees an event set.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlEventSetFree(set: nvmlEventSet_t) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlEventSetFree(set),
        |machine, objects| objects.free_event_set(machine, number(set)),
        Ok,
    )
}

/// An event with its GPU.
struct Found {
    device: nvmlDevice_t,
    uuid: String,
    event: Event,
}

/// Waits without locking the session, so that other threads can change the machine.
fn wait(set: u64, timeout_ms: u32) -> Answer<Found> {
    let started = Instant::now();
    let timeout = Duration::from_millis(timeout_ms.into());
    loop {
        let next = session::lock().with_objects(|machine, objects| {
            let Some((index, event)) = objects.next_event(machine, set)? else {
                return Ok(None);
            };
            Ok(Some(Found {
                device: handle(machine.handle(HandleKind::Gpu, index)),
                uuid: machine.gpu_at(index)?.uuid_text(),
                event,
            }))
        })?;
        if let Some(found) = next {
            return Ok(found);
        }
        let left = timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(Refusal::Timeout);
        }
        std::thread::sleep(left.min(LOOK_AGAIN));
    }
}
