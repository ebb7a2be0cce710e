//! Resolves handles, IDs and names on a machine.

use crate::machine::Machine;
use crate::machine::gpu::Gpu;
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::handle::{HandleKind, decode, encode};
use crate::machine::mig_device::MigDevice;
use crate::machine::pci_address::PciAddress;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::uuid_text::parse_uuid;

/// The object behind an `nvmlDevice_t`.
#[derive(Debug, Clone, Copy)]
pub enum Device<'machine> {
    /// A GPU.
    Gpu(&'machine Gpu),
    /// A MIG device.
    Mig(MigDevice<'machine>),
}

impl<'machine> Device<'machine> {
    /// Returns the GPU itself, or the GPU of the MIG device.
    #[must_use]
    pub fn gpu(&self) -> &'machine Gpu {
        match self {
            Self::Gpu(gpu) => gpu,
            Self::Mig(device) => device.gpu,
        }
    }

    /// Returns the MIG device.
    ///
    /// # Errors
    ///
    /// `refusal` if this is a GPU.
    pub fn mig(&self, refusal: Refusal) -> Answer<MigDevice<'machine>> {
        match self {
            Self::Gpu(_) => Err(refusal),
            Self::Mig(device) => Ok(*device),
        }
    }
}

impl Machine {
    /// Returns the handle of an object on this machine.
    #[must_use]
    pub fn handle(&self, kind: HandleKind, number: u32) -> u64 {
        encode(kind, self.salt(), number)
    }

    /// Returns the number in a handle of this kind.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] for any other handle.
    pub fn number(&self, handle: u64, kind: HandleKind) -> Answer<u32> {
        decode(handle, kind, self.salt()).ok_or(Refusal::InvalidArgument)
    }

    /// Returns the GPU with this index.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if the index is not below the number of GPUs.
    pub fn gpu_at(&self, index: u32) -> Answer<&Gpu> {
        let mut gpus = self.gpus().iter();
        let gpu = gpus.find(|gpu| gpu.index == index);
        self.reach(gpu.ok_or(Refusal::InvalidArgument)?)
    }

    /// Returns the PCI address of the GPU with this index, whether the GPU is reachable or not.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if the index is not below the number of GPUs.
    pub(crate) fn pci_address_at(&self, index: u32) -> Answer<PciAddress> {
        let mut gpus = self.gpus().iter();
        let gpu = gpus.find(|gpu| gpu.index == index);
        gpu.map(Gpu::pci_address).ok_or(Refusal::InvalidArgument)
    }

    /// Returns the GPU with this handle; a MIG device's handle is refused.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] for any other handle.
    pub fn gpu(&self, handle: u64) -> Answer<&Gpu> {
        self.gpu_at(self.number(handle, HandleKind::Gpu)?)
    }

    /// Returns the GPU or MIG device with this handle.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] for any other handle.
    pub fn device(&self, handle: u64) -> Answer<Device<'_>> {
        match self.number(handle, HandleKind::MigDevice) {
            Ok(serial) => self.mig_device_with_serial(serial).map(Device::Mig),
            Err(_) => self.gpu(handle).map(Device::Gpu),
        }
    }

    /// Returns the GPU instance with this handle, and its GPU.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] for any other handle, including that of a destroyed instance.
    pub fn gpu_instance(&self, handle: u64) -> Answer<(&Gpu, &GpuInstance)> {
        let serial = self.number(handle, HandleKind::GpuInstance)?;
        let mut all = self.gpus().iter().flat_map(|gpu| {
            let instances = gpu.gpu_instances.iter();
            instances.map(move |instance| (gpu, instance))
        });
        let (gpu, instance) = all
            .find(|(_, instance)| instance.serial == serial)
            .ok_or(Refusal::InvalidArgument)?;
        Ok((self.reach(gpu)?, instance))
    }

    /// Returns the compute instance with this handle, with its GPU instance and GPU.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] for any other handle, including that of a destroyed instance.
    pub fn compute_instance(&self, handle: u64) -> Answer<MigDevice<'_>> {
        let serial = self.number(handle, HandleKind::ComputeInstance)?;
        self.mig_device_with_serial(serial)
    }

    /// Returns the GPU or MIG device with this UUID, in either format.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none.
    pub fn device_with_uuid(&self, uuid: &str) -> Answer<Device<'_>> {
        if let Some(uuid) = parse_uuid("GPU-", uuid) {
            let gpu = self.gpus().iter().find(|gpu| gpu.uuid == uuid);
            let gpu = gpu.ok_or(Refusal::NotFound)?;
            return self.reach(gpu).map(Device::Gpu);
        }
        let found = self.mig_devices().find(|device| device.is_named(uuid));
        let found = found.ok_or(Refusal::NotFound)?;
        self.reach(found.gpu)?;
        Ok(Device::Mig(found))
    }

    /// Returns the GPU at a PCI address, whose domain has 4 or 8 digits.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] if the text is not an address, [`Refusal::NotFound`] if there is no such GPU.
    pub fn gpu_with_pci_bus_id(&self, text: &str) -> Answer<&Gpu> {
        let address = PciAddress::parse(text).ok_or(Refusal::InvalidArgument)?;
        let mut gpus = self.gpus().iter();
        let gpu = gpus.find(|gpu| gpu.pci_address() == address);
        self.reach(gpu.ok_or(Refusal::NotFound)?)
    }

    fn mig_devices(&self) -> impl Iterator<Item = MigDevice<'_>> {
        let gpus = self.gpus().iter();
        gpus.flat_map(|gpu| self.visible_mig_devices(gpu))
    }

    fn mig_device_with_serial(&self, serial: u32) -> Answer<MigDevice<'_>> {
        let found = self
            .mig_devices()
            .find(|device| device.compute_instance.serial == serial)
            .ok_or(Refusal::InvalidArgument)?;
        self.reach(found.gpu)?;
        Ok(found)
    }
}
