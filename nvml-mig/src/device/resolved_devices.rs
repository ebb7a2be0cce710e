//! Finds the devices that an environment variable makes visible.

use super::device_selector::{DeviceSelector, Target};
use super::visible_device_error::{CudaRule, Reason, VisibleDeviceError};
use super::visible_devices::{Variable, VisibleDevices};
use super::{AnyDevice, Nvml};
use crate::error::Error;

/// The devices that an environment variable makes visible, and its invalid entries.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ResolvedDevices {
    /// The visible devices, in the order of the variable.
    pub devices: Vec<AnyDevice>,
    /// The entries that select no device, each with the reason.
    pub invalid: Vec<VisibleDeviceError>,
}

/// # Selected devices
impl Nvml {
    /// Returns the devices that a value of `CUDA_VISIBLE_DEVICES` or `NVIDIA_VISIBLE_DEVICES` makes visible.
    ///
    /// For `CUDA_VISIBLE_DEVICES`, CUDA's rules apply: the first invalid entry ends the list, a repeated device makes the
    /// whole list invalid, and all entries are of one kind: indices, UUIDs of GPUs, or UUIDs of MIG devices. An index is
    /// that of NVML, which is also CUDA's if `CUDA_DEVICE_ORDER` is `PCI_BUS_ID`. CUDA itself uses only one MIG device.
    ///
    /// For `NVIDIA_VISIBLE_DEVICES`, each valid entry counts. A container with an invalid one does not start.
    ///
    /// A GPU whose MIG mode is on is returned as a GPU; its [`mig_devices`](crate::Device::mig_devices) are what programs
    /// can use.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// use nvml_mig::device::VisibleDevices;
    ///
    /// let resolved = nvml.visible_devices(&VisibleDevices::from_cuda(Some("0,7,1")))?;
    /// assert_eq!(resolved.devices.len(), 1);
    /// assert_eq!(resolved.invalid[0].entry(), "7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML does not report the number of GPUs. Entries that can't be resolved are part of the answer.
    #[doc(alias = "CUDA_VISIBLE_DEVICES")]
    #[doc(alias = "NVIDIA_VISIBLE_DEVICES")]
    pub fn visible_devices(&self, value: &VisibleDevices) -> Result<ResolvedDevices, Error> {
        let variable = value.variable();
        if value.is_all() {
            let all: Vec<String> = self.indices()?.map(|index| index.to_string()).collect();
            return Ok(self.each(&all, variable));
        }
        Ok(match variable {
            Variable::Cuda => self.up_to_the_first_invalid(value.entries()),
            Variable::Nvidia => self.each(value.entries(), variable),
        })
    }

    fn each(&self, entries: &[String], variable: Variable) -> ResolvedDevices {
        let mut resolved = ResolvedDevices::default();
        for entry in entries {
            match self.resolve(entry) {
                // The container toolkit merges what two entries have in common.
                Ok(device) if resolved.devices.contains(&device) => {}
                Ok(device) => resolved.devices.push(device),
                Err(reason) => resolved.reject(entry, variable, reason),
            }
        }
        resolved
    }

    fn resolve(&self, entry: &str) -> Result<AnyDevice, Reason> {
        let selector: DeviceSelector = entry.parse()?;
        Ok(self.find_device(&selector)?)
    }

    fn up_to_the_first_invalid(&self, entries: &[String]) -> ResolvedDevices {
        let mut resolved = ResolvedDevices::default();
        let mut kind = None;
        for entry in entries {
            if let Err(reason) = self.resolve_next(entry, &mut kind, &mut resolved.devices) {
                resolved.reject(entry, Variable::Cuda, reason);
                break;
            }
        }
        resolved
    }

    fn resolve_next(
        &self,
        entry: &str,
        kind: &mut Option<Kind>,
        devices: &mut Vec<AnyDevice>,
    ) -> Result<(), Reason> {
        let selector: DeviceSelector = entry.parse()?;
        let this = Kind::of(&selector).ok_or(CudaRule::UnknownForm)?;
        if *kind.get_or_insert(this) != this {
            return Err(CudaRule::OtherKind.into());
        }
        let device = self.find_device(&selector)?;
        if devices.contains(&device) {
            devices.clear();
            return Err(CudaRule::Repeated.into());
        }
        devices.push(device);
        Ok(())
    }
}

/// The kinds of entries that CUDA knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Index,
    Gpu,
    Mig,
}

impl Kind {
    fn of(selector: &DeviceSelector) -> Option<Self> {
        match selector.target() {
            Target::GpuIndex(_) => Some(Self::Index),
            Target::GpuUuid(_) => Some(Self::Gpu),
            Target::MigUuid(_) | Target::MigIds { .. } => Some(Self::Mig),
            Target::MigIndex { .. } | Target::PciAddress(_) => None,
        }
    }
}

impl ResolvedDevices {
    /// Creates a result from devices and invalid entries, for example in a test.
    #[must_use]
    pub const fn new(devices: Vec<AnyDevice>, invalid: Vec<VisibleDeviceError>) -> Self {
        Self { devices, invalid }
    }

    fn reject(&mut self, entry: &str, variable: Variable, reason: Reason) {
        let error = VisibleDeviceError::new(entry, variable, reason);
        self.invalid.push(error);
    }
}
