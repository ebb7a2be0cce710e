//! Recovery after a process was killed during a change.

use super::apply_error::{ApplyError, ApplyFailure};
use super::held_panic::HeldPanic;
use super::journal::Entry;
use super::live_gpu::LiveGpu;
use super::machine_lock::MachineLock;
use super::progress::Progress;
use super::rollback_report::{GpuRollback, RefusedUndo, Rollback};
use super::undo::{Tell, roll_back};
use crate::device::Nvml;
use crate::error::Error;
use crate::plan::PlacedGpuInstance;

/// # After an interruption
impl MachineLock {
    /// Restores the GPUs if a process was killed while it changed them; returns `None` if none was, or if all its changes were
    /// complete. Call it before planning.
    ///
    /// A GPU that now holds instances which were neither present before nor planned is left alone: something else has
    /// changed it since. The report lists them, once.
    ///
    /// A GPU that can't be restored now, since it is away, busy or the privilege is missing, stays in the journal. The next
    /// call tries again, and until then plans for this GPU are refused; plans for other GPUs are not.
    /// [`give_up`](Self::give_up) removes it from the journal.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// use nvml_mig::MachineLock;
    ///
    /// let mut lock = MachineLock::take_in(folder)?; // `MachineLock::take()` as root
    /// if let Some(report) = lock.recover(&nvml, |step| println!("{step}"))? {
    ///     println!("{report}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if the journal can't be read or is malformed: inspect the file, then remove it. Also if it
    /// can't be changed; then [`ApplyError::rollback`] has the report.
    ///
    /// # Panics
    ///
    /// If `progress` panics, the panic goes on after the GPUs are restored; the journal remains.
    pub fn recover(
        &mut self,
        nvml: &Nvml,
        mut progress: impl FnMut(&Progress),
    ) -> Result<Option<Rollback>, ApplyError> {
        if !self.journal.is_there() {
            return Ok(None);
        }
        let unusable = |source| ApplyFailure::Journal {
            path: self.journal.path().to_owned(),
            source,
        };
        let entries = self.journal.read().map_err(unusable)?;
        if entries.iter().all(|entry| is_complete(nvml, entry)) {
            self.journal.remove().map_err(unusable)?;
            return Ok(None);
        }
        let mut held = HeldPanic::default();
        let mut tell = |step: &Progress| held.tell(step, &mut progress);
        let mut recovered: Vec<Recovered> = entries
            .iter()
            .rev()
            .map(|entry| recover(nvml, entry, &mut tell))
            .collect();
        recovered.reverse();
        // The journal remains, since nobody gets the report.
        held.release();
        let is_open = |(_, recovered): &(&Entry, &Recovered)| recovered.is_open;
        let open = entries.iter().zip(&recovered).filter(is_open);
        let open: Vec<Entry> = open.map(|(entry, _)| entry.clone()).collect();
        let gpus = recovered.into_iter().map(|recovered| recovered.gpu);
        let rollback = Rollback::new(gpus.collect());
        match self.journal.keep(&open) {
            Ok(()) => Ok(Some(rollback)),
            Err(source) => Err(ApplyError::from(unusable(source)).with_rollback(rollback)),
        }
    }

    /// Returns the UUIDs of the GPUs that an interrupted change left, and that were not restored yet.
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if the journal can't be read or is malformed.
    pub fn interrupted_gpus(&self) -> Result<Vec<String>, ApplyError> {
        let entries = self.journal.read_if_there();
        let entries = entries.map_err(|source| self.unusable(source))?;
        Ok(entries.into_iter().map(|entry| entry.uuid).collect())
    }

    /// Removes a GPU from the journal: it stays as it is now, and plans for it are possible again. Returns `false` if the
    /// journal does not have it.
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if the journal can't be read, is malformed or can't be changed.
    pub fn give_up(&mut self, uuid: &str) -> Result<bool, ApplyError> {
        let entries = self.journal.read_if_there();
        let mut entries = entries.map_err(|source| self.unusable(source))?;
        let before = entries.len();
        entries.retain(|entry| entry.uuid != uuid);
        if entries.len() == before {
            return Ok(false);
        }
        let kept = self.journal.keep(&entries);
        kept.map_err(|source| self.unusable(source))?;
        Ok(true)
    }

    fn unusable(&self, source: std::io::Error) -> ApplyFailure {
        let path = self.journal.path().to_owned();
        ApplyFailure::Journal { path, source }
    }

    /// Returns whether there is a journal: a process was killed while it changed GPUs, or some GPUs were not restored since.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.journal.is_there()
    }
}

/// Whether all steps were done, and only the journal was not removed. The MIG devices may be in use since.
fn is_complete(nvml: &Nvml, entry: &Entry) -> bool {
    let found = nvml.device_by_uuid(&entry.uuid).and_then(|device| {
        let mut gpu = LiveGpu::new(entry.uuid.clone(), device);
        Ok((gpu.read()?, gpu.partition()))
    });
    found.is_ok_and(|(modes, found)| entry.is_reached(modes, &found))
}

/// The report on one GPU, and whether it must be tried again.
struct Recovered {
    gpu: GpuRollback,
    is_open: bool,
}

fn recover(nvml: &Nvml, entry: &Entry, tell: &mut Tell<'_>) -> Recovered {
    let found = nvml.device_by_uuid(&entry.uuid).and_then(|device| {
        let mut gpu = LiveGpu::new(entry.uuid.clone(), device);
        let modes = gpu.read()?;
        Ok((gpu, modes))
    });
    let gpu = match found {
        Err(error) => unreachable_gpu(entry, error),
        Ok((gpu, modes)) if has_strangers(&gpu, entry) => {
            let gpu = GpuRollback {
                modes: Some(modes),
                found: gpu.partition(),
                read_back: true,
                ..untouched(entry)
            };
            let is_open = false;
            return Recovered { gpu, is_open };
        }
        Ok((mut gpu, _)) => roll_back(&mut gpu, entry, tell),
    };
    let is_open = !gpu.is_complete();
    Recovered { gpu, is_open }
}

/// Whether the GPU holds GPU instances that were neither present before nor planned.
fn has_strangers(gpu: &LiveGpu, entry: &Entry) -> bool {
    let known = |found: &PlacedGpuInstance| {
        let mut known = entry.before.iter().chain(&entry.after);
        known.any(|other| found.is_at_place_of(other))
    };
    !gpu.partition().iter().all(known)
}

fn unreachable_gpu(entry: &Entry, error: Error) -> GpuRollback {
    let action = "inspect the GPU".to_owned();
    GpuRollback {
        refused: vec![RefusedUndo { action, error }],
        ..untouched(entry)
    }
}

fn untouched(entry: &Entry) -> GpuRollback {
    GpuRollback {
        uuid: entry.uuid.clone(),
        modes_before: entry.modes,
        modes: None,
        before: entry.before.clone(),
        found: Vec::new(),
        read_back: false,
        done: Vec::new(),
        refused: Vec::new(),
    }
}
