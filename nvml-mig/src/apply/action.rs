//! The actions of a transaction.

use crate::error::{Error, ReturnCode};
use crate::id::GpuInstanceId;
use crate::plan::Step;
use crate::query::MigMode;

/// An action of the transaction.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    SetMode(MigMode),
    Do(Step),
    /// Destroys a temporary GPU instance that led the driver to the place of another one. No plan shows it.
    DestroySteering(GpuInstanceId),
}

impl Action {
    /// The GPU instance that is destroyed, or in which a compute instance is.
    pub(super) const fn destroys(self) -> Option<GpuInstanceId> {
        match self {
            Self::Do(
                Step::DestroyGpuInstance { gpu_instance, .. }
                | Step::DestroyComputeInstance { gpu_instance, .. },
            ) => Some(gpu_instance),
            _ => None,
        }
    }
}

/// Whether the change goes on although this failed: a temporary instance only serves those that come after it.
pub(super) fn can_do_without(action: Action, error: &Error) -> bool {
    use ReturnCode::{InsufficientResources, InvalidArgument, NotSupported};
    let is_temporary = matches!(
        action,
        Action::Do(
            Step::CreateTemporaryGpuInstance { .. } | Step::CreateTemporaryComputeInstance { .. }
        )
    );
    let is_refused = |code| [InsufficientResources, InvalidArgument, NotSupported].contains(&code);
    let is_missing = matches!(error, Error::FunctionMissing(_));
    is_temporary && (is_missing || error.code().is_some_and(is_refused))
}
