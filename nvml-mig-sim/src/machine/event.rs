//! Events of a GPU that a test posts: a simulated GPU has no errors of its own.

use serde::{Deserialize, Serialize};

use super::{Answer, Machine, Refusal};

/// `nvmlEventMigConfigChange`.
pub const MIG_CONFIG_CHANGE: u64 = 0x100;

/// The kinds of events that can be posted: corrected and uncorrected ECC errors, and Xid errors.
pub(super) const POSTED_EVENTS: u64 = 0x1 | 0x2 | 0x8;

/// Number of events that are kept for processes that have not read them yet.
const KEPT: usize = 64;

/// An event of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Kind of the event: an `nvmlEventType*` bit.
    pub event_type: u64,
    /// Data of the event, such as the number of an Xid error.
    pub data: u64,
    /// ID of the GPU instance that it concerns.
    pub gpu_instance: Option<u32>,
    /// ID of the compute instance that it concerns.
    pub compute_instance: Option<u32>,
    /// Whether event sets receive it that are not registered for its kind.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unasked: bool,
}

impl Event {
    /// Creates an event that concerns the whole GPU, of a kind such as 8 (`nvmlEventTypeXidCriticalError`) and with its data,
    /// such as the number of the Xid error.
    #[must_use]
    pub fn new(event_type: u64, data: u64) -> Self {
        Self {
            event_type,
            data,
            gpu_instance: None,
            compute_instance: None,
            unasked: false,
        }
    }

    /// Sets the GPU instance that it concerns.
    #[must_use]
    pub fn gpu_instance(self, id: u32) -> Self {
        Self {
            gpu_instance: Some(id),
            ..self
        }
    }

    /// Sends it to all event sets with this GPU, also to those that are not registered for its kind, as no driver should.
    #[must_use]
    pub fn unasked(self) -> Self {
        Self {
            unasked: true,
            ..self
        }
    }

    /// Sets the compute instance that it concerns.
    #[must_use]
    pub fn compute_instance(self, id: u32) -> Self {
        Self {
            compute_instance: Some(id),
            ..self
        }
    }
}

/// The latest events of a GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Number of events so far.
    pub posted: u64,
    /// The last of them, in order.
    pub latest: Vec<Event>,
}

impl Events {
    fn post(&mut self, event: Event) {
        self.posted = self.posted.saturating_add(1);
        self.latest.push(event);
        let excess = self.latest.len().saturating_sub(KEPT);
        self.latest.drain(..excess);
    }

    /// Returns the oldest kept event after the first `read` events, and how many have been read with it.
    #[must_use]
    pub fn after(&self, read: u64) -> Option<(Event, u64)> {
        let kept = u64::try_from(self.latest.len()).ok()?;
        let oldest = self.posted.saturating_sub(kept);
        let next = read.max(oldest);
        let index = usize::try_from(next - oldest).ok()?;
        Some((*self.latest.get(index)?, next + 1))
    }

    /// Whether there can be this many events.
    pub(super) fn is_possible(&self) -> bool {
        let is_known = |event: &Event| event.event_type & !POSTED_EVENTS == 0;
        self.latest.len() <= KEPT
            && u64::try_from(self.latest.len()).is_ok_and(|kept| kept <= self.posted)
            && self.posted < u64::MAX
            && self.latest.iter().all(is_known)
    }
}

impl Machine {
    /// Posts an event of a GPU, which every process receives that has registered for its kind.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such GPU, [`Refusal::NotSupported`] for a kind that can't be posted.
    pub fn post_event(&mut self, gpu: u32, event: Event) -> Answer {
        if event.event_type.count_ones() != 1 || event.event_type & !POSTED_EVENTS != 0 {
            return Err(Refusal::NotSupported);
        }
        let gpu = self.gpu_mut(gpu).or(Err(Refusal::NotFound))?;
        gpu.events.post(event);
        Ok(())
    }
}
