//! A reading of a GPU. It queries each fact only once, and takes facts that do not change from the cache.

use std::sync::Arc;

use super::expected::Expected;
use super::live::EachMigDevice;
use super::{LiveGpuInstance, LiveMigDevice};
use crate::driver::call::Failure;
use crate::error::{Error, ReturnCode};
use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::plan::GpuModel;
use crate::profile::GpuInstanceProfileInfo;
use crate::query::{Device, GpuInstance, KnownGpu, MigMode, MigModes, PciInfo};

/// The state of a GPU at one time: MIG mode, and all instances with their handles. MIG devices and processes are read when
/// their methods are called, and matched with these instances: after a change by others, read anew.
///
/// Profiles, possible placements and names do not change while MIG mode does not. They are read once per GPU and cached with
/// the library, so that a second reading only reads MIG mode and the instances.
///
/// ```
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
/// # let profile = device.gpu_instance_profile_by_name("2g.12gb")?.id;
/// # let _created = device.create_gpu_instance(profile)?;
/// use nvml_mig::inventory::Inventory;
///
/// let inventory = Inventory::read(&device)?;
/// println!("{} {}", inventory.name()?, inventory.uuid()?);
/// for live in inventory.gpu_instances()? {
///     println!("GPU instance {} at {}", live.gpu_instance.id(), live.gpu_instance.placement());
/// }
/// # assert_eq!(inventory.gpu_instances()?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Inventory {
    device: Device,
    /// `None` on a GPU without MIG.
    read: Option<(MigModes, Arc<KnownGpu>)>,
    /// The failure if they can't be listed, for example without the privilege.
    gpu_instances: Result<Vec<LiveGpuInstance>, Failure>,
}

/// # Reading
impl Inventory {
    /// Reads a GPU. A GPU without MIG, or with MIG mode off, has no instances. If the instances can't be listed, as by a
    /// caller without the privilege, there is an inventory too: profiles and MIG devices may be readable, and
    /// [`gpu_instances`](Self::gpu_instances) returns the error.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML does not report MIG mode, as of a GPU that is lost.
    #[doc(alias = "nvmlDeviceGetMigMode")]
    #[doc(alias = "nvmlDeviceGetGpuInstances")]
    #[doc(alias = "nvmlGpuInstanceGetComputeInstances")]
    pub fn read(device: &Device) -> Result<Self, Error> {
        Self::expecting(device, &Expected::default())
    }

    pub(crate) fn expecting(device: &Device, expected: &Expected<'_>) -> Result<Self, Error> {
        let read = match device.known() {
            Err(failure) if failure.is(ReturnCode::NotSupported) => None,
            read => Some(read.map_err(|failure| device.mig_mode_error(failure))?),
        };
        let mut inventory = Self {
            device: device.clone(),
            read,
            gpu_instances: Ok(Vec::new()),
        };
        inventory.gpu_instances = inventory.live(expected);
        Ok(inventory)
    }

    fn live(&self, expected: &Expected<'_>) -> Result<Vec<LiveGpuInstance>, Failure> {
        let Some((modes, known)) = &self.read else {
            return Ok(Vec::new());
        };
        if modes.current() != MigMode::Enabled {
            return Ok(Vec::new());
        }
        let device = &self.device;
        let read = |handle| GpuInstance::from_handle(device, handle);
        let gpu_instances = device.gpu_instances_in(known, &expected.profiles(), read)?;
        let live = gpu_instances.into_iter().map(|gpu_instance| {
            let inside = expected.inside(&gpu_instance);
            let read = |profile, handle| inside.read(&gpu_instance, known, profile, handle);
            let listed = gpu_instance.compute_instances_in(known, &inside.profiles(), read);
            Ok(LiveGpuInstance {
                compute_instances: listed?,
                gpu_instance,
                known: Arc::clone(known),
            })
        });
        live.collect()
    }

    /// Returns the GPU that was read.
    #[must_use]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Returns MIG mode now and after the next GPU reset; `None` on a GPU without MIG.
    #[must_use]
    pub fn mig_modes(&self) -> Option<MigModes> {
        self.read.as_ref().map(|(modes, _)| *modes)
    }

    /// Returns whether MIG mode is on; `false` on a GPU without MIG.
    #[must_use]
    pub fn is_mig_enabled(&self) -> bool {
        let modes = self.mig_modes();
        modes.is_some_and(|modes| modes.current() == MigMode::Enabled)
    }

    /// Returns the GPU instances with their compute instances, ordered by id.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NoPermission`] without the privilege to list instances, if MIG mode is on; [`Error::Call`] if they can't
    /// be listed for another reason.
    pub fn gpu_instances(&self) -> Result<&[LiveGpuInstance], Error> {
        match &self.gpu_instances {
            Ok(listed) => Ok(listed),
            Err(failure) => Err(self.device.error(*failure)),
        }
    }

    /// Converts the reading into the GPU instances with their compute instances.
    ///
    /// # Errors
    ///
    /// As [`gpu_instances`](Self::gpu_instances).
    pub fn into_gpu_instances(self) -> Result<Vec<LiveGpuInstance>, Error> {
        let device = self.device;
        self.gpu_instances.map_err(|failure| device.error(failure))
    }

    /// The GPU instances that the caller may list.
    pub(super) fn listed(&self) -> Option<&[LiveGpuInstance]> {
        self.gpu_instances.as_deref().ok()
    }

    /// Returns the UUID of the GPU. The result is cached.
    ///
    /// # Errors
    ///
    /// As [`Device::uuid`].
    pub fn uuid(&self) -> Result<String, Error> {
        self.answer(self.device.known_uuid())
    }

    /// Returns the product name of the GPU, such as `NVIDIA A30`. The result is cached.
    ///
    /// # Errors
    ///
    /// As [`Device::name`].
    pub fn name(&self) -> Result<String, Error> {
        self.answer(self.device.known_name())
    }

    /// Returns the index of the GPU on this machine. The result is cached.
    ///
    /// # Errors
    ///
    /// As [`Device::index`].
    pub fn index(&self) -> Result<u32, Error> {
        self.answer(self.device.known_index())
    }

    /// Returns the PCI address and ids of the GPU. The result is cached.
    ///
    /// # Errors
    ///
    /// As [`Device::pci_info`].
    pub fn pci_info(&self) -> Result<PciInfo, Error> {
        self.answer(self.device.known_pci_info())
    }

    fn answer<T>(&self, answer: Result<T, Failure>) -> Result<T, Error> {
        answer.map_err(|failure| self.device.error(failure))
    }

    /// Returns the GPU instance profiles, in NVML's order; none on a GPU without MIG.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_profiles`].
    pub fn profiles(&self) -> Result<Vec<GpuInstanceProfileInfo>, Error> {
        match &self.read {
            None => Ok(Vec::new()),
            Some((_, known)) => self.profiles_in(known).map(|profiles| profiles.to_vec()),
        }
    }

    pub(super) fn profiles_in(
        &self,
        known: &KnownGpu,
    ) -> Result<Arc<[GpuInstanceProfileInfo]>, Error> {
        let profiles = self.device.gpu_instance_profiles_in(known);
        profiles.map_err(|failure| self.device.profiles_error(failure))
    }

    /// Returns the placements that a profile allows, free or occupied; none on a GPU without MIG.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_possible_placements`].
    pub fn possible_placements(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Vec<GpuInstancePlacement>, Error> {
        match &self.read {
            None => Ok(Vec::new()),
            Some((_, known)) => self.placements_in(known, profile),
        }
    }

    pub(super) fn placements_in(
        &self,
        known: &KnownGpu,
        profile: GpuInstanceProfileId,
    ) -> Result<Vec<GpuInstancePlacement>, Error> {
        let device = &self.device;
        let placements = device.gpu_instance_possible_placements_in(known, profile);
        let placements = placements.map_err(|failure| device.profile_error(failure, profile))?;
        Ok(placements.to_vec())
    }

    /// Returns the model of the GPU: how it can be partitioned.
    ///
    /// # Errors
    ///
    /// As [`GpuModel::read`].
    pub fn model(&self) -> Result<GpuModel, Error> {
        match &self.read {
            None => Err(self.no_mig()),
            Some((_, known)) => self.model_in(known),
        }
    }

    /// Returns the error of the query of MIG mode.
    pub(crate) fn no_mig(&self) -> Error {
        let refusal = Failure {
            function: "nvmlDeviceGetMigMode",
            code: ReturnCode::NotSupported,
        };
        self.device.mig_mode_error(refusal)
    }

    /// Returns the MIG devices, one for each compute instance. This needs no privilege.
    ///
    /// They are read now. Those of instances that were created since [`read`](Self::read) are left out, and those of instances
    /// that were destroyed since are missing.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn mig_devices(&self) -> Result<Vec<LiveMigDevice>, Error> {
        let each = self.each_mig_device()?;
        each.map(|(_, mig_device)| mig_device).collect()
    }

    /// Returns each MIG device with its index, or why it can't be read. [`mig_devices`](Self::mig_devices) fails as a whole in
    /// this case.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML does not report how many MIG devices there can be.
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn each_mig_device(
        &self,
    ) -> Result<impl Iterator<Item = (u32, Result<LiveMigDevice, Error>)>, Error> {
        Ok(self.mig_devices_or_none()?.into_iter())
    }

    fn mig_devices_or_none(&self) -> Result<EachMigDevice, Error> {
        match &self.read {
            Some((_, known)) if self.listed().is_none_or(|listed| !listed.is_empty()) => {
                self.mig_devices_in(known)
            }
            _ => Ok(Vec::new()),
        }
    }
}
