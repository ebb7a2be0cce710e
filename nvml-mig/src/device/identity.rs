//! Identity and size of a GPU.

use nvml_mig_sys as sys;

use crate::architecture::Architecture;
use crate::driver::call::{Failure, call};
use crate::driver::roomy::Roomy;
use crate::error::hint::Hint;
use crate::error::{Error, ReturnCode, Subject};
use crate::explain;
use crate::query::{Bar1Info, ComputeCapability, Device, MemoryInfo, PciInfo};

/// # Identity and size
impl Device {
    /// Returns the product name, such as `NVIDIA A30`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails, as it does for a GPU that fell off the bus.
    #[doc(alias = "nvmlDeviceGetName")]
    #[inline]
    pub fn name(&self) -> Result<String, Error> {
        self.name_or_failure()
            .map_err(|failure| self.error(failure))
    }

    /// Returns the UUID, such as `GPU-...`. It stays the same across reboots.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails, as it does for a GPU that fell off the bus.
    #[doc(alias = "nvmlDeviceGetUUID")]
    #[inline]
    pub fn uuid(&self) -> Result<String, Error> {
        self.uuid_or_failure()
            .map_err(|failure| self.error(failure))
    }

    /// Returns the index of the GPU on this machine, for [`Nvml::device_by_index`](crate::Nvml::device_by_index).
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetIndex")]
    #[inline]
    pub fn index(&self) -> Result<u32, Error> {
        self.index_or_failure()
            .map_err(|failure| self.error(failure))
    }

    /// Returns N of `/dev/nvidiaN`. A change of MIG mode can change it (MIG user guide).
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetMinorNumber")]
    #[inline]
    pub fn minor_number(&self) -> Result<u32, Error> {
        let library = self.driver().library();
        let mut minor = 0;
        match call!(library.nvmlDeviceGetMinorNumber(self.handle(), &mut minor)) {
            Ok(()) => Ok(minor),
            Err(failure) => Err(self.error(failure)),
        }
    }

    /// Returns the PCI address and ids.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetPciInfo_v3")]
    pub fn pci_info(&self) -> Result<PciInfo, Error> {
        self.pci_info_or_failure()
            .map_err(|failure| self.error(failure))
    }

    /// Returns the memory of the whole GPU, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetMemoryInfo_v2")]
    #[doc(alias = "nvmlDeviceGetMemoryInfo")]
    #[inline]
    pub fn memory_info(&self) -> Result<MemoryInfo, Error> {
        match self.memory_info_or_failure() {
            Ok(info) => Ok(info),
            Err(failure) => Err(self.memory_error(failure)),
        }
    }

    /// Returns the size and use of the BAR1 window, through which the CPU accesses GPU memory over PCI, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetBAR1MemoryInfo")]
    #[inline]
    pub fn bar1_info(&self) -> Result<Bar1Info, Error> {
        let library = self.driver().library();
        let mut raw = Roomy::<sys::nvmlBAR1Memory_t>::default();
        call!(library.nvmlDeviceGetBAR1MemoryInfo(self.handle(), raw.place()))
            .map_err(|failure| self.memory_error(failure))?;
        Ok(Bar1Info::from_raw(&raw.value))
    }

    /// Returns the chip generation, such as Ampere.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetArchitecture")]
    #[inline]
    pub fn architecture(&self) -> Result<Architecture, Error> {
        let library = self.driver().library();
        let mut number = 0;
        match call!(library.nvmlDeviceGetArchitecture(self.handle(), &mut number)) {
            Ok(()) => Ok(Architecture::from_number(number)),
            Err(failure) => Err(self.error(failure)),
        }
    }

    /// Returns the CUDA compute capability, such as 9.0.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetCudaComputeCapability")]
    #[inline]
    pub fn cuda_compute_capability(&self) -> Result<ComputeCapability, Error> {
        let library = self.driver().library();
        let (mut major, mut minor) = (0, 0);
        match call!(library.nvmlDeviceGetCudaComputeCapability(
            self.handle(),
            &mut major,
            &mut minor
        )) {
            Ok(()) => Ok(ComputeCapability::new(
                major.cast_unsigned(),
                minor.cast_unsigned(),
            )),
            Err(failure) => Err(self.error(failure)),
        }
    }

    /// Describes a failed call about this GPU.
    #[cold]
    #[inline(never)]
    pub(crate) fn error(&self, failure: Failure) -> Error {
        self.error_about(failure, &Subject::default, &|code| {
            explain::device(self, code)
        })
    }

    #[cold]
    #[inline(never)]
    fn memory_error(&self, failure: Failure) -> Error {
        self.error_about(failure, &Subject::default, &|code| {
            explain::memory(self, code)
        })
    }

    /// Describes a failed call about `subject` on this GPU; `hint` suggests a remedy.
    #[cold]
    pub(crate) fn error_about(
        &self,
        failure: Failure,
        subject: &dyn Fn() -> Subject,
        hint: &dyn Fn(ReturnCode) -> Option<Hint>,
    ) -> Error {
        self.driver().error(failure, &|| {
            let subject = Subject {
                device: self.uuid_for_messages(),
                ..subject()
            };
            (subject, hint(failure.code))
        })
    }
}
