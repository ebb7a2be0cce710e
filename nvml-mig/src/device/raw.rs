//! Conversions to and from NVML's own handles.

use std::sync::Arc;

use nvml_mig_sys::{self as sys, Handle};

use crate::error::Error;
use crate::query::{Device, MigDevice, Session};

use super::Nvml;

/// # Access to the C library
impl Nvml {
    /// Initialises NVML in an open library, or in a table of custom functions ([`sys::Library::from_symbols`]).
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// use nvml_mig::{Nvml, sys};
    ///
    /// let library = sys::Library::open_path(simulator.library_path())?;
    /// println!("missing functions: {:?}", library.missing_functions());
    /// let nvml = Nvml::from_library(library)?;
    /// # assert_eq!(nvml.device_count()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`init`](Self::init).
    #[doc(alias = "nvmlInit_v2")]
    pub fn from_library(library: sys::Library) -> Result<Self, Error> {
        Session::from_library(library).map(Self::of_session)
    }

    /// Returns the library. [`sys::Library::symbols`] gives access to functions that this crate does not wrap.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// use nvml_mig::{Nvml, sys};
    ///
    /// let nvml = Nvml::init_from(simulator.library_path())?;
    /// let device = nvml.device_by_index(0)?;
    /// let mut minor = 0;
    /// let function = nvml.library().symbols().nvmlDeviceGetMinorNumber;
    /// // SAFETY: the handle comes from this library, and NVML writes one number.
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
    /// Wraps a GPU handle that another NVML client in this process obtained from the same library.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// use std::ptr::null_mut;
    ///
    /// use nvml_mig::{Device, sys};
    ///
    /// // Another client of the same library gets a handle.
    /// let mut raw: sys::nvmlDevice_t = null_mut();
    /// let by_index = nvml.library().symbols().nvmlDeviceGetHandleByIndex_v2;
    /// // SAFETY: NVML writes one handle.
    /// let code = unsafe { by_index(0, &mut raw) };
    /// assert_eq!(code, sys::nvmlReturn_t::NVML_SUCCESS);
    ///
    /// // SAFETY: the handle belongs to a GPU and comes from the library of `nvml`.
    /// let device = unsafe { Device::from_raw(&nvml, raw) };
    /// assert_eq!(device.name()?, "NVIDIA A30");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// The handle must belong to a GPU and come from the library that `nvml` has opened. The other client may shut NVML
    /// down afterwards: the [`Device`] keeps it initialised.
    #[must_use]
    pub unsafe fn from_raw(nvml: &Nvml, raw: sys::nvmlDevice_t) -> Self {
        Self::new(Arc::clone(nvml.session()), Handle::new(raw))
    }

    /// Returns the library that this GPU belongs to.
    #[must_use]
    pub fn nvml(&self) -> Nvml {
        Nvml::of_session(self.shared_session())
    }

    /// Returns NVML's handle. It is valid while NVML is initialised, which this [`Device`] ensures.
    #[must_use]
    #[doc(alias = "nvmlDevice_t")]
    pub const fn as_raw(&self) -> sys::nvmlDevice_t {
        self.handle().raw()
    }
}

/// # NVML's handle
impl MigDevice {
    /// Wraps a MIG device handle that another NVML client in this process obtained from the same library.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb")?.id;
    /// # let compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// use nvml_mig::MigDevice;
    ///
    /// let raw = compute_instance.mig_device()?.as_raw(); // or from another client
    /// // SAFETY: the handle belongs to a MIG device and comes from the library of `nvml`.
    /// let mig_device = unsafe { MigDevice::from_raw(&nvml, raw) };
    /// assert!(mig_device.uuid()?.starts_with("MIG-"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// As [`Device::from_raw`], with a handle of a MIG device.
    #[must_use]
    pub unsafe fn from_raw(nvml: &Nvml, raw: sys::nvmlDevice_t) -> Self {
        Self::new(Device::new(Arc::clone(nvml.session()), Handle::new(raw)))
    }

    /// Returns NVML's handle. NVML may reuse it for another MIG device after this one is destroyed.
    #[must_use]
    #[doc(alias = "nvmlDevice_t")]
    pub const fn as_raw(&self) -> sys::nvmlDevice_t {
        self.as_device().as_raw()
    }
}
