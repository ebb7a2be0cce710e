//! A GPU or a MIG device.

use core::fmt;

use crate::driver::call::call;
use crate::error::{Error, ReturnCode};
use crate::query::{Device, MemoryInfo, MigDevice};

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

/// # Either kind
impl AnyDevice {
    /// Returns the UUID, `GPU-...` or `MIG-...`.
    ///
    /// # Errors
    ///
    /// As [`Device::uuid`] and [`MigDevice::uuid`].
    #[doc(alias = "nvmlDeviceGetUUID")]
    pub fn uuid(&self) -> Result<String, Error> {
        match self {
            Self::Gpu(device) => device.uuid(),
            Self::Mig(mig_device) => mig_device.uuid(),
        }
    }

    /// Returns the name, such as `NVIDIA A30` or `NVIDIA A30 MIG 2c.4g.24gb`.
    ///
    /// # Errors
    ///
    /// As [`Device::name`] and [`MigDevice::name`].
    #[doc(alias = "nvmlDeviceGetName")]
    pub fn name(&self) -> Result<String, Error> {
        match self {
            Self::Gpu(device) => device.name(),
            Self::Mig(mig_device) => mig_device.name(),
        }
    }

    /// Returns the memory, in bytes.
    ///
    /// # Errors
    ///
    /// As [`Device::memory_info`] and [`MigDevice::memory_info`].
    #[doc(alias = "nvmlDeviceGetMemoryInfo_v2")]
    #[doc(alias = "nvmlDeviceGetMemoryInfo")]
    pub fn memory_info(&self) -> Result<MemoryInfo, Error> {
        match self {
            Self::Gpu(device) => device.memory_info(),
            Self::Mig(mig_device) => mig_device.memory_info(),
        }
    }

    /// Returns the GPU: itself, or that of the MIG device.
    ///
    /// # Errors
    ///
    /// As [`MigDevice::parent`].
    #[doc(alias = "nvmlDeviceGetDeviceHandleFromMigDeviceHandle")]
    pub fn gpu(&self) -> Result<Device, Error> {
        match self {
            Self::Gpu(device) => Ok(device.clone()),
            Self::Mig(mig_device) => mig_device.parent(),
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
