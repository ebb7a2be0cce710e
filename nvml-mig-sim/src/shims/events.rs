//! Waits for changes of the MIG configuration, the only event of a simulated GPU.

use core::ffi::{c_uint, c_ulonglong};
use std::time::{Duration, Instant};

use nvml_mig_sys::{nvmlDevice_t, nvmlEventData_t, nvmlEventSet_t, nvmlReturn_t};

use super::call;
use super::pointers::{Out, handle, number};
use crate::machine::{Answer, HandleKind, Refusal};
use crate::session::{self, MIG_CONFIG_CHANGE};

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
            machine.gpu(number(device))?;
            objects.require_event_set(machine, number(set))?;
            if event_types & !MIG_CONFIG_CHANGE != 0 {
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
        |machine| {
            let gpu = machine.gpu(number(device))?;
            event_types.write(if gpu.has_mig() { MIG_CONFIG_CHANGE } else { 0 })
        }
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
            data.write(nvmlEventData_t {
                device: wait(number(set), timeout_ms)?,
                eventType: MIG_CONFIG_CHANGE,
                eventData: 0,
                gpuInstanceId: NO_INSTANCE,
                computeInstanceId: NO_INSTANCE,
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
            data.write(EventDataV1 {
                device: wait(number(set), timeout_ms)?,
                event_type: MIG_CONFIG_CHANGE,
                event_data: 0,
            })
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

/// Waits without locking the session, so that other threads can change the machine.
fn wait(set: u64, timeout_ms: u32) -> Answer<nvmlDevice_t> {
    let started = Instant::now();
    let timeout = Duration::from_millis(timeout_ms.into());
    loop {
        let next = session::lock().with_objects(|machine, objects| {
            let gpu = objects.next_event(machine, set)?;
            Ok(gpu.map(|index| machine.handle(HandleKind::Gpu, index)))
        })?;
        if let Some(gpu) = next {
            return Ok(handle(gpu));
        }
        let left = timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(Refusal::Timeout);
        }
        std::thread::sleep(left.min(LOOK_AGAIN));
    }
}
