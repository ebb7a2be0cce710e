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
    },
    /// Something that has to be changed is in use.
    Busy {
        reason: String,
        /// The processes or pods, if they are known.
        users: Vec<String>,
        /// Whether MIG mode changes on another GPU.
        changes_mode: bool,
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
    pub(super) const fn failed(reason: String, may_pass: bool) -> Self {
        Self::Failed {
            reason,
            fits_instead: None,
            may_pass,
        }
    }

    /// That GPUs which have had the layout can't get it now is no fault of the layout.
    pub(super) fn may_pass(mut self) -> Self {
        if let Self::Failed { may_pass, .. } = &mut self {
            *may_pass = true;
        }
        self
    }

    /// The same beside GPUs on which MIG mode is to change, or not.
    pub(super) fn beside(mut self, mode: bool) -> Self {
        if let Self::Busy { changes_mode, .. } = &mut self {
            *changes_mode = mode;
        }
        self
    }

    /// It would be made again only if it were wanted anew.
    pub(super) fn changed(what: &str) -> Self {
        let reason = format!(
            "the GPUs had the layout, but another program has changed them since; it is not made again until the label is \
             removed while an agent runs, and set: {what}"
        );
        Self::Changed { reason }
    }

    /// Whether the GPUs have the layout.
    pub(super) const fn has_layout(&self) -> bool {
        matches!(self, Self::InPlace { .. } | Self::Unusable { .. })
    }

    /// Whether MIG mode is to change.
    pub(super) const fn changes_mode(&self) -> bool {
        matches!(
            self,
            Self::Change {
                changes_mode: true,
                ..
            } | Self::Busy {
                changes_mode: true,
                ..
            }
        )
    }

    /// Whether no GPU waits for a reset, as far as all could be looked at.
    pub(super) const fn is_without_reset(&self) -> bool {
        let is_planned = matches!(self, Self::Change { .. } | Self::Busy { .. });
        let is_seen = self.has_layout() || matches!(self, Self::Changed { .. });
        is_seen || (is_planned && !self.changes_mode())
    }

    /// Whether the GPUs could not be seen.
    pub(super) const fn is_unseen(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. } | Self::Failed { may_pass: true, .. }
        )
    }

    /// Whether a look shows the same again, which pauses nobody.
    pub(super) const fn is_of_a_look(&self) -> bool {
        self.has_layout() || matches!(self, Self::Changed { .. })
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
