//! NVML's event sets.

use core::time::Duration;
use std::collections::VecDeque;

use nvml_mig_sys::{self as sys, Handle, nvmlEventSet_st};

use crate::driver::buffer;
use crate::driver::call::{Failure, call};
use crate::error::{Error, ReturnCode, Subject};
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::Device;

/// The events of some GPUs of one library. It is freed when dropped: unlike instances, it belongs to this process.
#[derive(Debug)]
pub(super) struct EventSet {
    /// The registered GPUs with the kinds of their events. They keep NVML alive.
    registered: Vec<(Device, u64)>,
    first: Device,
    set: Handle<nvmlEventSet_st>,
}

/// An event as NVML reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawEvent {
    pub(super) device: Device,
    pub(super) event_type: u64,
    pub(super) data: u64,
    pub(super) gpu_instance_id: Option<GpuInstanceId>,
    pub(super) compute_instance_id: Option<ComputeInstanceId>,
}

impl EventSet {
    /// Creates an empty set; `None` if the driver has none.
    pub(super) fn create(first: &Device) -> Result<Option<Self>, Error> {
        let library = first.driver().library();
        let mut raw = Handle::NULL.raw();
        let created = call!(library.nvmlEventSetCreate(&mut raw));
        let set = supported(first, created.map(|()| raw))?;
        Ok(set.map(|raw| Self {
            registered: Vec::new(),
            first: first.clone(),
            set: Handle::new(raw),
        }))
    }

    /// Registers a GPU for events of these kinds; returns `false` if it does not support one of them.
    pub(super) fn register(&mut self, device: &Device, event_types: u64) -> Result<bool, Error> {
        let library = device.driver().library();
        let (handle, set) = (device.handle(), self.set);
        let registered = call!(library.nvmlDeviceRegisterEvents(handle, event_types, set));
        let is_supported = supported(device, registered)?.is_some();
        if is_supported {
            self.registered.push((device.clone(), event_types));
        }
        Ok(is_supported)
    }

    /// Returns the registered GPUs.
    pub(super) fn devices(&self) -> impl Iterator<Item = &Device> {
        self.registered.iter().map(|(device, _)| device)
    }

    /// Returns whether a GPU was registered for this kind of events: a driver may send others.
    pub(super) fn expects(&self, event: &RawEvent) -> bool {
        let mut registered = self.registered.iter();
        registered.any(|(_, types)| types & event.event_type != 0)
    }

    /// Waits for the next event of any kind; `None` if there is none in time.
    pub(super) fn next(&self, timeout: Duration) -> Result<Option<RawEvent>, Failure> {
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        let answer = match self.next_with_uuid(milliseconds) {
            Err(failure) if is_no_version_3(failure) && is_of_wait(failure) => {
                self.next_with_handle(milliseconds)
            }
            answer => answer,
        };
        match answer {
            Err(failure) if failure.is(ReturnCode::Timeout) && is_of_wait(failure) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Whether events can be waited for. Some drivers accept registrations without the functions to wait.
    pub(super) fn can_wait(&self) -> bool {
        // An event that has come already is in the first list of instances.
        match self.next(Duration::ZERO) {
            Err(failure) if is_of_wait(failure) => {
                !failure.is_missing() && !failure.is(ReturnCode::NotSupported)
            }
            _ => true,
        }
    }

    /// nvml.h 13.4 and newer.
    fn next_with_uuid(&self, timeout_ms: u32) -> Result<RawEvent, Failure> {
        let library = self.first.driver().library();
        // Several, in case a driver writes a longer structure.
        let mut events = [sys::nvmlEventSetWait_v3_t::default(); 2];
        let [event, _] = &mut events;
        event.timeoutMs = timeout_ms;
        call!(library.nvmlEventSetWait_v3(self.set, events.as_mut_slice()))?;
        let [event, _] = &events;
        Ok(RawEvent {
            device: self.with_uuid(&buffer::string(&event.uuid))?.clone(),
            event_type: event.eventType,
            data: event.eventData,
            gpu_instance_id: known(event.gpuInstanceId).map(GpuInstanceId::new),
            compute_instance_id: known(event.computeInstanceId).map(ComputeInstanceId::new),
        })
    }

    /// Returns the registered GPU with this UUID. One that does not tell its own now is it if no other can be.
    fn with_uuid(&self, uuid: &str) -> Result<&Device, Failure> {
        let mut silent = Vec::new();
        for device in self.devices() {
            match device.known_uuid() {
                Ok(known) if known == uuid => return Ok(device),
                Ok(_) => {}
                Err(failure) => silent.push((device, failure)),
            }
        }
        match silent.as_slice() {
            [] => Err(Failure::implausible("nvmlEventSetWait_v3")),
            [(only, _)] => Ok(only),
            [(_, failure), ..] => Err(*failure),
        }
    }

    fn next_with_handle(&self, timeout_ms: u32) -> Result<RawEvent, Failure> {
        let library = self.first.driver().library();
        // Several, in case a driver writes a longer structure.
        let mut events = [sys::nvmlEventData_t::default(); 4];
        call!(library.nvmlEventSetWait_v2(self.set, events.as_mut_slice(), timeout_ms))?;
        let [event, ..] = &events;
        Ok(self.event(event))
    }

    fn event(&self, event: &sys::nvmlEventData_t) -> RawEvent {
        let device = self.first.sibling(Handle::new(event.device));
        let watched = self.devices().find(|watched| **watched == device).cloned();
        RawEvent {
            device: watched.unwrap_or(device),
            event_type: event.eventType,
            data: event.eventData,
            gpu_instance_id: known(event.gpuInstanceId).map(GpuInstanceId::new),
            compute_instance_id: known(event.computeInstanceId).map(ComputeInstanceId::new),
        }
    }

    /// Converts a failed wait to the public errors, and continues without the GPUs that no longer answer. NVML does not say
    /// which GPU a failure concerns. `left` is the rest of the time to wait.
    pub(super) fn without_lost(&mut self, failure: Failure, left: Duration) -> VecDeque<Error> {
        let answers = |(device, _): &(Device, u64)| device.uuid_or_failure().is_ok();
        let registered = core::mem::take(&mut self.registered);
        let (answering, lost) = registered.into_iter().partition::<Vec<_>, _>(answers);
        if lost.is_empty() {
            self.registered = answering;
            // A failure that lasts would otherwise be returned thousands of times a second.
            std::thread::sleep(left);
            let error = self
                .first
                .driver()
                .error(failure, &|| (Subject::default(), None));
            return VecDeque::from([error]);
        }
        let lost = lost.iter();
        let mut errors: VecDeque<Error> = lost.map(|(device, _)| device.error(failure)).collect();
        // NVML can't remove a GPU from a set.
        match Self::create(&self.first) {
            Ok(Some(mut set)) => {
                for (device, event_types) in answering {
                    // One that fails now was lost in the meantime.
                    errors.extend(set.register(&device, event_types).err());
                }
                *self = set;
            }
            Ok(None) => self.registered = answering,
            Err(error) => {
                errors.push_back(error);
                self.registered = answering;
            }
        }
        errors
    }
}

/// Whether the driver has no usable `nvmlEventSetWait_v3`.
fn is_no_version_3(failure: Failure) -> bool {
    let codes = [
        ReturnCode::NotSupported,
        ReturnCode::ArgumentVersionMismatch,
    ];
    failure.is_missing() || codes.contains(&failure.code)
}

/// Whether the driver failed to wait, and not to describe the GPU of an event that has come.
fn is_of_wait(failure: Failure) -> bool {
    failure.function.starts_with("nvmlEventSetWait")
}

/// NVML's value for no instance is the maximum.
fn known(id: u32) -> Option<u32> {
    (id != u32::MAX).then_some(id)
}

/// Returns `None` if the driver does not support these events.
fn supported<T>(device: &Device, answer: Result<T, Failure>) -> Result<Option<T>, Error> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.is_missing() || failure.is(ReturnCode::NotSupported) => Ok(None),
        // A driver that supports events but not this one rejects its bit as invalid.
        Err(failure) if failure.is(ReturnCode::InvalidArgument) => Ok(None),
        Err(failure) => Err(device.error(failure)),
    }
}

impl Drop for EventSet {
    fn drop(&mut self) {
        let library = self.first.driver().library();
        // A set that can't be freed is lost until NVML shuts down; nothing depends on it.
        let _refusal = call!(library.nvmlEventSetFree(self.set));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use nvml_mig_sim::{GpuSpec, Simulator};
    use nvml_mig_sys::nvmlEventData_t;

    use super::EventSet;
    use crate::device::Nvml;
    use crate::id::{ComputeInstanceId, GpuInstanceId};

    #[test]
    fn an_event_names_the_instance_that_the_driver_names() {
        let simulator = Simulator::builder().gpu(GpuSpec::new("a30"));
        let simulator = simulator.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let mut events = EventSet::create(&device).unwrap().unwrap();
        assert!(events.register(&device, 0x100).unwrap());
        let event = nvmlEventData_t {
            device: device.handle().raw(),
            eventType: 0x100,
            gpuInstanceId: 3,
            computeInstanceId: 0,
            ..Default::default()
        };
        let found = events.event(&event);
        assert_eq!(found.device, device);
        assert_eq!(found.gpu_instance_id, Some(GpuInstanceId::new(3)));
        assert_eq!(found.compute_instance_id, Some(ComputeInstanceId::new(0)));
        let event = nvmlEventData_t {
            gpuInstanceId: u32::MAX,
            computeInstanceId: u32::MAX,
            ..event
        };
        let found = events.event(&event);
        assert_eq!(
            (found.gpu_instance_id, found.compute_instance_id),
            (None, None)
        );
    }
}
