//! The result of a rollback.

use core::fmt;

use super::difference::{Difference, differences};
use super::left_alone::LeftAlone;
use super::mig_uuid::ChangedMigUuid;
use crate::error::Error;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

const UNREAD_MIG_UUIDS: &str = "some MIG UUIDs could not be read, and may be others than before";

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

impl Rollback {
    /// The text of the rollback where `what` was to be restored: `everything`, or `everything else` than what the failure tells.
    pub(super) fn sentence(&self, what: &str) -> String {
        if !self.is_complete() {
            let texts: Vec<String> = self.gpus.iter().map(ToString::to_string).collect();
            return texts.join("; ");
        }
        let mut sentence = self.summary(what);
        let changed = self.gpus.iter().flat_map(|gpu| &gpu.changed_mig_uuids);
        let changed: Vec<String> = changed.map(ToString::to_string).collect();
        if !changed.is_empty() {
            sentence += &format!(", but with other MIG UUIDs: {}", changed.join(", "));
        }
        if !self.gpus.iter().all(|gpu| gpu.mig_uuids_read_back) {
            sentence += &format!(", but {UNREAD_MIG_UUIDS}");
        }
        sentence
    }

    /// Such as `everything was restored, but the new MIG mode of GPU GPU-... stays`.
    fn summary(&self, what: &str) -> String {
        let kept = self.gpus.iter().filter(|gpu| gpu.pending_mode_kept);
        let kept: Vec<String> = kept.map(|gpu| format!("GPU {}", gpu.uuid)).collect();
        match kept.as_slice() {
            [] => format!("{what} was restored"),
            kept => format!(
                "{what} was restored, but the new MIG mode of {} stays",
                kept.join(", ")
            ),
        }
    }
}

/// Prints `everything was restored`, with the UUIDs of MIG devices that changed or could not be read, or, for each GPU, the remaining
/// differences.
impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence("everything"))
    }
}

impl fmt::Display for GpuRollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sentences = Vec::new();
        match self.modes {
            None => sentences.push("its MIG mode can't be read".to_owned()),
            Some(modes) if self.pending_mode_kept => {
                sentences.push(format!("MIG mode is {}", modes.words()));
            }
            Some(modes) if modes != self.modes_before => {
                let (before, now) = (self.modes_before.words(), modes.words());
                sentences.push(format!("MIG mode was {before} and is {now}"));
            }
            Some(_) => {}
        }
        sentences.extend(list("missing", &self.lost()));
        sentences.extend(list("left over", &self.left()));
        let refused = self.refused.iter();
        sentences.extend(refused.map(|undo| format!("could not {}: {}", undo.action, undo.error)));
        sentences.extend(self.left_alone.iter().map(ToString::to_string));
        sentences.extend(self.changed_mig_uuids.iter().map(ToString::to_string));
        if !self.mig_uuids_read_back {
            sentences.push(UNREAD_MIG_UUIDS.to_owned());
        }
        if !self.read_back {
            sentences.push("its instances could not be read back".to_owned());
        }
        if sentences.is_empty() {
            sentences.push("restored".to_owned());
        }
        write!(f, "GPU {}: {}", self.uuid, sentences.join("; "))
    }
}

fn list(what: &str, differences: &[Difference]) -> Option<String> {
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| format!("{what}: {}", texts.join(", ")))
}
