//! What a container sees that was given MIG devices only, and perhaps not all of them.
//!
//! GPUs on which it has no device are counted and refuse every query, as NVIDIA's driver does for GPUs that a process
//! can't open. How the driver numbers the MIG devices of such a container is not known; here they are numbered as if
//! there were no others.

use uuid::Uuid;

use crate::machine::Machine;
use crate::machine::gpu::Gpu;
use crate::machine::lookup::Device;
use crate::machine::mig_device::MigDevice;
use crate::machine::privilege::Caller;
use crate::machine::refusal::{Answer, Refusal};

impl Machine {
    /// Makes calls come from a container that was given the MIG devices with these UUIDs, in either format.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such device.
    pub fn enter_container(&mut self, uuids: &[String]) -> Answer {
        let all = || self.gpus.iter().flat_map(Gpu::mig_devices);
        let find = |text: &String| all().find(|device| device.is_named(text));
        let found = uuids
            .iter()
            .map(|text| find(text).map(|device| *device.uuid()));
        let found: Option<Vec<Uuid>> = found.collect();
        self.container_devices = Some(found.ok_or(Refusal::NotFound)?);
        self.caller = Caller::Container;
        Ok(())
    }

    /// Sets the privilege with which calls are made. A container has all MIG devices.
    pub fn set_caller(&mut self, caller: Caller) {
        self.container_devices = None;
        self.caller = caller;
    }

    /// Returns the UUIDs of the MIG devices to which the caller is limited; `None` if it is not.
    #[must_use]
    pub fn container_devices(&self) -> Option<&[Uuid]> {
        let devices = self.container_devices.as_deref();
        devices.filter(|_| self.caller == Caller::Container)
    }

    /// Returns the MIG devices of a GPU that the caller sees, in order of their indices.
    pub fn visible_mig_devices<'a>(&'a self, gpu: &'a Gpu) -> impl Iterator<Item = MigDevice<'a>> {
        let given = self.container_devices();
        let all = gpu.mig_devices();
        all.filter(move |device| given.is_none_or(|given| given.contains(device.uuid())))
    }

    /// Returns the index of a MIG device among those of its GPU that the caller sees.
    #[must_use]
    pub fn index_of(&self, device: &MigDevice<'_>) -> Option<usize> {
        let serial = device.compute_instance.serial;
        let mut all = self.visible_mig_devices(device.gpu);
        all.position(|device| device.compute_instance.serial == serial)
    }

    /// Whether the caller has the GPU's node, `/dev/nvidiaN`.
    #[must_use]
    pub fn has_node_of(&self, gpu: &Gpu) -> bool {
        self.container_devices().is_none() || self.visible_mig_devices(gpu).next().is_some()
    }

    /// Returns a GPU, unless every query about it fails.
    ///
    /// # Errors
    ///
    /// The injected return code, or [`Refusal::NoPermission`] if the caller has no node of the GPU.
    pub(super) fn reach<'a>(&self, gpu: &'a Gpu) -> Answer<&'a Gpu> {
        let gpu = gpu.reachable()?;
        self.has_node_of(gpu)
            .then_some(gpu)
            .ok_or(Refusal::NoPermission)
    }

    /// Checks that the caller may ask for the memory of a device.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPermission`] for a whole GPU if the caller is a container.
    pub fn require_memory_of(&self, device: &Device<'_>) -> Answer {
        match (self.caller, device) {
            (Caller::Container, Device::Gpu(_)) => Err(Refusal::NoPermission),
            _ => Ok(()),
        }
    }
}
