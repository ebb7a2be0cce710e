//! Lists of devices in which one that can't be opened does not hide the others.

use crate::driver::call::still_there;
use crate::error::{Error, ReturnCode};
use crate::query::{Device, MigDevice, MigMode};

use super::Nvml;

/// # GPUs
impl Nvml {
    /// Returns each GPU with its index, or why it can't be opened: it fell off the bus, or this process may not access it.
    /// [`devices`](Self::devices) fails as a whole in this case.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// for (index, device) in nvml.each_device()? {
    ///     match device {
    ///         Ok(device) => println!("GPU {index}: {}", device.name()?),
    ///         Err(error) => println!("GPU {index}: {error}"),
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`device_count`](Self::device_count).
    #[doc(alias = "nvmlDeviceGetHandleByIndex_v2")]
    pub fn each_device(
        &self,
    ) -> Result<impl Iterator<Item = (u32, Result<Device, Error>)> + '_, Error> {
        let indices = 0..self.device_count()?;
        Ok(indices.map(|index| (index, self.device_by_index(index))))
    }

    /// Returns each GPU that supports MIG with its index, or why it can't be opened or asked. GPUs without MIG are left out.
    /// [`mig_capable_devices`](Self::mig_capable_devices) fails as a whole if one can't be opened.
    ///
    /// # Errors
    ///
    /// As [`device_count`](Self::device_count).
    #[doc(alias = "nvmlDeviceGetMigMode")]
    pub fn each_mig_capable_device(
        &self,
    ) -> Result<impl Iterator<Item = (u32, Result<Device, Error>)> + '_, Error> {
        let capable = |device: Device| Ok(device.is_mig_capable()?.then_some(device));
        let each = self.each_device()?;
        Ok(each.filter_map(move |(index, device)| {
            Some((index, device.and_then(capable).transpose()?))
        }))
    }

    /// Returns the GPUs that support MIG, ordered by index, whatever their MIG mode. GPUs without MIG are left out.
    ///
    /// # Errors
    ///
    /// As [`devices`](Self::devices) and [`Device::is_mig_capable`].
    #[doc(alias = "nvmlDeviceGetMigMode")]
    pub fn mig_capable_devices(&self) -> Result<Vec<Device>, Error> {
        let each = self.each_mig_capable_device()?;
        each.map(|(_, device)| device).collect()
    }
}

/// # MIG devices
impl Device {
    /// Returns whether this GPU supports MIG, whether or not MIG mode is on.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetMigMode")]
    pub fn is_mig_capable(&self) -> Result<bool, Error> {
        match self.mig_mode_or_failure() {
            Ok(_) => Ok(true),
            Err(failure) if failure.is(ReturnCode::NotSupported) => Ok(false),
            Err(failure) => Err(self.mig_mode_error(failure)),
        }
    }

    /// Returns whether MIG mode is on; `false` on a GPU without MIG.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetMigMode")]
    pub fn is_mig_enabled(&self) -> Result<bool, Error> {
        match self.mig_mode_or_failure() {
            Ok(modes) => Ok(modes.current() == MigMode::Enabled),
            Err(failure) if failure.is(ReturnCode::NotSupported) => Ok(false),
            Err(failure) => Err(self.mig_mode_error(failure)),
        }
    }

    /// Returns each MIG device with its index, or why it can't be opened. Indices without a MIG device are left out, and
    /// so are MIG devices that were destroyed since: some drivers return handles of these. While others create or destroy
    /// instances, the indices of the rest change, so one may be left out or come twice.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// for (index, mig_device) in device.each_mig_device()? {
    ///     println!("MIG device {index}: {}", mig_device?.uuid()?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`max_mig_device_count`](Self::max_mig_device_count).
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn each_mig_device(
        &self,
    ) -> Result<impl Iterator<Item = (u32, Result<MigDevice, Error>)> + '_, Error> {
        let indices = 0..self.max_mig_device_count()?;
        Ok(indices.filter_map(|index| Some((index, self.live_mig_device(index).transpose()?))))
    }

    /// `None` if no MIG device has this index, or the handle is that of a destroyed one.
    pub(super) fn live_mig_device(&self, index: u32) -> Result<Option<MigDevice>, Error> {
        let Some(mig_device) = self.mig_device_by_index(index)? else {
            return Ok(None);
        };
        match still_there(mig_device.gpu_instance_id_or_failure()) {
            None => Ok(None),
            Some(Ok(_)) => Ok(Some(mig_device)),
            Some(Err(failure)) => Err(mig_device.as_device().error(failure)),
        }
    }
}
