//! Waits for changes of the MIG configuration.

mod change;
mod poll;

use core::time::Duration;
use std::collections::VecDeque;

use crate::error::Error;
use crate::query::{Device, MigModes};

use super::event_set::{EventSet, RawEvent};
use super::events::EventKind;
use super::waker::Waker;
use poll::Poll;

pub use change::MigConfigChange;

/// The event's bit.
const MIG_CONFIG_CHANGE: u64 = EventKind::MigConfigChange.number() as u64;

/// Waits for changes of the MIG configuration of some GPUs by any process.
///
/// It listens to the driver's `MigConfigChange` events. If a driver does not send them, it compares MIG mode and the instances
/// five times a second, and misses changes that cancel each other in between.
///
/// A GPU that falls off the bus ends the watch of that GPU only: [`wait`](Self::wait) returns the error once and then
/// continues with the others.
#[derive(Debug)]
pub struct MigWatch {
    source: Source,
    /// MIG mode as last seen, for GPUs with MIG.
    modes: Vec<(Device, MigModes)>,
    /// GPUs that can't be watched, and errors that were not returned yet.
    errors: VecDeque<Error>,
    waker: Waker,
}

#[derive(Debug)]
enum Source {
    Events(EventSet),
    Polls(Vec<Poll>),
}

impl MigWatch {
    /// Starts to watch these GPUs. GPUs without MIG never change. If some GPUs can't be watched, the others are, and the
    /// first calls of [`wait`](Self::wait) return the errors.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if no GPU can be watched; comparing instances needs the privilege to list them, events do not.
    #[doc(alias = "nvmlEventSetCreate")]
    #[doc(alias = "nvmlDeviceRegisterEvents")]
    pub fn start(devices: &[Device]) -> Result<Self, Error> {
        let mut watch = Self {
            source: Source::Polls(Vec::new()),
            modes: Vec::new(),
            errors: VecDeque::new(),
            waker: Waker::default(),
        };
        for device in devices {
            match device.is_mig_capable() {
                Ok(false) => {}
                Ok(true) => match device.mig_mode() {
                    Ok(modes) => watch.modes.push((device.clone(), modes)),
                    Err(error) => watch.errors.push_back(error),
                },
                Err(error) => watch.errors.push_back(error),
            }
        }
        watch.source = watch.source_of_changes()?;
        match watch.errors.pop_front() {
            Some(error) if watch.devices().next().is_none() => Err(error),
            error => {
                watch.errors.extend(error);
                Ok(watch)
            }
        }
    }

    fn source_of_changes(&mut self) -> Result<Source, Error> {
        Ok(match self.event_set()? {
            Some(events) => Source::Events(events),
            None => Source::Polls(self.polls()),
        })
    }

    /// Returns `None` if there is no GPU, if the GPUs belong to different libraries, or if the driver does not send these
    /// events for one of them.
    fn event_set(&mut self) -> Result<Option<EventSet>, Error> {
        let Some((first, _)) = self.modes.first() else {
            return Ok(None);
        };
        let mut devices = self.modes.iter().map(|(device, _)| device);
        if !devices.all(|device| device.is_of_library_of(first)) {
            return Ok(None);
        }
        let Some(mut events) = EventSet::create(first)? else {
            return Ok(None);
        };
        // Without events, the comparison has these errors of its own.
        let mut errors = Vec::new();
        for (device, _) in &self.modes {
            match events.register(device, MIG_CONFIG_CHANGE) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => errors.push(error),
            }
        }
        if !events.can_wait() {
            return Ok(None);
        }
        self.errors.extend(errors);
        Ok(Some(events))
    }

    fn polls(&mut self) -> Vec<Poll> {
        let mut polls = Vec::new();
        for (device, _) in &self.modes {
            match Poll::of(device) {
                Ok(poll) => polls.push(poll),
                Err(error) => self.errors.push_back(error),
            }
        }
        polls
    }

    /// Returns whether the driver sends events; if not, instances are compared.
    #[must_use]
    pub const fn has_events(&self) -> bool {
        matches!(self.source, Source::Events(_))
    }

    /// Returns the GPUs that are watched: those with MIG that have not failed.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        let (events, polls) = match &self.source {
            Source::Events(events) => (Some(events.devices()), None),
            Source::Polls(polls) => (None, Some(polls.iter().map(Poll::device))),
        };
        events
            .into_iter()
            .flatten()
            .chain(polls.into_iter().flatten())
    }

    /// Returns a handle with which another thread can end a wait.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits for the next change, and returns `None` if there is none within `timeout`, or if the wait was ended. A timeout of
    /// zero only looks, for programs that have other work. Events of other kinds, which a driver may send too, do not prolong
    /// the wait.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if an NVML call fails. A GPU that no longer answers, as one that fell off the bus, is left out from
    /// then on; the next call waits for the others. List the instances again after an error: changes may have been missed.
    #[doc(alias = "nvmlEventSetWait_v2")]
    #[doc(alias = "nvmlEventSetWait_v3")]
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<MigConfigChange>, Error> {
        if let Some(error) = self.errors.pop_front() {
            return Err(error);
        }
        let source = &mut self.source;
        let change = self.waker.wait(timeout, |left| match source {
            Source::Events(events) => next_event(events, left),
            Source::Polls(polls) => next_difference(polls, left),
        });
        match change {
            Ok(change) => Ok(change.map(|change| self.with_mode(change))),
            Err(errors) => {
                self.errors.extend(errors);
                self.errors.pop_front().map_or(Ok(None), Err)
            }
        }
    }

    /// Adds whether MIG mode changed.
    fn with_mode(&mut self, change: MigConfigChange) -> MigConfigChange {
        let mut known = self.modes.iter_mut();
        let known = known.find(|(device, _)| *device == change.device);
        match (known, change.device.mig_mode_or_failure()) {
            (Some((_, before)), Ok(now)) if *before != now => {
                *before = now;
                change.with_mig_modes(now)
            }
            _ => change,
        }
    }
}

fn next_event(
    events: &mut EventSet,
    left: Duration,
) -> Result<Option<MigConfigChange>, VecDeque<Error>> {
    match events.next(left) {
        Ok(Some(event)) if event.event_type & MIG_CONFIG_CHANGE != 0 => Ok(Some(change(event))),
        Ok(_) => Ok(None),
        Err(failure) => Err(events.without_lost(failure, left)),
    }
}

fn change(event: RawEvent) -> MigConfigChange {
    MigConfigChange {
        gpu_instance_id: event.gpu_instance_id,
        compute_instance_id: event.compute_instance_id,
        ..MigConfigChange::new(event.device)
    }
}

fn next_difference(
    polls: &mut Vec<Poll>,
    left: Duration,
) -> Result<Option<MigConfigChange>, VecDeque<Error>> {
    for index in 0..polls.len() {
        let Some(poll) = polls.get_mut(index) else {
            break;
        };
        match poll.renew() {
            Ok(false) => {}
            Ok(true) => return Ok(Some(MigConfigChange::new(poll.device().clone()))),
            Err(error) => {
                // One that still answers is asked again, after the others.
                let poll = polls.remove(index);
                if poll.device().uuid_or_failure().is_ok() {
                    polls.push(poll);
                    // A failure that lasts would otherwise be returned thousands of times a second.
                    std::thread::sleep(left);
                }
                return Err(VecDeque::from([error]));
            }
        }
    }
    std::thread::sleep(left);
    Ok(None)
}
