//! An entry of `CUDA_VISIBLE_DEVICES` or `NVIDIA_VISIBLE_DEVICES` that makes no device visible.

use super::visible_devices::Variable;
use crate::quoted::Quoted;

/// An entry of `CUDA_VISIBLE_DEVICES` or `NVIDIA_VISIBLE_DEVICES` that makes no device visible. Its source is the reason:
/// a [`DeviceSelectorError`](super::DeviceSelectorError), an [`Error`](crate::Error), or a rule of CUDA.
#[derive(Debug, thiserror::Error)]
#[error("invalid entry '{}' in {variable}", Quoted(entry))]
pub struct VisibleDeviceError {
    entry: String,
    variable: Variable,
    source: Reason,
}

pub(super) type Reason = Box<dyn core::error::Error + Send + Sync>;

/// A rule of CUDA against an entry.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum CudaRule {
    #[error("CUDA knows only indices of GPUs, and UUIDs that begin with GPU- or MIG-")]
    UnknownForm,
    #[error("CUDA expects only indices, only UUIDs of GPUs or only UUIDs of MIG devices")]
    OtherKind,
    #[error("an earlier entry selects the same device, so CUDA uses no device at all")]
    Repeated,
}

impl VisibleDeviceError {
    pub(super) fn new(entry: &str, variable: Variable, source: Reason) -> Self {
        let entry = entry.to_owned();
        Self {
            entry,
            variable,
            source,
        }
    }

    /// Returns the entry as written in the variable.
    #[must_use]
    pub fn entry(&self) -> &str {
        &self.entry
    }
}
