//! GPUs that can't be exported.

use super::MigPartedOmission;
use crate::error::Error;
use crate::quoted::Quoted;

/// GPUs that can't be exported to a mig-parted file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigPartedExportError {
    /// NVML failed to describe a GPU.
    #[error("a GPU can't be read")]
    Nvml(#[from] Error),
    /// The name of the configuration is empty, or contains a control character such as a line break.
    #[error("\"{}\" can't be the name of a configuration", Quoted(name))]
    #[non_exhaustive]
    ConfigName {
        /// The name that a configuration can't have.
        name: String,
    },
    /// None of the GPUs can be expressed by such a file.
    #[error("no GPU can be exported: {0}")]
    NotExpressible(Box<MigPartedOmission>),
}
