//! Models and instances that no GPU can have.

/// A model, or instances on it, that no GPU can have. Prints what is impossible, and where.
///
/// The planner refuses them, because a plan for them could destroy instances that must stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; read them from the GPU again, or correct their file")]
pub struct ImpossibleGpu {
    problem: String,
}

impl ImpossibleGpu {
    fn new(problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { problem }
    }

    /// Fails with this problem unless the condition holds.
    pub(crate) fn unless(holds: bool, problem: impl FnOnce() -> String) -> Result<(), Self> {
        if holds {
            Ok(())
        } else {
            Err(Self::new(problem()))
        }
    }
}
