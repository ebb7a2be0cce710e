//! Waits for changes of the MIG configuration.

mod event_set;
mod poll;

use core::time::Duration;
use std::time::Instant;

use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::Device;
use event_set::EventSet;
use poll::Poll;

/// Polling interval if the driver sends no events.
const POLL: Duration = Duration::from_millis(200);

/// A change of the MIG configuration: instances of a GPU were created or destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "nvmlEventData_t")]
pub struct MigConfigChange {
    /// The GPU that changed.
    pub device: Device,
    /// The GPU instance, if the driver reports it.
    pub gpu_instance_id: Option<GpuInstanceId>,
    /// The compute instance, if the driver reports it.
    pub compute_instance_id: Option<ComputeInstanceId>,
}

impl MigConfigChange {
    /// Creates a change of this GPU with no known instance, for tests and for other sources.
    #[must_use]
    pub const fn new(device: Device) -> Self {
        Self {
            device,
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
}

/// Waits for changes of the MIG configuration of some GPUs by any process.
///
/// It listens to the driver's `MigConfigChange` events. If a driver does not send them, it compares the instances several
/// times a second, and misses changes that cancel each other in between.
#[derive(Debug)]
pub struct MigWatch {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Events(EventSet),
    Polls(Vec<Poll>),
}

impl MigWatch {
    /// Starts to watch these GPUs.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses; comparing instances needs the privilege to list them, events do not.
    #[doc(alias = "nvmlEventSetCreate")]
    #[doc(alias = "nvmlDeviceRegisterEvents")]
    pub fn start(devices: &[Device]) -> Result<Self, Error> {
        let source = match EventSet::of(devices)? {
            Some(events) => Source::Events(events),
            None => Source::Polls(devices.iter().map(Poll::of).collect::<Result<_, _>>()?),
        };
        Ok(Self { source })
    }

    /// Returns whether the driver sends events; if not, instances are compared.
    #[must_use]
    pub const fn has_events(&self) -> bool {
        matches!(self.source, Source::Events(_))
    }

    /// Waits for the next change, and returns `None` if there is none within `timeout`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses, as it does when a GPU falls off the bus.
    #[doc(alias = "nvmlEventSetWait_v2")]
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<MigConfigChange>, Error> {
        match &mut self.source {
            Source::Events(events) => events.wait(timeout),
            Source::Polls(polls) => wait_for_difference(polls, timeout),
        }
    }
}

fn wait_for_difference(
    polls: &mut [Poll],
    timeout: Duration,
) -> Result<Option<MigConfigChange>, Error> {
    let began = Instant::now();
    loop {
        for poll in &mut *polls {
            if poll.renew()? {
                return Ok(Some(MigConfigChange::new(poll.device().clone())));
            }
        }
        let Some(left) = timeout.checked_sub(began.elapsed()) else {
            return Ok(None);
        };
        std::thread::sleep(left.min(POLL));
    }
}
