//! Creates and destroys GPU and compute instances.

use crate::machine::Machine;
use crate::machine::compute_instance::ComputeInstance;
use crate::machine::gpu::{Gpu, Virtualization};
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::handle::HandleKind;
use crate::machine::refusal::{Answer, Refusal};
use nvml_mig_boards::catalogue::{ComputeInstanceProfile, GpuInstanceProfile};

/// Start and size of a placement.
type Placement = (u32, u32);

impl Machine {
    /// Returns the profile with this number, if the driver currently lists it.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if the driver does not know the number, [`Refusal::NotSupported`] if the board has
    /// no such profile or it is not listed while MIG mode is off.
    pub fn profile_with_number(
        &self,
        gpu: &Gpu,
        number: u32,
    ) -> Answer<&'static GpuInstanceProfile> {
        if number >= self.driver.gpu_instance_profile_count() {
            return Err(Refusal::InvalidArgument);
        }
        self.require_profile_list(gpu)?;
        let profile = gpu.board.profile_with_number(number);
        profile.ok_or(Refusal::NotSupported)
    }

    /// Returns the profile with this ID, if the driver currently lists it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] if the board has no such profile or it is not listed while MIG mode is off.
    pub fn profile_with_id(&self, gpu: &Gpu, id: u32) -> Answer<&'static GpuInstanceProfile> {
        self.require_profile_list(gpu)?;
        let profile = gpu.board.profile_with_id(id);
        let count = self.driver.gpu_instance_profile_count();
        profile
            .filter(|profile| profile.profile < count)
            .ok_or(Refusal::NotSupported)
    }

    /// Returns the compute instance profile with this number.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if the driver does not know the number, [`Refusal::NotSupported`] if this GPU
    /// instance has no such profile.
    pub fn compute_profile_with_number(
        &self,
        parent_profile: &GpuInstanceProfile,
        number: u32,
    ) -> Answer<&'static ComputeInstanceProfile> {
        if number >= self.driver.compute_instance_profile_count() {
            return Err(Refusal::InvalidArgument);
        }
        let mut profiles = parent_profile.compute.iter();
        profiles
            .find(|profile| profile.profile == number)
            .ok_or(Refusal::NotSupported)
    }

    /// Returns the compute instance profile with this ID.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] if this GPU instance has no such profile.
    pub fn compute_profile_with_id(
        &self,
        parent_profile: &GpuInstanceProfile,
        id: u32,
    ) -> Answer<&'static ComputeInstanceProfile> {
        let count = self.driver.compute_instance_profile_count();
        let mut profiles = parent_profile.compute.iter();
        profiles
            .find(|profile| profile.id == id && profile.profile < count)
            .ok_or(Refusal::NotSupported)
    }

    /// Creates a GPU instance, at a placement or where the driver chooses, and returns its handle.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPermission`] without privilege; [`Refusal::NotSupported`] while MIG mode is off and in a vGPU
    /// guest; [`Refusal::InvalidArgument`] if the board has no such profile or the placement is impossible;
    /// [`Refusal::InUse`] if this is the first instance and processes are running on the GPU;
    /// [`Refusal::InsufficientResources`] if there is no room.
    pub fn create_gpu_instance(
        &mut self,
        gpu: u64,
        profile_id: u32,
        placement: Option<Placement>,
    ) -> Answer<u64> {
        let gpu = self.gpu(gpu)?;
        self.caller.require_privilege()?;
        gpu.require_mig()?;
        if gpu.virtualization == Virtualization::VgpuGuest {
            return Err(Refusal::NotSupported);
        }
        let profile = self.profile_with_id(gpu, profile_id);
        let profile = profile.or(Err(Refusal::InvalidArgument))?;
        let (index, span) = (gpu.index, gpu.place(profile, placement)?);
        let serial = self.next_serial();
        self.gpu_mut(index)?.insert(profile, span, serial);
        Ok(self.handle(HandleKind::GpuInstance, serial))
    }

    /// Destroys a GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while it has compute instances, processes or vGPUs; [`Refusal::NoPermission`] without privilege.
    pub fn destroy_gpu_instance(&mut self, handle: u64) -> Answer {
        let (gpu, instance) = self.gpu_instance(handle)?;
        self.caller.require_privilege()?;
        let has_vgpus = gpu.vgpus_on(Some(instance.id)).next().is_some();
        if !instance.compute_instances.is_empty() || gpu.is_busy(instance.id, None) || has_vgpus {
            return Err(Refusal::InUse);
        }
        let (index, serial) = (gpu.index, instance.serial);
        let gpu = self.gpu_mut(index)?;
        gpu.gpu_instances
            .retain(|instance| instance.serial != serial);
        gpu.mig_config_changes += 1;
        Ok(())
    }

    /// Creates a compute instance, at a placement or where the driver chooses, and returns its handle.
    ///
    /// # Errors
    ///
    /// The errors of [`GpuInstance::choose_at`]; [`Refusal::NoPermission`] without privilege; [`Refusal::NotSupported`]
    /// if this GPU instance has no such profile.
    pub fn create_compute_instance(
        &mut self,
        handle: u64,
        profile_id: u32,
        placement: Option<Placement>,
    ) -> Answer<u64> {
        let (gpu, instance) = self.gpu_instance(handle)?;
        self.caller.require_privilege()?;
        let parent_profile = instance.profile(gpu.board)?;
        let wanted = self.compute_profile_with_id(parent_profile, profile_id)?;
        let (id, start) = match placement {
            Some(placement) => instance.choose_at(parent_profile, wanted, placement)?,
            None => instance.choose(parent_profile, wanted)?,
        };
        let created = ComputeInstance::new(id, wanted, start);
        let (index, parent) = (gpu.index, instance.serial);
        let serial = self.next_serial();
        let created = created.with_serial(serial);
        self.change_gpu_instance(index, parent, |instance| instance.insert(created))?;
        Ok(self.handle(HandleKind::ComputeInstance, serial))
    }

    /// Destroys a compute instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while processes are running on it; [`Refusal::NoPermission`] without privilege.
    pub fn destroy_compute_instance(&mut self, handle: u64) -> Answer {
        let device = self.compute_instance(handle)?;
        self.caller.require_privilege()?;
        let (parent, id) = (device.gpu_instance, device.compute_instance.id);
        if device.gpu.is_busy(parent.id, Some(id)) {
            return Err(Refusal::InUse);
        }
        let (index, parent) = (device.gpu.index, parent.serial);
        self.change_gpu_instance(index, parent, |instance| {
            instance.compute_instances.retain(|inside| inside.id != id);
        })
    }

    fn change_gpu_instance(
        &mut self,
        gpu: u32,
        serial: u32,
        change: impl FnOnce(&mut GpuInstance),
    ) -> Answer {
        let gpu = self.gpu_mut(gpu)?;
        let mut instances = gpu.gpu_instances.iter_mut();
        let instance = instances.find(|instance| instance.serial == serial);
        change(instance.ok_or(Refusal::InvalidArgument)?);
        gpu.mig_config_changes += 1;
        Ok(())
    }

    /// Drivers up to 535 list no profiles while MIG mode is off.
    fn require_profile_list(&self, gpu: &Gpu) -> Answer {
        let listed = gpu.mig_mode.current || self.driver.lists_profiles_with_mig_disabled();
        (gpu.has_mig() && listed)
            .then_some(())
            .ok_or(Refusal::NotSupported)
    }
}
