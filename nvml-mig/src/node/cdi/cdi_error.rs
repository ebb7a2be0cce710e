//! A CDI specification that can't be built.

use std::path::PathBuf;

use crate::error::Error;
use crate::quoted::{self, Quoted};

/// A CDI specification that can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CdiError {
    /// NVML refuses to describe a MIG device or GPU, or a file of the driver is unusable.
    #[error("{device} can't be described")]
    Device {
        /// UUID of the device or, if it can't be read, its position such as `devices[1]`.
        device: String,
        /// What failed.
        source: Error,
    },
    /// There is no device. CDI has no empty specifications: engines report a file without devices as invalid.
    #[error(
        "a CDI specification needs at least one device: create a compute instance first, or remove the file to offer no \
         device"
    )]
    Empty,
    /// A GPU is in MIG mode, in which programs can only use its MIG devices.
    #[error(
        "GPU {uuid} is in MIG mode, in which only MIG devices compute: pass its MIG devices instead"
    )]
    #[non_exhaustive]
    MigEnabled {
        /// UUID of the GPU.
        uuid: String,
    },
    /// A device occurs twice.
    #[error("device '{}' occurs twice: pass each only once", Quoted(name))]
    #[non_exhaustive]
    Twice {
        /// Name in the specification.
        name: String,
    },
    /// The kind is invalid in CDI.
    #[error(
        "'{}' is not a CDI kind, such as 'nvidia.com/gpu': both parts must begin with a letter, end with a letter or \
         digit, and contain only letters, digits, '_', '-' and '.'",
        Quoted(kind)
    )]
    #[non_exhaustive]
    Kind {
        /// The invalid kind, as given.
        kind: String,
    },
    /// The device name is invalid in CDI.
    #[error(
        "'{}' can't be the name of a CDI device: only letters, digits, '_', '-', '.' and ':' are allowed; UUIDs of MIG \
         devices contain '/' with drivers before R470, where devices can be named by index",
        Quoted(name)
    )]
    #[non_exhaustive]
    Name {
        /// The invalid device name.
        name: String,
    },
    /// A path is not UTF-8, so JSON cannot contain it.
    #[error(
        "the path {} is not UTF-8, so JSON can't contain it: choose another path for /dev",
        quoted::path(path)
    )]
    #[non_exhaustive]
    NotUtf8 {
        /// The path that is not UTF-8.
        path: PathBuf,
    },
}
