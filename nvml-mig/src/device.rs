//! A GPU.

mod memory_info;
mod pci_info;

use std::sync::Arc;

use nvml_mig_sys::{self as sys, Handle, nvmlDevice_st};

use crate::architecture::Architecture;
use crate::buffer;
use crate::call::{Failure, call};
use crate::driver::Driver;
use crate::error::{Error, Hint, Subject};
use crate::explain;
use crate::return_code::ReturnCode;

pub use memory_info::{Bar1Info, MemoryInfo};
pub use pci_info::PciInfo;

/// A GPU. Cheap to clone, and may be kept anywhere and used from any thread.
#[derive(Debug, Clone)]
#[doc(alias = "nvmlDevice_t")]
pub struct Device {
    driver: Arc<Driver>,
    handle: Handle<nvmlDevice_st>,
}

impl Device {
    pub(crate) const fn new(driver: Arc<Driver>, handle: Handle<nvmlDevice_st>) -> Self {
        Self { driver, handle }
    }

    pub(crate) const fn handle(&self) -> Handle<nvmlDevice_st> {
        self.handle
    }

    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Whether the handles of the two are of one library: nothing may be said to one about those of another.
    pub(crate) fn is_of_library_of(&self, other: &Self) -> bool {
        self.driver.library().name() == other.driver.library().name()
    }

    /// Another device of the same driver.
    pub(crate) fn sibling(&self, handle: Handle<nvmlDevice_st>) -> Self {
        Self::new(Arc::clone(&self.driver), handle)
    }

    /// Product name, such as `NVIDIA A30`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses, as it does for a GPU that fell off the bus.
    #[doc(alias = "nvmlDeviceGetName")]
    pub fn name(&self) -> Result<String, Error> {
        const SIZE: usize = sys::NVML_DEVICE_NAME_V2_BUFFER_SIZE as usize;
        let library = self.driver.library();
        buffer::text::<SIZE>(|text, length| {
            call!(library.nvmlDeviceGetName(self.handle, text, length))
        })
        .map_err(|failure| self.error(failure))
    }

    /// UUID, such as `GPU-...`. It stays the same across reboots.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses, as it does for a GPU that fell off the bus.
    #[doc(alias = "nvmlDeviceGetUUID")]
    pub fn uuid(&self) -> Result<String, Error> {
        self.uuid_or_failure()
            .map_err(|failure| self.error(failure))
    }

    pub(crate) fn uuid_or_failure(&self) -> Result<String, Failure> {
        const SIZE: usize = sys::NVML_DEVICE_UUID_V2_BUFFER_SIZE as usize;
        let library = self.driver.library();
        buffer::text::<SIZE>(|text, length| {
            call!(library.nvmlDeviceGetUUID(self.handle, text, length))
        })
    }

    /// Index of the GPU on this machine, as [`Nvml::device_by_index`](crate::Nvml::device_by_index) takes it.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetIndex")]
    pub fn index(&self) -> Result<u32, Error> {
        let library = self.driver.library();
        let mut index = 0;
        call!(library.nvmlDeviceGetIndex(self.handle, &mut index))
            .map_err(|failure| self.error(failure))?;
        Ok(index)
    }

    /// N of `/dev/nvidiaN`. A change of MIG mode may change it (MIG user guide).
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetMinorNumber")]
    pub fn minor_number(&self) -> Result<u32, Error> {
        let library = self.driver.library();
        let mut minor = 0;
        call!(library.nvmlDeviceGetMinorNumber(self.handle, &mut minor))
            .map_err(|failure| self.error(failure))?;
        Ok(minor)
    }

    /// PCI address and ids.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetPciInfo_v3")]
    pub fn pci_info(&self) -> Result<PciInfo, Error> {
        let library = self.driver.library();
        let mut raw = sys::nvmlPciInfo_t::default();
        call!(library.nvmlDeviceGetPciInfo_v3(self.handle, &mut raw))
            .map_err(|failure| self.error(failure))?;
        Ok(PciInfo::from_raw(&raw))
    }

    /// Memory of the whole GPU, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetMemoryInfo")]
    pub fn memory_info(&self) -> Result<MemoryInfo, Error> {
        self.memory_info_or_failure()
            .map_err(|failure| self.error(failure))
    }

    pub(crate) fn memory_info_or_failure(&self) -> Result<MemoryInfo, Failure> {
        let library = self.driver.library();
        let mut raw = sys::nvmlMemory_t::default();
        call!(library.nvmlDeviceGetMemoryInfo(self.handle, &mut raw))?;
        Ok(MemoryInfo::from_raw(&raw))
    }

    /// Window on the PCI bus through which the processor reaches the GPU's memory, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetBAR1MemoryInfo")]
    pub fn bar1_info(&self) -> Result<Bar1Info, Error> {
        let library = self.driver.library();
        let mut raw = sys::nvmlBAR1Memory_t::default();
        call!(library.nvmlDeviceGetBAR1MemoryInfo(self.handle, &mut raw))
            .map_err(|failure| self.error(failure))?;
        Ok(Bar1Info::from_raw(&raw))
    }

    /// Chip generation, such as Ampere.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetArchitecture")]
    pub fn architecture(&self) -> Result<Architecture, Error> {
        let library = self.driver.library();
        let mut number = 0;
        call!(library.nvmlDeviceGetArchitecture(self.handle, &mut number))
            .map_err(|failure| self.error(failure))?;
        Ok(Architecture::from_number(number))
    }

    /// CUDA compute capability, as major and minor.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetCudaComputeCapability")]
    pub fn cuda_compute_capability(&self) -> Result<(i32, i32), Error> {
        let library = self.driver.library();
        let (mut major, mut minor) = (0, 0);
        call!(library.nvmlDeviceGetCudaComputeCapability(self.handle, &mut major, &mut minor))
            .map_err(|failure| self.error(failure))?;
        Ok((major, minor))
    }

    /// The error of a call about this GPU alone.
    pub(crate) fn error(&self, failure: Failure) -> Error {
        self.error_about(failure, |_| {}, |code| explain::device(self, code))
    }

    /// The error of a call about something on this GPU: `fill` names it, `hint` says what usually helps.
    pub(crate) fn error_about(
        &self,
        failure: Failure,
        fill: impl FnOnce(&mut Subject),
        hint: impl FnOnce(ReturnCode) -> Option<Hint>,
    ) -> Error {
        self.driver.error(failure, || {
            let mut subject = Subject {
                device: self.uuid_or_failure().ok(),
                ..Subject::default()
            };
            fill(&mut subject);
            (subject, failure.code().and_then(hint))
        })
    }
}

/// Two handles to the same GPU, got from the same [`Nvml`](crate::Nvml) or a clone of it.
impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.driver, &other.driver) && self.handle == other.handle
    }
}

impl Eq for Device {}
