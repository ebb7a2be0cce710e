//! Recovery after a process was killed during a change.

use super::apply_error::{ApplyError, ApplyFailure};
use super::completion;
use super::entry::Entry;
use super::held_panic::HeldPanic;
use super::journal::Journal;
use super::left_open;
use super::live_gpu::LiveGpu;
use super::machine_lock::MachineLock;
use super::progress::Progress;
use super::recorder::Recorder;
use super::rollback;
use super::rollback_report::{GpuRollback, RefusedUndo, Rollback};
use super::undo::Tell;
use crate::device::Nvml;
use crate::error::Error;

/// # After an interruption
impl MachineLock {
    /// Restores the GPUs if a process was killed while it changed them; returns `None` if none was, or if all its changes are
    /// complete, whatever others have added since. Call it before planning.
    ///
    /// Only instances that the interrupted change created are destroyed, and only those that it destroyed are created again.
    /// On a GPU that others have partitioned since, no GPU instance is created again. [`GpuRollback::left_alone`] lists what others
    /// did. If a created instance is busy, nothing is undone on its GPU.
    ///
    /// A GPU on which something is left to undo stays in the journal, for example since it is away or busy, or the privilege is
    /// missing. The next call tries again, and until then plans for this GPU are refused; plans for other GPUs are not.
    /// [`give_up`](Self::give_up) removes it from the journal. Not so if all that differs is what others did, or MIG mode enabled on
    /// a GPU that is in use: the report says so, and the next plan goes on from there.
    ///
    /// A killed process may have created an instance without recording its id. Such an instance counts as its own if it is at
    /// the recorded placement, new, and without compute instances. NVML does not tell an instance from one that others created
    /// later with the same profile, placement and id; only if it is busy, it is certain to stay.
    ///
    /// A reboot, a reload of the driver or a reset of the GPU destroys everything, which is then created again. NVML can't
    /// distinguish a reset from another process that destroys all GPU instances: if all of them are gone, the GPU counts as reset.
    ///
    /// If all is done but for a temporary instance, which the driver would not destroy, it is destroyed now, and the change is complete.
    /// Until then, nothing else of the change is undone, whatever becomes of its GPUs: see [`left_over_gpus`](Self::left_over_gpus).
    ///
    /// A change of several GPUs is complete only if it is on all of them. Once one of them was restored, the others are too,
    /// whatever stands there.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// use std::io::{Write, stderr};
    ///
    /// use nvml_mig::MachineLock;
    ///
    /// let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
    /// if let Some(report) = lock.recover(&nvml, |step| drop(writeln!(stderr(), "{step}")))? {
    ///     println!("{report}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if a journal can't be read or is malformed: inspect the file, then remove it. Also if it
    /// can't be changed; then [`ApplyError::rollback`] has the report. [`ApplyFailure::NotLocked`] if the lock is for some
    /// GPUs, and the interrupted change concerns others too, and [`ApplyFailure::LockLost`] if the lock's file was deleted.
    ///
    /// # Panics
    ///
    /// If `progress` panics, the panic goes on after the GPUs are restored; the journal remains.
    pub fn recover(
        &mut self,
        nvml: &Nvml,
        mut progress: impl FnMut(&Progress),
    ) -> Result<Option<Rollback>, ApplyError> {
        self.check_in_force()?;
        let mut held = HeldPanic::default();
        let mut tell = |step: &Progress| held.tell(step, &mut progress);
        let interrupted = self.interrupted()?;
        // Before anything is changed: what was restored must not get lost behind an error.
        for (_, entries) in &interrupted {
            self.check_locked(entries)?;
        }
        let recovered = interrupted.into_iter().map(|(journal, entries)| {
            let mut recorder = Recorder::new(journal, entries);
            if let Some(rollback) = completion::complete(nvml, &mut recorder, &mut tell) {
                return Recovered::completed(recorder, rollback);
            }
            recorder.change_all(Entry::on_this_boot);
            let rollback = recover(nvml, &mut recorder, &mut tell);
            Recovered::rolled_back(recorder, rollback)
        });
        let recovered = recovered.collect();
        // The journals remain, since nobody gets the report.
        held.release();
        finish(recovered)
    }

    /// Returns the UUIDs of the GPUs that an interrupted change left, and that were not restored yet.
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if a journal can't be read or is malformed.
    pub fn interrupted_gpus(&self) -> Result<Vec<String>, ApplyError> {
        self.left_gpus(|_| true)
    }

    /// Returns those of [`interrupted_gpus`](Self::interrupted_gpus) on which a change is done but for temporary instances:
    /// [`recover`](Self::recover) destroys these once it can, and leaves all else as it is. Until then, plans for these GPUs are refused
    /// with [`ApplyFailure::LeftOver`].
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if a journal can't be read or is malformed.
    pub fn left_over_gpus(&self) -> Result<Vec<String>, ApplyError> {
        self.left_gpus(Entry::is_done_but_for_temporary)
    }

    fn left_gpus(&self, is_asked: impl Fn(&Entry) -> bool) -> Result<Vec<String>, ApplyError> {
        let mut uuids = left_open::uuids(self.interrupted()?, is_asked);
        uuids.retain(|uuid| self.is_locked(uuid));
        Ok(uuids)
    }

    /// Removes a GPU from the journal: it stays as it is now, and plans for it are possible again. Returns `false` if the
    /// journal does not have it.
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if a journal can't be read, is malformed or can't be changed, and
    /// [`ApplyFailure::NotLocked`] and [`ApplyFailure::LockLost`] as for [`recover`](Self::recover).
    pub fn give_up(&mut self, uuid: &str) -> Result<bool, ApplyError> {
        self.check_in_force()?;
        let mut has = false;
        for (journal, entries) in self.interrupted()? {
            if entries.iter().any(|entry| entry.uuid == uuid) {
                self.check_locked(&entries)?;
                let mut recorder = Recorder::new(journal, entries);
                let kept = recorder.keep(|entry| entry.uuid != uuid);
                kept.map_err(ApplyFailure::journal(recorder.journal().path()))?;
                has = true;
            }
        }
        Ok(has)
    }

    /// Returns whether there is a journal: a process was killed while it changed GPUs, or some GPUs were not restored since.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        // If a journal can't be read, recovery reports it.
        self.interrupted_gpus()
            .map_or(true, |gpus| !gpus.is_empty())
    }

    /// The journals that concern GPUs of this lock, with their entries.
    pub(super) fn interrupted(&self) -> Result<Vec<(Journal, Vec<Entry>)>, ApplyFailure> {
        let mut interrupted = left_open::read_all(&self.folder)?;
        interrupted.retain(|(_, entries)| entries.iter().any(|entry| self.is_locked(&entry.uuid)));
        Ok(interrupted)
    }

    fn check_locked(&self, entries: &[Entry]) -> Result<(), ApplyFailure> {
        let mut entries = entries.iter();
        match entries.find(|entry| !self.is_locked(&entry.uuid)) {
            None => Ok(()),
            Some(entry) => {
                let uuid = entry.uuid.clone();
                Err(ApplyFailure::NotLocked { uuid })
            }
        }
    }
}

/// What came of a journal.
struct Recovered {
    recorder: Recorder,
    /// The reports of its GPUs.
    gpus: Vec<GpuRollback>,
    /// Whether the change is done, but for temporary instances that may be left.
    is_done: bool,
}

impl Recovered {
    const fn completed(recorder: Recorder, gpus: Vec<GpuRollback>) -> Self {
        Self {
            recorder,
            gpus,
            is_done: true,
        }
    }

    const fn rolled_back(recorder: Recorder, gpus: Vec<GpuRollback>) -> Self {
        Self {
            recorder,
            gpus,
            is_done: false,
        }
    }

    /// Removes what was restored from the journal, and keeps the rest.
    fn keep(&mut self) -> std::io::Result<()> {
        if self.is_done {
            return self.recorder.keep(Entry::is_done_but_for_temporary);
        }
        let gpus = &self.gpus;
        self.recorder.keep_open(|entry| {
            let mut gpus = gpus.iter();
            gpus.any(|gpu| gpu.uuid == entry.uuid && entry.is_open_after(gpu))
        })
    }
}

fn finish(recovered: Vec<Recovered>) -> Result<Option<Rollback>, ApplyError> {
    let (mut all, mut failure) = (Vec::new(), None);
    for mut recovered in recovered {
        let kept = recovered.keep();
        let kept = kept.map_err(ApplyFailure::journal(recovered.recorder.journal().path()));
        failure = failure.or(kept.err());
        all.extend(recovered.gpus);
    }
    let rollback = (!all.is_empty()).then(|| Rollback::new(all));
    match failure {
        Some(failure) => Err(ApplyError {
            rollback,
            ..failure.into()
        }),
        None => Ok(rollback),
    }
}

/// Recovers the GPUs of a journal, the last one first.
fn recover(nvml: &Nvml, recorder: &mut Recorder, tell: &mut Tell<'_>) -> Vec<GpuRollback> {
    let entries = recorder.entries().to_vec();
    let recovered = entries.iter().rev();
    let mut recovered: Vec<GpuRollback> = recovered
        .filter_map(|entry| recover_gpu(nvml, entry, recorder, tell))
        .collect();
    recovered.reverse();
    recovered
}

fn recover_gpu(
    nvml: &Nvml,
    entry: &Entry,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    let (mut gpu, modes) = match LiveGpu::open(nvml, &entry.uuid) {
        Err(error) => return Some(unreachable_gpu(entry, error)),
        Ok(found) => found,
    };
    if gpu.device.is_pass_through() {
        // Here a mode takes effect only at a reboot, so it was pending, whatever the call returned.
        recorder.change(&entry.uuid, Entry::with_mode_pending);
    }
    rollback::recover(&mut gpu, modes, recorder, tell)
}

fn unreachable_gpu(entry: &Entry, error: Error) -> GpuRollback {
    let action = "inspect the GPU".to_owned();
    GpuRollback::new(&entry.uuid, entry.modes, entry.placed_before())
        .with_modes(None)
        .with_found(Vec::new(), false)
        .with_steps(Vec::new(), vec![RefusedUndo { action, error }])
}
