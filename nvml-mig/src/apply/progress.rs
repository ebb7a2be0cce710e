//! Progress reports while plans are carried out.

use core::fmt;

/// The next step, reported before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// A step of a plan.
    Step {
        /// UUID of the GPU.
        gpu: String,
        /// Which step of all, the first being 1.
        number: usize,
        /// How many steps there are.
        of: usize,
        /// What is done, such as `create GPU instance 3g.20gb at 4:4`.
        action: String,
    },
    /// All steps of a GPU are done, and its state is read back.
    Verify {
        /// UUID of the GPU.
        gpu: String,
    },
    /// A GPU is taken back to what it was. `ControlFlow::Break` is ignored here: a rollback can't be cancelled.
    RollBack {
        /// UUID of the GPU.
        gpu: String,
    },
    /// Something is done to take a GPU back.
    Undo {
        /// UUID of the GPU.
        gpu: String,
        /// What is done, such as `destroy GPU instance 3g.20gb at 4:4`.
        action: String,
    },
}

/// Such as `[2/7] GPU-...: create GPU instance 3g.20gb at 4:4`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step {
                gpu,
                number,
                of,
                action,
            } => write!(f, "[{number}/{of}] {gpu}: {action}"),
            Self::Verify { gpu } => write!(f, "{gpu}: read back what stands there"),
            Self::RollBack { gpu } => write!(f, "{gpu}: roll back"),
            Self::Undo { gpu, action } => write!(f, "{gpu}: roll back: {action}"),
        }
    }
}
