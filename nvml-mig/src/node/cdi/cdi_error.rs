//! A CDI specification that can't be built.

use std::path::PathBuf;

use crate::error::Error;

/// A CDI specification that can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CdiError {
    /// A MIG device no longer exists, or a file of the driver is unusable.
    #[error("a MIG device can't be described")]
    Device(#[from] Error),
    /// There is no MIG device.
    #[error("a CDI specification needs at least one MIG device: create a compute instance first")]
    Empty,
    /// A MIG device occurs twice.
    #[error("MIG device '{name}' occurs twice: pass each only once")]
    #[non_exhaustive]
    Twice {
        /// Name in the specification.
        name: String,
    },
    /// The kind is invalid in CDI.
    #[error(
        "'{kind}' is not a CDI kind, such as 'nvidia.com/gpu': both parts must begin with a letter, end with a letter or \
         digit, and contain only letters, digits, '_', '-' and '.'"
    )]
    #[non_exhaustive]
    Kind {
        /// The invalid kind.
        kind: String,
    },
    /// The device name is invalid in CDI.
    #[error(
        "'{name}' can't be the name of a CDI device: only letters, digits, '_', '-', '.' and ':' are allowed; UUIDs of MIG \
         devices contain '/' with drivers before R470: use `CdiDeviceNames::Index` there"
    )]
    #[non_exhaustive]
    Name {
        /// The invalid name.
        name: String,
    },
    /// A path is not UTF-8, so JSON cannot contain it.
    #[error("the path {} is not UTF-8, so JSON can't contain it: choose another path for /dev", .path.display())]
    #[non_exhaustive]
    NotUtf8 {
        /// The path concerned.
        path: PathBuf,
    },
}
