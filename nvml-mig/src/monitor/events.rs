//! Events of GPUs and their instances.

mod kind;

use core::time::Duration;
use std::collections::VecDeque;

use crate::driver::call::call;
use crate::error::{Error, ReturnCode};
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::Device;

use super::event_set::{EventSet, RawEvent};
use super::waker::Waker;

pub use kind::EventKind;

/// # Events
impl Device {
    /// Returns the kinds of events that this GPU supports, in NVML's order.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetSupportedEventTypes")]
    pub fn supported_events(&self) -> Result<Vec<EventKind>, Error> {
        Ok(EventKind::in_bits(self.supported_event_types()?))
    }

    fn supported_event_types(&self) -> Result<u64, Error> {
        let library = self.driver().library();
        let mut types = 0;
        match call!(library.nvmlDeviceGetSupportedEventTypes(self.handle(), &mut types)) {
            Ok(()) => Ok(types),
            Err(failure) if failure.is(ReturnCode::NotSupported) => Ok(0),
            Err(failure) => Err(self.error(failure)),
        }
    }
}

/// An event of a GPU, such as an Xid error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "nvmlEventData_t")]
pub struct DeviceEvent {
    /// The GPU.
    pub device: Device,
    /// Kind of the event.
    pub kind: EventKind,
    /// Data of the event: the number of an Xid error; otherwise as nvml.h defines for the kind.
    pub data: u64,
    /// The GPU instance that it concerns; `None` if it concerns the GPU, or if the driver does not report it.
    pub gpu_instance_id: Option<GpuInstanceId>,
    /// The compute instance that it concerns; `None` if it concerns more, or if the driver does not report it.
    pub compute_instance_id: Option<ComputeInstanceId>,
}

impl DeviceEvent {
    /// Creates an event of this GPU, for example in a test.
    #[must_use]
    pub const fn new(device: Device, kind: EventKind, data: u64) -> Self {
        Self {
            device,
            kind,
            data,
            gpu_instance_id: None,
            compute_instance_id: None,
        }
    }

    /// Sets the GPU instance.
    #[must_use]
    pub fn with_gpu_instance_id(self, id: GpuInstanceId) -> Self {
        Self {
            gpu_instance_id: Some(id),
            ..self
        }
    }

    /// Sets the compute instance.
    #[must_use]
    pub fn with_compute_instance_id(self, id: ComputeInstanceId) -> Self {
        Self {
            compute_instance_id: Some(id),
            ..self
        }
    }

    /// Returns the number of the Xid error; `None` for another event.
    #[must_use]
    pub fn xid(&self) -> Option<u64> {
        (self.kind == EventKind::Xid).then_some(self.data)
    }

    fn of(event: RawEvent) -> Self {
        Self {
            kind: EventKind::of_bits(event.event_type),
            gpu_instance_id: event.gpu_instance_id,
            compute_instance_id: event.compute_instance_id,
            ..Self::new(event.device, EventKind::Xid, event.data)
        }
    }
}

/// Waits for events of some GPUs, such as Xid and ECC errors. This needs no privilege.
///
/// A GPU that falls off the bus ends the watch of that GPU only: [`wait`](Self::wait) returns the error once and then
/// continues with the others.
///
/// ```
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
/// use std::time::Duration;
///
/// use nvml_mig::monitor::{EventKind, EventWatch};
///
/// let kinds = [EventKind::Xid, EventKind::DoubleBitEcc];
/// let mut watch = EventWatch::start(&nvml.devices()?, &kinds)?;
/// # simulator.post_event(0, nvml_mig_sim::Event::new(8, 79))?;
/// if let Some(event) = watch.wait(Duration::from_secs(1))? {
///     // `gpu_instance_id` says whose MIG device it concerns.
///     println!("{} {} on {}", event.kind, event.data, event.device.uuid()?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventWatch {
    /// `None` without a GPU.
    events: Option<EventSet>,
    /// GPUs that can't be watched, and errors that were not returned yet.
    errors: VecDeque<Error>,
    waker: Waker,
}

impl EventWatch {
    /// Starts to watch these GPUs, which must be of one library, for events of these kinds. Kinds that a GPU does not support
    /// are left out for it; [`supported_events`](Device::supported_events) lists them. If some GPUs can't be watched, the
    /// others are, and the first calls of [`wait`](Self::wait) return the errors.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if no GPU can be watched, [`ReturnCode::NotSupported`] if the driver has no events.
    #[doc(alias = "nvmlEventSetCreate")]
    #[doc(alias = "nvmlDeviceRegisterEvents")]
    pub fn start(devices: &[Device], kinds: &[EventKind]) -> Result<Self, Error> {
        let mut watch = Self {
            events: None,
            errors: VecDeque::new(),
            waker: Waker::default(),
        };
        let Some(first) = devices.first() else {
            return Ok(watch);
        };
        let mut events = EventSet::create(first)?.ok_or_else(|| no_events(first))?;
        let wanted = kinds.iter().fold(0, |bits, kind| bits | kind.bit());
        for device in devices {
            let registered = device.supported_event_types().and_then(|supported| {
                let types = supported & wanted;
                (types == 0 || events.register(device, types)?)
                    .then_some(())
                    .ok_or_else(|| no_events(device))
            });
            watch.errors.extend(registered.err());
        }
        let failed = watch.errors.len() == devices.len();
        watch.events = Some(events);
        match watch.errors.pop_front() {
            Some(error) if failed => Err(error),
            error => {
                watch.errors.extend(error);
                Ok(watch)
            }
        }
    }

    /// Returns the GPUs that are watched: those that support one of the kinds and have not failed.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.events.iter().flat_map(EventSet::devices)
    }

    /// Returns a handle with which another thread can end a wait.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits for the next event, and returns `None` if there is none within `timeout`, or if the wait was ended. A timeout of
    /// zero only looks, for programs that have other work. Events of other kinds, which a driver may send too, do not prolong
    /// the wait.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if an NVML call fails. A GPU that no longer answers is left out from then on; the next call waits for
    /// the others.
    #[doc(alias = "nvmlEventSetWait_v2")]
    #[doc(alias = "nvmlEventSetWait_v3")]
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<DeviceEvent>, Error> {
        if let Some(error) = self.errors.pop_front() {
            return Err(error);
        }
        let events = &mut self.events;
        let found = self.waker.wait(timeout, |left| match events {
            Some(events) => match events.next(left) {
                Ok(found) => Ok(found.filter(|event| events.expects(event))),
                Err(failure) => Err(events.without_lost(failure, left)),
            },
            None => {
                std::thread::sleep(left);
                Ok(None)
            }
        });
        match found {
            Ok(found) => Ok(found.map(DeviceEvent::of)),
            Err(errors) => {
                self.errors.extend(errors);
                self.errors.pop_front().map_or(Ok(None), Err)
            }
        }
    }
}

fn no_events(device: &Device) -> Error {
    device.error(crate::driver::call::Failure {
        function: "nvmlDeviceRegisterEvents",
        code: ReturnCode::NotSupported,
    })
}
