//! The journal's entry of a GPU.

use serde::{Deserialize, Deserializer};

use super::boot::Boot;
use super::left_over::LeftOver;
use super::mig_uuid::MigUuid;
use super::operation::{Operation, Record};
use crate::inventory::LiveGpuInstance;
use crate::plan::{PlacedGpuInstance, PresentGpuInstance};
use crate::query::{MigMode, MigModes};

/// The previous and the desired state of a GPU, and the operations in between.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) uuid: String,
    /// When the change began, in seconds since 1970.
    pub(super) since: u64,
    /// On which boot of the machine, with which load of the driver: ids of instances mean nothing after it.
    #[serde(deserialize_with = "required")]
    pub(super) boot: Boot,
    /// MIG mode before.
    pub(super) modes: MigModes,
    /// Whether a mode that the change asked for stays if it is only pending.
    pub(super) keeps_pending_mode: bool,
    /// The instances before, with their ids.
    pub(super) before: Vec<PresentGpuInstance>,
    /// UUIDs of the MIG devices before.
    pub(super) mig_uuids: Vec<MigUuid>,
    pub(super) after: Vec<PlacedGpuInstance>,
    /// MIG mode after the change; `None` until the instances are planned, which some drivers allow only with MIG mode on, and
    /// once the other GPUs of the change were restored. Then the change is not complete, whatever stands on this one.
    #[serde(deserialize_with = "required")]
    pub(super) mode_after: Option<MigMode>,
    /// What was done, in order.
    pub(super) records: Vec<Record>,
    /// The temporary instances that are left once all else is done. Then nothing but these is left of the change: what stands
    /// besides is not its own any more, and is never undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_over: Vec<LeftOver>,
}

impl Entry {
    /// Whether the change is complete with this mode, once the planned instances are there.
    pub(super) fn has_its_mode(&self, modes: MigModes) -> bool {
        let mode = if self.defers_mode(modes) {
            modes.pending()
        } else {
            modes.current()
        };
        Some(mode) == self.mode_after
    }

    /// Whether these instances, each as it is and as it counts, are the planned ones. What others have added does not matter.
    pub(super) fn are_planned(&self, found: &[(&LiveGpuInstance, PlacedGpuInstance)]) -> bool {
        let is_planned = |found: &PlacedGpuInstance| {
            let mut after = self.after.iter();
            after.any(|after| found.is_same(after))
        };
        let is_there = |after: &PlacedGpuInstance| {
            let mut found = found.iter();
            found.any(|(_, found)| found.is_same(after))
        };
        let mut all = found.iter();
        self.after.iter().all(is_there)
            && all
                .all(|(live, found)| is_planned(found) || !(self.kept(live) || self.created(live)))
    }

    /// What is to be done once all else of the change is done: to destroy these.
    pub(super) fn done_but_for(self, left_over: Vec<LeftOver>) -> Self {
        Self {
            keeps_pending_mode: false,
            before: Vec::new(),
            mig_uuids: Vec::new(),
            after: Vec::new(),
            mode_after: None,
            records: Vec::new(),
            left_over,
            ..self
        }
    }

    /// Whether nothing but temporary instances is left of the change.
    pub(super) const fn is_done_but_for_temporary(&self) -> bool {
        !self.left_over.is_empty()
    }

    /// What is to be done if the machine was booted since.
    pub(super) fn on_this_boot(self) -> Self {
        if self.boot.is_current() {
            self
        } else {
            self.after_reset()
        }
    }

    /// What is to be done after a reset, a reload of the driver or a boot: all instances were destroyed, and MIG mode may have changed.
    /// Ids from before mean nothing then.
    pub(super) fn after_reset(self) -> Self {
        let destroyed = self.before.iter().map(|before| before.id);
        let destroyed = destroyed.map(Operation::DestroyGpuInstance);
        let mode = self.asked_mode().map_or_else(
            || Record::done(Operation::SetMigMode(MigMode::Disabled)),
            |mode| mode.clone().pending_if_unknown(),
        );
        let records = destroyed.map(Record::done).chain([mode]).collect();
        Self {
            boot: Boot::current(),
            records,
            ..self
        }
    }

    /// Takes a mode that was asked for, with unknown outcome, as one that was pending.
    pub(super) fn with_mode_pending(&mut self) {
        let is_mode = |record: &&mut Record| matches!(record.operation, Operation::SetMigMode(_));
        for record in self.records.iter_mut().filter(is_mode) {
            *record = record.clone().pending_if_unknown();
        }
    }

    /// Whether an instance is listed twice, which no GPU has.
    pub(super) fn has_twice(&self) -> bool {
        let before = &self.before;
        let mut inside = before.iter().map(PresentGpuInstance::compute_instances);
        is_twice(before, |one| one.id)
            || is_twice(before, PresentGpuInstance::placement)
            || inside.any(|inside| is_twice(inside, |one| one.id))
            || is_twice(&self.after, |one| one.placement)
    }

    /// The instances before, as data.
    pub(super) fn placed_before(&self) -> Vec<PlacedGpuInstance> {
        self.before.iter().map(PresentGpuInstance::placed).collect()
    }
}

fn is_twice<T, K: PartialEq>(list: &[T], key: impl Fn(&T) -> K) -> bool {
    let mut rest = list;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| key(other) == key(first)) {
            return true;
        }
        rest = others;
    }
    false
}

/// Reads a field that may be null, but not missing.
fn required<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}
