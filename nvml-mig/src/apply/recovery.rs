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
    /// Restores the GPUs if a process was killed while it changed them; returns `None` if none was. Call it before
    /// planning.
    ///
    /// A GPU that now holds instances which were neither present before nor planned is left alone: something else has
    /// changed it since. The report lists them. The journal is removed, so nothing is reported twice.
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
    /// can't be removed; then [`ApplyError::rollback`] has the report.
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
        let mut held = HeldPanic::default();
        let mut tell = |step: &Progress| held.tell(step, &mut progress);
        let mut gpus: Vec<GpuRollback> = entries
            .iter()
            .rev()
            .map(|entry| recover(nvml, entry, &mut tell))
            .collect();
        gpus.reverse();
        // The journal remains, since nobody gets the report.
        held.release();
        let rollback = Rollback { gpus };
        match self.journal.remove() {
            Ok(()) => Ok(Some(rollback)),
            Err(source) => Err(ApplyError::from(unusable(source)).with_rollback(rollback)),
        }
    }

    /// Returns whether a process was killed while it changed GPUs, so that [`recover`](Self::recover) has something to do.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.journal.is_there()
    }
}

fn recover(nvml: &Nvml, entry: &Entry, tell: &mut Tell<'_>) -> GpuRollback {
    let found = nvml.device_by_uuid(&entry.uuid).and_then(|device| {
        let mut gpu = LiveGpu::new(entry.uuid.clone(), device);
        let modes = gpu.read()?;
        Ok((gpu, modes))
    });
    match found {
        Err(error) => unreachable_gpu(entry, error),
        Ok((gpu, modes)) if has_strangers(&gpu, entry) => GpuRollback {
            modes: Some(modes),
            found: gpu.partition(),
            read_back: true,
            ..untouched(entry)
        },
        Ok((mut gpu, _)) => roll_back(&mut gpu, entry, tell),
    }
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
