//! NVML's events of MIG changes.

use core::time::Duration;
use std::time::Instant;

use nvml_mig_sys::{self as sys, Handle, nvmlEventSet_st};

use super::MigConfigChange;
use crate::driver::call::{Failure, call};
use crate::error::{Error, ReturnCode};
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::Device;

/// The event's bit; bindgen reads the macro as a smaller type than the functions take.
const MIG_CONFIG_CHANGE: u64 = sys::nvmlEventMigConfigChange as u64;

/// The longest single wait; a longer one is made of several.
const LONGEST: Duration = Duration::from_secs(3600);

/// The events of some GPUs. It is freed when dropped: unlike instances, it belongs to this process.
#[derive(Debug)]
pub(super) struct EventSet {
    /// Keeps NVML alive, and names the GPUs of events.
    devices: Vec<Device>,
    first: Device,
    set: Handle<nvmlEventSet_st>,
}

impl EventSet {
    /// Returns `None` if there is no GPU, if the GPUs belong to different libraries, or if the driver does not send
    /// these events for one of them.
    pub(super) fn of(devices: &[Device]) -> Result<Option<Self>, Error> {
        let Some(first) = devices.first() else {
            return Ok(None);
        };
        if !devices.iter().all(|device| device.is_of_library_of(first)) {
            return Ok(None);
        }
        let Some(set) = create(first)? else {
            return Ok(None);
        };
        let events = Self {
            devices: devices.to_vec(),
            first: first.clone(),
            set,
        };
        for device in devices {
            if !events.register(device)? {
                return Ok(None);
            }
        }
        Ok(Some(events))
    }

    fn register(&self, device: &Device) -> Result<bool, Error> {
        let library = device.driver().library();
        let (handle, set) = (device.handle(), self.set);
        let registered = call!(library.nvmlDeviceRegisterEvents(handle, MIG_CONFIG_CHANGE, set));
        supported(device, registered.map(|()| true)).map(|answer| answer.unwrap_or(false))
    }

    pub(super) fn wait(&self, timeout: Duration) -> Result<Option<MigConfigChange>, Error> {
        let began = Instant::now();
        loop {
            let left = timeout.saturating_sub(began.elapsed());
            match self.next(left) {
                Ok(event) if event.eventType & MIG_CONFIG_CHANGE != 0 => {
                    return Ok(Some(self.change(&event)));
                }
                Ok(_) => {}
                Err(failure) if failure.is(ReturnCode::Timeout) && left <= LONGEST => {
                    return Ok(None);
                }
                Err(failure) if failure.is(ReturnCode::Timeout) => {}
                Err(failure) => return Err(self.first.error(failure)),
            }
        }
    }

    fn next(&self, left: Duration) -> Result<sys::nvmlEventData_t, Failure> {
        let library = self.first.driver().library();
        let milliseconds = u32::try_from(left.min(LONGEST).as_millis()).unwrap_or(u32::MAX);
        let mut event = sys::nvmlEventData_t::default();
        call!(library.nvmlEventSetWait_v2(self.set, &mut event, milliseconds))?;
        Ok(event)
    }

    fn change(&self, event: &sys::nvmlEventData_t) -> MigConfigChange {
        let known = |id: u32| (id != u32::MAX).then_some(id);
        let device = self.first.sibling(Handle::new(event.device));
        let device = self
            .devices
            .iter()
            .find(|watched| **watched == device)
            .cloned()
            .unwrap_or(device);
        MigConfigChange {
            device,
            gpu_instance_id: known(event.gpuInstanceId).map(GpuInstanceId::new),
            compute_instance_id: known(event.computeInstanceId).map(ComputeInstanceId::new),
        }
    }
}

fn create(device: &Device) -> Result<Option<Handle<nvmlEventSet_st>>, Error> {
    let library = device.driver().library();
    let mut raw = Handle::NULL.raw();
    let created = call!(library.nvmlEventSetCreate(&mut raw));
    supported(device, created.map(|()| raw)).map(|raw| raw.map(Handle::new))
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

    use super::{EventSet, MIG_CONFIG_CHANGE};
    use crate::device::Nvml;
    use crate::id::{ComputeInstanceId, GpuInstanceId};

    #[test]
    fn an_event_names_the_instance_that_the_driver_names() {
        let simulator = Simulator::builder().gpu(GpuSpec::new("a30"));
        let simulator = simulator.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let events = EventSet::of(std::slice::from_ref(&device))
            .unwrap()
            .unwrap();
        let event = nvmlEventData_t {
            device: device.handle().raw(),
            eventType: MIG_CONFIG_CHANGE,
            gpuInstanceId: 3,
            computeInstanceId: 0,
            ..Default::default()
        };
        let change = events.change(&event);
        assert_eq!(change.device, device);
        assert_eq!(change.gpu_instance_id, Some(GpuInstanceId::new(3)));
        assert_eq!(change.compute_instance_id, Some(ComputeInstanceId::new(0)));
        let event = nvmlEventData_t {
            gpuInstanceId: u32::MAX,
            computeInstanceId: u32::MAX,
            ..event
        };
        let change = events.change(&event);
        assert_eq!(
            (change.gpu_instance_id, change.compute_instance_id),
            (None, None)
        );
    }
}
