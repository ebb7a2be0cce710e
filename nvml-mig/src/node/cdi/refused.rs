//! Devices that can't be in a specification.

use super::cdi_error::CdiError;
use crate::error::Error;
use crate::query::Device;

/// Why a device is not in a specification.
pub(super) enum Refused {
    Unreadable(Error),
    Unsuitable(CdiError),
}

impl Refused {
    /// `position` names a device that does not tell its UUID.
    pub(super) fn named(self, device: &Device, position: impl FnOnce() -> String) -> CdiError {
        match self {
            Self::Unreadable(source) => CdiError::Device {
                device: device.uuid_for_messages().unwrap_or_else(position),
                source,
            },
            Self::Unsuitable(error) => error,
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<CdiError> for Refused {
    fn from(error: CdiError) -> Self {
        Self::Unsuitable(error)
    }
}
