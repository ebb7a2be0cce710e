//! The result of a rollback.

use super::difference::{Difference, differences};
use super::left_alone::LeftAlone;
use super::mig_uuid::ChangedMigUuid;
use crate::error::Error;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

/// The result of a rollback of several GPUs.
#[derive(Debug, serde::Serialize)]
#[non_exhaustive]
pub struct Rollback {
    /// The results per GPU, in the order of the plans.
    pub gpus: Vec<GpuRollback>,
}

/// The result of the rollback of one GPU.
#[derive(Debug, serde::Serialize)]
#[non_exhaustive]
pub struct GpuRollback {
    /// UUID of the GPU.
    pub uuid: String,
    /// MIG mode before.
    pub modes_before: MigModes,
    /// MIG mode now; `None` if it can't be read.
    pub modes: Option<MigModes>,
    /// Whether the MIG mode that was asked for stays, since the driver had not activated it: it is pending, or took effect at
    /// a reset since.
    pub pending_mode_kept: bool,
    /// The instances before.
    pub before: Vec<PlacedGpuInstance>,
    /// The instances now.
    pub found: Vec<PlacedGpuInstance>,
    /// Whether [`found`](Self::found) was read back at the end. If NVML failed to list the instances, it is derived from
    /// earlier calls.
    pub read_back: bool,
    /// The steps of the rollback, such as `destroy GPU instance 3g.20gb at 4:4`.
    pub done: Vec<String>,
    /// The steps of the rollback that failed.
    pub refused: Vec<RefusedUndo>,
    /// What was left alone, since others have created, destroyed or changed it, or use it.
    pub left_alone: Vec<LeftAlone>,
    /// Whether the change is done but for the temporary instances in [`left_alone`](Self::left_alone), on all its GPUs, so that nothing
    /// is rolled back.
    pub done_but_for_temporary: bool,
    /// The MIG devices that have other UUIDs than before, since their instances were created again.
    pub changed_mig_uuids: Vec<ChangedMigUuid>,
    /// Whether the UUIDs of all MIG devices could be read; otherwise [`changed_mig_uuids`](Self::changed_mig_uuids) can lack
    /// some.
    pub mig_uuids_read_back: bool,
}

/// A failed step of a rollback.
#[derive(Debug, serde::Serialize)]
#[non_exhaustive]
pub struct RefusedUndo {
    /// The step, such as `create GPU instance 3g.20gb at 4:4`.
    pub action: String,
    /// Why it failed.
    pub error: Error,
}

impl RefusedUndo {
    /// Creates a failed step, such as `create GPU instance 3g.20gb at 4:4`.
    #[must_use]
    pub fn new(action: impl Into<String>, error: Error) -> Self {
        let action = action.into();
        Self { action, error }
    }
}

impl Rollback {
    /// Creates a result from those of the GPUs, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::MigMode;
    /// use nvml_mig::apply::{ApplyError, ApplyFailure, GpuRollback, Rollback};
    /// use nvml_mig::device::MigModes;
    ///
    /// let modes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
    /// let mut error = ApplyError::from(ApplyFailure::Stopped);
    /// error.rollback = Some(Rollback::new(vec![GpuRollback::new("GPU-1", modes, Vec::new())]));
    /// assert!(error.rollback.is_some_and(|rollback| rollback.is_complete()));
    /// ```
    #[must_use]
    pub const fn new(gpus: Vec<GpuRollback>) -> Self {
        Self { gpus }
    }

    /// Returns whether all GPUs were restored.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gpus.iter().all(GpuRollback::is_complete)
    }

    /// Whether a change is done but for one temporary instance, which no step of this report was to destroy.
    pub(super) fn lacks_one_destruction(&self) -> bool {
        match self.gpus.as_slice() {
            [only] => {
                only.done_but_for_temporary && only.left_alone.len() == 1 && only.refused.is_empty()
            }
            _ => false,
        }
    }

    /// Returns whether nothing had to be done.
    pub(super) fn did_nothing(&self) -> bool {
        let nothing = |gpu: &GpuRollback| gpu.done.is_empty() && gpu.refused.is_empty();
        self.is_complete() && self.gpus.iter().all(nothing)
    }
}

impl GpuRollback {
    /// Creates the result of a complete rollback to this state.
    #[must_use]
    pub fn new(
        uuid: impl Into<String>,
        modes_before: MigModes,
        before: Vec<PlacedGpuInstance>,
    ) -> Self {
        Self {
            uuid: uuid.into(),
            modes_before,
            modes: Some(modes_before),
            pending_mode_kept: false,
            found: before.clone(),
            before,
            read_back: true,
            done: Vec::new(),
            refused: Vec::new(),
            left_alone: Vec::new(),
            done_but_for_temporary: false,
            changed_mig_uuids: Vec::new(),
            mig_uuids_read_back: true,
        }
    }

    /// Sets the MIG mode now; `None` if it can't be read.
    #[must_use]
    pub fn with_modes(self, modes: Option<MigModes>) -> Self {
        Self { modes, ..self }
    }

    /// Sets whether a pending MIG mode stays.
    #[must_use]
    pub fn with_pending_mode_kept(self, pending_mode_kept: bool) -> Self {
        Self {
            pending_mode_kept,
            ..self
        }
    }

    /// Sets the instances now, and whether they were read back.
    #[must_use]
    pub fn with_found(self, found: Vec<PlacedGpuInstance>, read_back: bool) -> Self {
        Self {
            found,
            read_back,
            ..self
        }
    }

    /// Sets the steps of the rollback, and those that failed.
    #[must_use]
    pub fn with_steps(self, done: Vec<String>, refused: Vec<RefusedUndo>) -> Self {
        Self {
            done,
            refused,
            ..self
        }
    }

    /// Sets what was left alone.
    #[must_use]
    pub fn with_left_alone(self, left_alone: Vec<LeftAlone>) -> Self {
        Self { left_alone, ..self }
    }

    /// Sets whether the change is done but for temporary instances.
    #[must_use]
    pub fn with_done_but_for_temporary(self, done_but_for_temporary: bool) -> Self {
        Self {
            done_but_for_temporary,
            ..self
        }
    }

    /// Sets the MIG devices that have other UUIDs than before.
    #[must_use]
    pub fn with_changed_mig_uuids(self, changed_mig_uuids: Vec<ChangedMigUuid>) -> Self {
        Self {
            changed_mig_uuids,
            ..self
        }
    }

    /// Sets whether the UUIDs of all MIG devices could be read.
    #[must_use]
    pub fn with_mig_uuids_read_back(self, mig_uuids_read_back: bool) -> Self {
        Self {
            mig_uuids_read_back,
            ..self
        }
    }

    /// Returns whether the GPU was restored: its state was read back, and has the same instances at the same placements, and
    /// the same MIG mode but for a pending one that stays.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let same_mode = self.modes == Some(self.modes_before);
        self.read_back
            && (same_mode || self.pending_mode_kept)
            && PlacedGpuInstance::are_same(&self.before, &self.found)
    }

    /// Returns the instances that existed before and are missing now.
    #[must_use]
    pub fn lost(&self) -> Vec<Difference> {
        differences(&self.before, &self.found)
    }

    /// Returns the instances that exist now and did not exist before.
    #[must_use]
    pub fn left(&self) -> Vec<Difference> {
        differences(&self.found, &self.before)
    }
}
