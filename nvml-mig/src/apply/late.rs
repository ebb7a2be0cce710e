//! The steps that wait for a temporary instance to be destroyed.

use super::action::Action;
use crate::error::Error;

/// The steps that a change does after all others of its GPU.
#[derive(Debug, Default)]
pub(super) struct Late {
    pub(super) steps: Vec<Action>,
    /// Why a temporary instance was not destroyed.
    pub(super) refusal: Option<Error>,
}
