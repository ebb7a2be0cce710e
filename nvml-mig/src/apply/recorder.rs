//! Records every change of a transaction in the journal, before it is made and with its outcome.

use std::collections::BTreeMap;
use std::io;

use super::entry::Entry;
use super::journal::Journal;
use super::left_over::LeftOver;
use super::live_gpu::LiveGpu;
use super::operation::{Operation, Performed, Record, may_have_changed};
use super::precondition;
use super::steering::Steering;
use crate::error::Error;

/// The entries of a transaction, one per GPU, and their journal.
#[derive(Debug)]
pub(super) struct Recorder {
    journal: Journal,
    entries: Vec<Entry>,
    /// Whether one of the GPUs was reset since the change began.
    was_reset: bool,
}

/// Why an operation was not performed, or not recorded.
#[derive(Debug)]
pub(super) enum NotPerformed {
    /// The journal can't be written. Without its record, no operation is performed.
    Journal(io::Error),
    Nvml(Error),
}

impl From<Error> for NotPerformed {
    fn from(error: Error) -> Self {
        Self::Nvml(error)
    }
}

impl Recorder {
    pub(super) const fn new(journal: Journal, entries: Vec<Entry>) -> Self {
        Self {
            journal,
            entries,
            was_reset: false,
        }
    }

    pub(super) const fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a GPU of this transaction.
    pub(super) fn entry(&self, uuid: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.uuid == uuid)
    }

    /// Changes the entry of a GPU in memory.
    pub(super) fn change(&mut self, uuid: &str, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries.iter_mut();
        if let Some(entry) = entries.find(|entry| entry.uuid == uuid) {
            change(entry);
        }
    }

    /// Notes that a GPU was reset.
    pub(super) fn note_reset(&mut self, uuid: &str) {
        self.was_reset = true;
        self.change(uuid, |entry| *entry = entry.clone().after_reset());
    }

    /// Whether one of the GPUs was reset since the change began. A reload of the driver resets all of them.
    pub(super) const fn was_reset(&self) -> bool {
        self.was_reset
    }

    /// Replaces the entries in memory.
    pub(super) fn change_all(&mut self, change: impl Fn(Entry) -> Entry) {
        let entries = core::mem::take(&mut self.entries);
        self.entries = entries.into_iter().map(change).collect();
    }

    /// Writes all entries to the journal.
    pub(super) fn write(&self) -> io::Result<()> {
        self.journal.write(&self.entries)
    }

    /// Performs an operation. If the driver chooses the places of GPU instances, temporary ones may lead it to this one's.
    pub(super) fn perform(
        &mut self,
        gpu: &mut LiveGpu,
        operation: Operation,
    ) -> Result<Performed, NotPerformed> {
        let steering = match Steering::of(gpu, operation) {
            Some(steering) => steering,
            None => match self.perform_one(gpu, operation) {
                // The driver may just have said that it takes no placement, although its library has the function for it.
                Err(refused @ NotPerformed::Nvml(_)) => {
                    Steering::of(gpu, operation).ok_or(refused)?
                }
                performed => return performed,
            },
        };
        let steered = steering.create(gpu, &mut |gpu, one| self.perform_one(gpu, one));
        for (id, refused) in steered.left {
            match refused {
                NotPerformed::Nvml(error) => gpu.left_by_steering.push((id, error)),
                journal @ NotPerformed::Journal(_) => return Err(journal),
            }
        }
        steered.created
    }

    /// Performs an operation of a rollback, even if it can't be recorded: it is better than to stay in between.
    pub(super) fn undo(
        &mut self,
        gpu: &mut LiveGpu,
        operation: Operation,
    ) -> Result<Performed, Error> {
        // Those are for the instances of the plan.
        gpu.possible_places.clear();
        let steering = match Steering::of(gpu, operation) {
            Some(steering) => steering,
            None => match self.undo_one(gpu, operation) {
                Err(error) => Steering::of(gpu, operation).ok_or(error)?,
                performed => return performed,
            },
        };
        let steered = steering.create(gpu, &mut |gpu, one| self.undo_one(gpu, one));
        let created = steered.created?;
        let mut left = steered.left.into_iter();
        left.next().map_or(Ok(created), |(_, error)| Err(error))
    }

    /// Performs an operation between two records: before the call, and with its outcome.
    fn perform_one(
        &mut self,
        gpu: &mut LiveGpu,
        operation: Operation,
    ) -> Result<Performed, NotPerformed> {
        precondition::check(gpu, operation).map_err(NotPerformed::Nvml)?;
        if let Err(error) = self.begin(gpu, operation) {
            self.change(&gpu.uuid, |entry| drop(entry.records.pop()));
            return Err(NotPerformed::Journal(error));
        }
        let performed = gpu.perform(operation);
        let recorded = self.end(gpu, &performed);
        let performed = performed.map_err(NotPerformed::Nvml)?;
        recorded.map_err(NotPerformed::Journal)?;
        Ok(performed)
    }

    fn undo_one(&mut self, gpu: &mut LiveGpu, operation: Operation) -> Result<Performed, Error> {
        precondition::check(gpu, operation)?;
        // A later recovery then takes the restored instances for others', and leaves them alone.
        let _ = self.begin(gpu, operation);
        let performed = gpu.perform(operation);
        let _ = self.end(gpu, &performed);
        performed
    }

    fn begin(&mut self, gpu: &LiveGpu, operation: Operation) -> io::Result<()> {
        let others = match operation {
            Operation::CreateGpuInstance { .. } => gpu.ids(),
            Operation::CreateComputeInstance { gpu_instance, .. } => gpu.ids_inside(gpu_instance),
            _ => Vec::new(),
        };
        let record = Record::before(operation, others);
        self.change(&gpu.uuid, |entry| entry.records.push(record));
        self.write()
    }

    fn end(&mut self, gpu: &LiveGpu, performed: &Result<Performed, Error>) -> io::Result<()> {
        self.change(&gpu.uuid, |entry| match performed {
            Ok(performed) => {
                if let Some(record) = entry.records.last_mut() {
                    record.outcome = performed.outcome();
                    record.operation = gpu.performed(record.operation, *performed);
                }
            }
            Err(error) if may_have_changed(error) => {}
            Err(_) => drop(entry.records.pop()),
        });
        self.write()
    }

    /// After a rollback, keeps the entries of the GPUs that are open. If others were restored, there is no way forward for
    /// them: that all their steps were done does not complete the change.
    pub(super) fn keep_open(&mut self, is_open: impl Fn(&Entry) -> bool) -> io::Result<()> {
        if !self.entries.iter().all(&is_open) {
            for entry in &mut self.entries {
                entry.mode_after = None;
            }
        }
        self.keep(is_open)
    }

    /// Once the change is done on all GPUs, keeps only the temporary instances that are left there, by UUID.
    pub(super) fn keep_left_over(
        &mut self,
        mut left: BTreeMap<String, Vec<LeftOver>>,
    ) -> io::Result<()> {
        for entry in &mut self.entries {
            let left = left.remove(&entry.uuid).unwrap_or_default();
            *entry = entry.clone().done_but_for(left);
        }
        self.keep(Entry::is_done_but_for_temporary)
    }

    /// Keeps the entries that are open, and removes the others from the journal.
    pub(super) fn keep(&mut self, is_open: impl Fn(&Entry) -> bool) -> io::Result<()> {
        let open = self.entries.iter().filter(|entry| is_open(entry));
        let open: Vec<Entry> = open.cloned().collect();
        self.journal = self.journal.keep(&open)?;
        // Only now: a change whose journal can't be removed is rolled back.
        self.entries = open;
        Ok(())
    }
}
