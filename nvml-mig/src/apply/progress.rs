//! Progress reports while plans are applied.

use core::fmt;

/// The next step, reported before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// A step of a plan.
    #[non_exhaustive]
    Step {
        /// UUID of the GPU.
        gpu: String,
        /// Number of the step, starting at 1.
        number: usize,
        /// Total number of steps.
        of: usize,
        /// The step, such as `create GPU instance 3g.20gb at 4:4`.
        action: String,
    },
    /// All steps of a GPU are done; its state is read back next.
    #[non_exhaustive]
    Verify {
        /// UUID of the GPU.
        gpu: String,
    },
    /// The previous state of a GPU is restored next. `ControlFlow::Break` is ignored here: a rollback can't be cancelled.
    #[non_exhaustive]
    RollBack {
        /// UUID of the GPU.
        gpu: String,
    },
    /// A step of a rollback.
    #[non_exhaustive]
    Undo {
        /// UUID of the GPU.
        gpu: String,
        /// The step, such as `destroy GPU instance 3g.20gb at 4:4`.
        action: String,
    },
}

impl Progress {
    /// Creates the report of a step with its number, starting at 1, and the total number of steps.
    ///
    /// With these constructors, a test can call a program's progress function.
    #[must_use]
    pub fn step(
        gpu: impl Into<String>,
        number: usize,
        of: usize,
        action: impl Into<String>,
    ) -> Self {
        let (gpu, action) = (gpu.into(), action.into());
        Self::Step {
            gpu,
            number,
            of,
            action,
        }
    }

    /// Creates the report that all steps of a GPU are done.
    #[must_use]
    pub fn verify(gpu: impl Into<String>) -> Self {
        let gpu = gpu.into();
        Self::Verify { gpu }
    }

    /// Creates the report that a GPU is restored next.
    #[must_use]
    pub fn roll_back(gpu: impl Into<String>) -> Self {
        let gpu = gpu.into();
        Self::RollBack { gpu }
    }

    /// Creates the report of a step of a rollback.
    #[must_use]
    pub fn undo(gpu: impl Into<String>, action: impl Into<String>) -> Self {
        let (gpu, action) = (gpu.into(), action.into());
        Self::Undo { gpu, action }
    }
}

/// Prints, for example, `[2/7] GPU-...: create GPU instance 3g.20gb at 4:4`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step {
                gpu,
                number,
                of,
                action,
            } => write!(f, "[{number}/{of}] {gpu}: {action}"),
            Self::Verify { gpu } => write!(f, "{gpu}: read back"),
            Self::RollBack { gpu } => write!(f, "{gpu}: roll back"),
            Self::Undo { gpu, action } => write!(f, "{gpu}: roll back: {action}"),
        }
    }
}
