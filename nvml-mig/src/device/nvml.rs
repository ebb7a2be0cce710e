//! Initialises NVML and finds the GPUs of this machine.

use std::ffi::CString;
use std::path::Path;
use std::sync::Arc;

use nvml_mig_sys::{self as sys, Handle};

use crate::device::pci_address::PciAddress;
use crate::device::{AnyDevice, DeviceSelector};
use crate::driver::buffer;
use crate::driver::call::{Failure, call};
use crate::error::{Error, InputError};
use crate::functions::{NOT_USED, OF_VGPU_HOSTS, REPLACEABLE};
use crate::query::{
    CudaVersion, Device, DriverVersion, MOST_GPUS, MigDevice, NvmlVersion, Session,
};

/// An initialised NVML library.
///
/// Every object obtained from it keeps NVML initialised; NVML is shut down when the last of them is dropped. GPU
/// instances and compute instances belong to the driver and remain.
///
/// ```
/// # use nvml_mig_sim::{GpuSpec, Simulator};
/// # let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).start()?;
/// # let path = simulator.library_path();
/// use nvml_mig::Nvml;
///
/// let nvml = Nvml::init_from(path)?; // `Nvml::init()` on a machine with the driver
/// for device in nvml.devices()? {
///     println!("{} {}", device.name()?, device.uuid()?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Nvml {
    session: Arc<Session>,
}

/// # Versions and devices
impl Nvml {
    pub(super) const fn of_session(session: Arc<Session>) -> Self {
        Self { session }
    }

    pub(super) const fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Opens the driver's NVML library and initialises it.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::{Error, Nvml};
    ///
    /// match Nvml::init() {
    ///     Ok(nvml) => println!("driver {}", nvml.driver_version()?),
    ///     Err(Error::LibraryNotFound(error)) => println!("no driver on this machine: {error}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::LibraryNotFound`] on a machine without the driver, [`Error::LibraryUnusable`] for a broken
    /// library, and [`ReturnCode::DriverNotLoaded`](crate::ReturnCode::DriverNotLoaded) when the kernel driver
    /// is not running.
    #[doc(alias = "nvmlInit_v2")]
    #[doc(alias = "nvmlInit")]
    pub fn init() -> Result<Self, Error> {
        Session::init().map(Self::of_session)
    }

    /// Opens the NVML library at `path` and initialises it. The file is trusted: its code runs in this process.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// let path = "/run/nvidia/driver/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1"; // NVIDIA's GPU operator
    /// # let path = simulator.library_path();
    /// let nvml = nvml_mig::Nvml::init_from(path)?;
    /// # assert_eq!(nvml.device_count()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`init`](Self::init).
    #[doc(alias = "nvmlInit_v2")]
    pub fn init_from(path: impl AsRef<Path>) -> Result<Self, Error> {
        Session::init_from(path.as_ref()).map(Self::of_session)
    }

    /// Returns the version of the kernel driver, such as `550.163.01`. The result is cached.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] or [`Error::FunctionMissing`] if NVML does not report it.
    #[doc(alias = "nvmlSystemGetDriverVersion")]
    pub fn driver_version(&self) -> Result<DriverVersion, Error> {
        let session = &self.session;
        let version = session
            .driver_version
            .get_or_ask((), || session.driver().driver_version());
        let version = version.map_err(|failure| self.error(failure, None))?;
        Ok(version.into())
    }

    /// Returns the version of the NVML library, such as `12.550.163.01`. The result is cached.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] or [`Error::FunctionMissing`] if NVML does not report it.
    #[doc(alias = "nvmlSystemGetNVMLVersion")]
    pub fn nvml_version(&self) -> Result<NvmlVersion, Error> {
        const SIZE: usize = sys::NVML_SYSTEM_NVML_VERSION_BUFFER_SIZE as usize;
        let library = self.session.driver().library();
        let ask = || {
            buffer::text::<SIZE>(|text, length| {
                call!(library.nvmlSystemGetNVMLVersion(text, length))
            })
        };
        let version = self.session.nvml_version.get_or_ask((), ask);
        let version = version.map_err(|failure| self.error(failure, None))?;
        Ok(version.into())
    }

    /// Returns the newest CUDA version that the driver supports.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] or [`Error::FunctionMissing`] if NVML does not report it.
    #[doc(alias = "nvmlSystemGetCudaDriverVersion")]
    #[inline]
    pub fn cuda_driver_version(&self) -> Result<CudaVersion, Error> {
        let library = self.session.driver().library();
        let mut version = 0;
        match call!(library.nvmlSystemGetCudaDriverVersion(&mut version)) {
            Ok(()) => Ok(CudaVersion::from_number(version.cast_unsigned())),
            Err(failure) => Err(self.error(failure, None)),
        }
    }

    /// Returns the functions that this crate needs and the installed library lacks. Only calls that need one of them
    /// fail, with [`Error::FunctionMissing`]. Functions for vGPU hosts are left out.
    #[must_use]
    pub fn missing_functions(&self) -> Vec<&'static str> {
        let missing = self.session.driver().library().missing_functions();
        let others = [NOT_USED, REPLACEABLE, OF_VGPU_HOSTS];
        let is_needed = |name: &&&str| others.iter().all(|names| !names.contains(name));
        missing.iter().filter(is_needed).copied().collect()
    }

    /// Returns the number of GPUs, without MIG devices.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] or [`Error::FunctionMissing`] if NVML does not report it.
    #[doc(alias = "nvmlDeviceGetCount_v2")]
    #[inline]
    pub fn device_count(&self) -> Result<u32, Error> {
        let library = self.session.driver().library();
        let mut count = 0;
        match call!(library.nvmlDeviceGetCount_v2(&mut count)) {
            Ok(()) if count <= MOST_GPUS => Ok(count),
            Ok(()) => Err(self.error(Failure::implausible("nvmlDeviceGetCount_v2"), None)),
            Err(failure) => Err(self.error(failure, None)),
        }
    }

    /// Returns all GPUs, ordered by index.
    ///
    /// # Errors
    ///
    /// As [`device_by_index`](Self::device_by_index). It fails if any GPU can't be opened; use
    /// [`each_device`](Self::each_device) to skip such a GPU.
    pub fn devices(&self) -> Result<Vec<Device>, Error> {
        (0..self.device_count()?)
            .map(|index| self.device_by_index(index))
            .collect()
    }

    /// Returns the GPU with this index. Indices can change at a reboot; UUIDs do not.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if there is no GPU with this index, or NVML
    /// does not open it ([`Cause::NotOpened`](crate::error::Cause::NotOpened)), and
    /// [`ReturnCode::NoPermission`](crate::ReturnCode::NoPermission) if this process may not access the GPU.
    #[doc(alias = "nvmlDeviceGetHandleByIndex_v2")]
    #[inline]
    pub fn device_by_index(&self, index: u32) -> Result<Device, Error> {
        let library = self.session.driver().library();
        self.device(
            |failure| self.index_error(failure, index),
            |device| call!(library.nvmlDeviceGetHandleByIndex_v2(index, device)),
        )
    }

    /// Returns the GPU with this UUID, such as `GPU-...`.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none, [`Error::Input`] for the UUID of a
    /// MIG device, which [`mig_device_by_uuid`](Self::mig_device_by_uuid) looks up, and for a text with a NUL.
    #[doc(alias = "nvmlDeviceGetHandleByUUID")]
    pub fn device_by_uuid(&self, uuid: &str) -> Result<Device, Error> {
        let uuid = as_printed(uuid);
        if uuid.starts_with("MIG-") {
            return Err(InputError::UuidOfMigDevice { uuid }.into());
        }
        self.device_by_any_uuid(&uuid)
    }

    /// Returns the MIG device with this UUID: `MIG-<uuid>`, or `MIG-GPU-<uuid>/<gi>/<ci>` with drivers before R470.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("2c.4g.24gb")?.id;
    /// # let compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// # let uuid = compute_instance.mig_device()?.uuid()?;
    /// let mig_device = nvml.mig_device_by_uuid(&uuid)?; // such as from CUDA_VISIBLE_DEVICES
    /// let gpu_instance = mig_device.gpu_instance()?;
    /// println!("GPU {}, GPU instance {}", mig_device.parent()?.uuid()?, gpu_instance.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none, [`Error::Input`] for the UUID of a
    /// GPU, which [`device_by_uuid`](Self::device_by_uuid) looks up, and for a text with a NUL.
    #[doc(alias = "nvmlDeviceGetHandleByUUID")]
    pub fn mig_device_by_uuid(&self, uuid: &str) -> Result<MigDevice, Error> {
        let uuid = as_printed(uuid);
        if !uuid.starts_with("MIG-") {
            return Err(InputError::NotUuidOfMigDevice { uuid }.into());
        }
        self.device_by_any_uuid(&uuid).map(MigDevice::new)
    }

    /// Returns the GPU or MIG device with this UUID.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let uuid = device.uuid()?;
    /// use nvml_mig::AnyDevice;
    ///
    /// match nvml.any_device_by_uuid(&uuid)? {
    ///     AnyDevice::Gpu(device) => println!("a whole {}", device.name()?),
    ///     AnyDevice::Mig(mig_device) => println!("{}", mig_device.name()?),
    ///     other => println!("an unknown {other}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none, and [`Error::Input`] for a text with a
    /// NUL.
    #[doc(alias = "nvmlDeviceGetHandleByUUID")]
    #[doc(alias = "nvmlDeviceIsMigDeviceHandle")]
    pub fn any_device_by_uuid(&self, uuid: &str) -> Result<AnyDevice, Error> {
        AnyDevice::of(self.device_by_any_uuid(&as_printed(uuid))?)
    }

    /// Returns the GPU at this PCI address, such as `00000000:17:00.0`. The domain may also have four digits, or be missing.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none,
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) for a text that is not a PCI address, and
    /// [`Error::Input`] for a text with a NUL.
    #[doc(alias = "nvmlDeviceGetHandleByPciBusId_v2")]
    pub fn device_by_pci_bus_id(&self, pci_bus_id: &str) -> Result<Device, Error> {
        let address = PciAddress::parse(pci_bus_id).map(|address| address.to_string());
        let text = c_string(address.as_deref().unwrap_or(pci_bus_id))?;
        let library = self.session.driver().library();
        self.device(
            |failure| self.pci_address_error(failure, pci_bus_id, address.is_some()),
            |device| call!(library.nvmlDeviceGetHandleByPciBusId_v2(text.as_c_str(), device)),
        )
    }

    fn device_by_any_uuid(&self, uuid: &str) -> Result<Device, Error> {
        let text = c_string(uuid)?;
        let library = self.session.driver().library();
        self.device(
            |failure| self.look_up_error(failure, uuid),
            |device| call!(library.nvmlDeviceGetHandleByUUID(text.as_c_str(), device)),
        )
    }

    #[inline]
    fn device(
        &self,
        error: impl FnOnce(Failure) -> Error,
        query: impl FnOnce(&mut sys::nvmlDevice_t) -> Result<(), Failure>,
    ) -> Result<Device, Error> {
        let mut raw = Handle::NULL.raw();
        query(&mut raw).map_err(error)?;
        Ok(Device::new(Arc::clone(&self.session), Handle::new(raw)))
    }
}

/// A complete UUID in NVML's spelling, which NVML may compare case-sensitively; any other text unchanged.
fn as_printed(uuid: &str) -> String {
    let selector = uuid.parse::<DeviceSelector>().ok();
    let complete = selector.filter(DeviceSelector::is_complete_uuid);
    complete.map_or_else(|| uuid.to_owned(), |selector| selector.to_string())
}

/// Converts a text for C.
fn c_string(text: &str) -> Result<CString, InputError> {
    CString::new(text).map_err(|_| InputError::Nul {
        text: text.to_owned(),
    })
}
