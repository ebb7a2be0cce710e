//! Names of devices in a CDI specification.

use core::fmt;

use crate::error::Error;
use crate::query::{Device, MigDevice};

/// The names of devices in the specification, as in NVIDIA's container toolkit (`--device-name-strategy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
#[doc(alias = "device-name-strategy")]
pub enum CdiDeviceNames {
    /// UUID, `MIG-...` or `GPU-...`, which does not change while the device exists.
    #[default]
    Uuid,
    /// Index of the GPU and index of the MIG device on it, such as `0:1`; `0` for a whole GPU. Indices change as instances
    /// are created and destroyed; write a new specification after each change.
    Index,
    /// Both; each device occurs twice.
    UuidAndIndex,
    /// As [`Index`](Self::Index), with the type of the device before it: `mig0:1`, and `gpu0` for a whole GPU.
    TypeIndex,
}

impl CdiDeviceNames {
    pub(super) fn of_mig_device(self, device: &MigDevice) -> Result<Vec<String>, Error> {
        let index = || {
            let (gpu, mig_device) = (device.parent()?.index()?, device.index()?);
            Ok(format!("{gpu}:{mig_device}"))
        };
        self.names("mig", || device.uuid(), index)
    }

    pub(super) fn of_gpu(self, device: &Device) -> Result<Vec<String>, Error> {
        self.names("gpu", || device.uuid(), || Ok(device.index()?.to_string()))
    }

    fn names(
        self,
        prefix: &str,
        uuid: impl Fn() -> Result<String, Error>,
        index: impl Fn() -> Result<String, Error>,
    ) -> Result<Vec<String>, Error> {
        Ok(match self {
            Self::Uuid => vec![uuid()?],
            Self::Index => vec![index()?],
            Self::UuidAndIndex => vec![uuid()?, index()?],
            Self::TypeIndex => vec![format!("{prefix}{}", index()?)],
        })
    }
}

impl fmt::Display for CdiDeviceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uuid => "UUID",
            Self::Index => "index",
            Self::UuidAndIndex => "UUID and index",
            Self::TypeIndex => "type and index",
        })
    }
}
