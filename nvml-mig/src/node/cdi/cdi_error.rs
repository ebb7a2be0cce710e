//! A CDI specification that can't be made.

use std::path::PathBuf;

use crate::error::Error;

/// A CDI specification that can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CdiError {
    /// A MIG device is gone, or a file of the driver can't be used.
    #[error("a MIG device can't be described")]
    Device(#[from] Error),
    /// No MIG device was given.
    #[error("a CDI specification needs one MIG device at least: create a compute instance first")]
    Empty,
    /// A MIG device was given twice.
    #[error("MIG device '{name}' is given twice: give each once")]
    Twice {
        /// Its name in the specification.
        name: String,
    },
    /// CDI does not allow this kind.
    #[error(
        "'{kind}' is no CDI kind: it must be like 'nvidia.com/gpu', of two parts that begin with a letter, end with a \
         letter or digit and have only these and '_', '-', '.'"
    )]
    Kind {
        /// The kind.
        kind: String,
    },
    /// CDI does not allow this device name.
    #[error(
        "'{name}' can't be the name of a CDI device, which has only letters, digits and '_', '-', '.', ':'; drivers \
         before R470 write UUIDs of MIG devices with '/': take `CdiDeviceNames::Index` with them"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A path that JSON can't hold.
    #[error("the path {} is not UTF-8, so it can't stand in JSON: give /dev another name", .path.display())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
}
