//! The states of mig-manager.

/// What the state label of a node says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Rebooting,
    Success,
    Failed,
}

impl State {
    pub(super) const ALL: [Self; 4] = [Self::Pending, Self::Rebooting, Self::Success, Self::Failed];

    /// Those that nothing ends if the configuration is not wanted any more.
    pub(super) const OPEN: [Self; 2] = [Self::Pending, Self::Rebooting];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Rebooting => "rebooting",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }
}
