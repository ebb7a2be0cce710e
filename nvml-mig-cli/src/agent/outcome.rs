//! What became of a look at the GPUs, or of a change.

/// An outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The GPUs have the layout.
    InPlace {
        /// The steps that led there; `None` if there was nothing to do.
        plan: Option<String>,
    },
    /// The GPUs have the layout, but containers can't use it: device nodes or the CDI specification are not as they should be.
    Unusable { reason: String },
    /// The GPUs can get the layout.
    Change {
        plan: String,
        /// Whether MIG mode changes.
        changes_mode: bool,
        /// Whether a GPU that should have instances has none at all, as after a reload of the driver.
        is_lost: bool,
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
    /// What it means after the outcome before it. A layout that was in place is lost if a GPU has no instance any more. What
    /// others change otherwise is left alone.
    pub(super) fn after(self, before: &Self) -> Self {
        let is_own = matches!(
            self,
            Self::InPlace { .. } | Self::Unusable { .. } | Self::Change { is_lost: true, .. }
        );
        match before {
            Self::InPlace { .. } | Self::Unusable { .. } if !is_own => Self::InPlace { plan: None },
            _ => self,
        }
    }

    /// What a metric calls it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::InPlace { .. } => "success",
            Self::Change { .. } => "planned",
            Self::Busy { .. } => "busy",
            Self::ResetNeeded { .. } => "reset_needed",
            Self::Failed { .. } | Self::Unusable { .. } => "failed",
        }
    }
}
