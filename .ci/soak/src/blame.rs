//! What explains an error: a fault that was made, or what others did meanwhile. Nothing else does.

use anyhow::{Context, Result, bail, ensure};
use nvml_mig::apply::{ApplyError, GpuPlanError, LockError, RefusedUndo, Rollback};
use nvml_mig::{Error, ReturnCode};

use crate::ledger::Faults;

/// Why an operation did not succeed.
#[derive(Debug)]
pub(crate) enum Failed {
    Nvml(Error),
    Apply(ApplyError),
    Plan(GpuPlanError),
    /// What nothing explains.
    Wrong(anyhow::Error),
}

impl Failed {
    pub(crate) fn into_error(self) -> anyhow::Error {
        match self {
            Self::Nvml(error) => error.into(),
            Self::Apply(error) => error.into(),
            Self::Plan(error) => error.into(),
            Self::Wrong(error) => error,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Nvml(error)
    }
}

impl From<ApplyError> for Failed {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

impl From<GpuPlanError> for Failed {
    fn from(error: GpuPlanError) -> Self {
        Self::Plan(error)
    }
}

impl From<LockError> for Failed {
    fn from(error: LockError) -> Self {
        Self::Wrong(error.into())
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Wrong(error)
    }
}

/// What others do to a call of this function, so that it fails with this code.
pub(crate) struct Race {
    function: &'static str,
    code: ReturnCode,
    why: &'static str,
}

/// All threads compete for the slices and engines of the first GPU. Inside a thread's own instance, and on the planned GPU, nobody
/// else creates anything, so there this explains nothing.
pub(crate) const NO_ROOM: Race = Race {
    function: "nvmlDeviceCreateGpuInstance",
    code: ReturnCode::InsufficientResources,
    why: "no room beside others",
};

/// What a rollback wants to create again where it could not destroy.
const IN_THE_WAY: Race = Race {
    function: "nvmlDeviceCreateGpuInstanceWithPlacement",
    code: ReturnCode::InsufficientResources,
    why: "no room beside what a fault left",
};

/// A compute instance that faults kept from being read back and from being destroyed. A rollback that can't read the GPU does not know it.
const LEFT_INSIDE: Race = Race {
    function: "nvmlGpuInstanceDestroy",
    code: ReturnCode::InUse,
    why: "in use by what a fault left",
};

/// The same in the way of another compute instance, also as long as a fault keeps a rollback from reading it.
const LEFT_IN_PLACE: Race = Race {
    function: "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    code: ReturnCode::InUse,
    why: "no room beside what a fault left inside",
};

/// Whether an error says that something was created that stays.
pub(crate) fn leaves(error: &Error) -> bool {
    let said = error.to_string();
    let stays = [
        "could not be destroyed again",
        "neither be read back nor destroyed",
    ];
    stays.iter().any(|words| said.contains(words))
}

/// Said of a GPU instance while a fault keeps its compute instances from being listed.
const UNREAD: &str = "its compute instances could not be read";

/// Finds what explains an error.
pub(crate) struct Blame {
    faults: Faults,
}

impl Blame {
    pub(crate) const fn new(faults: Faults) -> Self {
        Self { faults }
    }

    /// An operation begins: faults that were taken back until now explain nothing in it.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.faults.forget_cleared()
    }

    /// Returns what explains that an operation failed.
    pub(crate) fn of_operation(&mut self, failed: Failed, races: &[Race]) -> Result<&'static str> {
        match failed {
            Failed::Nvml(error) => self.of(&error, races),
            Failed::Apply(error) => {
                let blamed = self.of_change(&error);
                blamed.with_context(|| format!("changing the GPU: {error:?}"))
            }
            Failed::Plan(error) => match error.reason.error() {
                Some(reason) => self.of(reason, &[]),
                None => bail!(
                    "nothing explains why there is no plan: {error}: {}",
                    error.reason
                ),
            },
            Failed::Wrong(error) => Err(error),
        }
    }

    /// Returns what explains this error of NVML.
    pub(crate) fn of(&mut self, error: &Error, races: &[Race]) -> Result<&'static str> {
        if let Some((function, code)) = error.function().zip(error.code()) {
            if self.faults.have(function, code)? {
                return Ok("a fault");
            }
            let is_it = |race: &&Race| race.function == function && race.code == code;
            if let Some(race) = races.iter().find(is_it) {
                return Ok(race.why);
            }
        }
        bail!("nothing explains this error: {error}");
    }

    /// Nobody changes the GPU that is planned without the lock, so only faults can make a change of it fail.
    fn of_change(&mut self, error: &ApplyError) -> Result<&'static str> {
        let is_left = error.failure.error().is_some_and(leaves);
        if let Some(rollback) = &error.rollback {
            self.of_rollback(rollback, is_left)?;
        }
        match error.failure.error() {
            Some(reason) => self.of(reason, &[]),
            None => bail!("nothing explains why a change failed: {error}"),
        }
    }

    /// Fails if a step of a rollback was refused without a fault, or if it took something for others'. What a fault kept from being
    /// destroyed is in the way of what stood there before, and of what it stands in; `is_left` if the change had left such a thing.
    pub(crate) fn of_rollback(&mut self, rollback: &Rollback, is_left: bool) -> Result<()> {
        for gpu in &rollback.gpus {
            let destroys = |refused: &&RefusedUndo| refused.action.starts_with("destroy");
            let (destructions, rest): (Vec<_>, Vec<_>) = gpu.refused.iter().partition(destroys);
            let stays = !gpu.read_back || gpu.refused.iter().any(|refused| leaves(&refused.error));
            let races = if stays || is_left {
                &[LEFT_INSIDE][..]
            } else {
                &[]
            };
            let has_stayed = !destructions.is_empty();
            for refused in destructions {
                self.of(&refused.error, races)?;
            }
            for refused in rest {
                let is_unread = refused.error.to_string().contains(UNREAD);
                let races: &[Race] = match (has_stayed, stays || is_left || is_unread) {
                    (true, _) => &[IN_THE_WAY, LEFT_IN_PLACE],
                    (false, true) => &[LEFT_IN_PLACE],
                    (false, false) => &[],
                };
                self.of(&refused.error, races)?;
            }
            let is_own = !gpu.refused.is_empty() || gpu.left_alone.is_empty();
            ensure!(is_own, "a rollback takes its own for others': {rollback:?}");
        }
        Ok(())
    }
}
