//! The way out to NVML's own handles, and in.

use std::sync::Arc;

use nvml_mig_sys::{self as sys, Handle};

use crate::error::Error;
use crate::query::{Device, MigDevice, Session};

use super::Nvml;

/// # The library beside what is wrapped
impl Nvml {
    /// Initialises NVML in a library that was opened already, or made of functions of one's own
    /// ([`sys::Library::from_symbols`]).
    ///
    /// # Errors
    ///
    /// As [`init`](Self::init).
    #[doc(alias = "nvmlInit_v2")]
    pub fn from_library(library: sys::Library) -> Result<Self, Error> {
        Session::from_library(library).map(Self::of_session)
    }

    /// The library, for functions that this crate does not wrap: [`sys::Library::symbols`] has them.
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// use nvml_mig::{Nvml, sys};
    ///
    /// let nvml = Nvml::init_from(simulator.library_path())?;
    /// let device = nvml.device_by_index(0)?;
    /// let mut minor = 0;
    /// let function = nvml.library().symbols().nvmlDeviceGetMinorNumber;
    /// // SAFETY: the handle is of this library, and NVML writes one number.
    /// let code = unsafe { function(device.as_raw(), &mut minor) };
    /// assert_eq!(code, sys::nvmlReturn_t::NVML_SUCCESS);
    /// assert_eq!(minor, device.minor_number()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn library(&self) -> &sys::Library {
        self.session().driver().library()
    }
}

/// # NVML's handle
impl Device {
    /// The GPU behind a handle that another NVML client of this process got from the same library.
    ///
    /// # Safety
    ///
    /// The handle must be of a GPU, and of the library that `nvml` has open. NVML must stay initialised by the other
    /// client no longer than needed: the [`Device`] keeps it initialised itself.
    #[must_use]
    pub unsafe fn from_raw(nvml: &Nvml, raw: sys::nvmlDevice_t) -> Self {
        Self::new(Arc::clone(nvml.session()), Handle::new(raw))
    }

    /// NVML's handle. It is valid as long as NVML is initialised, which the [`Device`] takes care of.
    #[must_use]
    #[doc(alias = "nvmlDevice_t")]
    pub const fn as_raw(&self) -> sys::nvmlDevice_t {
        self.handle().raw()
    }
}

/// # NVML's handle
impl MigDevice {
    /// The MIG device behind a handle that another NVML client of this process got from the same library.
    ///
    /// # Safety
    ///
    /// As [`Device::from_raw`], with a handle of a MIG device.
    #[must_use]
    pub unsafe fn from_raw(nvml: &Nvml, raw: sys::nvmlDevice_t) -> Self {
        Self::new(Device::new(Arc::clone(nvml.session()), Handle::new(raw)))
    }

    /// NVML's handle, which it may give to another MIG device once this one is destroyed.
    #[must_use]
    #[doc(alias = "nvmlDevice_t")]
    pub const fn as_raw(&self) -> sys::nvmlDevice_t {
        self.as_device().as_raw()
    }
}
