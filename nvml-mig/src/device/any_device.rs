//! A GPU or a MIG device.

use core::fmt;

use crate::driver::call::call;
use crate::error::{Error, ReturnCode};
use crate::query::{Device, MigDevice};

/// The device that a UUID identifies: a whole GPU or a MIG device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnyDevice {
    /// A GPU, with or without MIG mode.
    Gpu(Device),
    /// A MIG device of a GPU.
    Mig(MigDevice),
}

impl AnyDevice {
    /// Asks NVML which kind of device a handle is for: both have the same type in C.
    pub(crate) fn of(device: Device) -> Result<Self, Error> {
        let library = device.driver().library();
        let mut is_mig = 0;
        match call!(library.nvmlDeviceIsMigDeviceHandle(device.handle(), &mut is_mig)) {
            Ok(()) if is_mig != 0 => Ok(Self::Mig(MigDevice::new(device))),
            Ok(()) => Ok(Self::Gpu(device)),
            // Some GPUs without MIG return this for "no".
            Err(failure) if failure.is(ReturnCode::NotSupported) => Ok(Self::Gpu(device)),
            Err(failure) => Err(device.error(failure)),
        }
    }
}

impl fmt::Display for AnyDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpu(_) => "GPU",
            Self::Mig(_) => "MIG device",
        })
    }
}
