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
        /// As for a change.
        is_lost: bool,
    },
    /// A change failed and could not be rolled back completely.
    Open { reason: String },
    /// The GPUs had the layout, and another program has changed them since, which is left alone.
    Changed { reason: String },
    /// Another process has the lock, and may be changing the GPUs.
    Locked { reason: String },
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
    /// What it means if the layout has been in place. It is lost if a GPU has no instance any more. What others change otherwise
    /// is left alone. That a look fails then is no fault of the layout, so it may pass.
    pub(super) fn after_success(self) -> Self {
        match self {
            Self::Change {
                plan,
                is_lost: false,
                ..
            } => changed(&plan.replace('\n', "; ")),
            Self::Busy {
                reason,
                is_lost: false,
                ..
            } => changed(&reason),
            Self::Failed {
                reason,
                fits_instead,
                ..
            } => Self::Failed {
                reason,
                fits_instead,
                may_pass: true,
            },
            outcome => outcome,
        }
    }

    /// Whether the layout has been in place and is not to be made again: it is left to others, or can't be seen for a while.
    pub(super) const fn keeps_success(&self, had_success: bool) -> bool {
        match self {
            Self::InPlace { .. } | Self::Unusable { .. } | Self::Changed { .. } => true,
            Self::Change { .. } | Self::Busy { .. } | Self::Open { .. } => false,
            Self::Failed { .. } | Self::ResetNeeded { .. } | Self::Locked { .. } => had_success,
        }
    }

    /// What a metric calls it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::InPlace { .. } => "success",
            Self::Change { .. } => "planned",
            Self::Busy { .. } | Self::Locked { .. } => "busy",
            Self::ResetNeeded { .. } => "reset_needed",
            Self::Failed { .. }
            | Self::Unusable { .. }
            | Self::Open { .. }
            | Self::Changed { .. } => "failed",
        }
    }
}

/// It would be made again only if it were wanted anew.
fn changed(what: &str) -> Outcome {
    let reason = format!(
        "the GPUs had the layout, but another program has changed them since; it is not made again until the label is removed \
         and set: {what}"
    );
    Outcome::Changed { reason }
}
