//! What became of a look at the GPUs, or of a change.

/// An outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The GPUs have the layout.
    InPlace {
        /// The steps that led there; `None` if there was nothing to do.
        plan: Option<String>,
    },
    /// The GPUs can get the layout.
    Change {
        plan: String,
        /// Whether MIG mode changes.
        changes_mode: bool,
    },
    /// Something that has to be changed is in use.
    Busy {
        reason: String,
        /// The processes or pods, if they are known.
        users: Vec<String>,
    },
    /// A MIG mode is pending.
    ResetNeeded { reason: String },
    /// It can't be done; nothing was changed, or the reason says what.
    Failed {
        reason: String,
        /// The part of the layout that would fit.
        fits_instead: Option<String>,
        /// Whether it may go better later, with the same file.
        may_pass: bool,
    },
}

impl Outcome {
    /// What a metric calls it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::InPlace { .. } => "success",
            Self::Change { .. } => "planned",
            Self::Busy { .. } => "busy",
            Self::ResetNeeded { .. } => "reset_needed",
            Self::Failed { .. } => "failed",
        }
    }
}
