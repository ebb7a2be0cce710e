//! Starts and stops vGPUs on a vGPU host, and finds the types of which another fits.

use nvml_mig_boards::catalogue::{VgpuType, VgpuTypes, vgpu_types};

use crate::machine::Machine;
use crate::machine::gpu::{Gpu, Virtualization};
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::vgpu::Vgpu;

impl Machine {
    /// Starts a vGPU.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such GPU or GPU instance, [`Refusal::NotSupported`] if the GPU is no vGPU
    /// host, [`Refusal::InvalidArgument`] for an ID that is 0 or in use or a type that is not for this place,
    /// [`Refusal::InsufficientResources`] if there is no room.
    pub fn start_vgpu(&mut self, vgpu: Vgpu) -> Answer {
        if vgpu.id == 0 || self.vgpu(vgpu.id).is_ok() {
            return Err(Refusal::InvalidArgument);
        }
        let gpu = self.gpu_mut(vgpu.gpu).or(Err(Refusal::NotFound))?;
        gpu.require_room_for(&vgpu)?;
        gpu.vgpus.push(vgpu);
        gpu.vgpus.sort_by_key(|vgpu| vgpu.id);
        Ok(())
    }

    /// Stops a vGPU.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none with this ID.
    pub fn stop_vgpu(&mut self, id: u32) -> Answer {
        let index = self.vgpu(id)?.gpu;
        self.gpu_mut(index)?.vgpus.retain(|vgpu| vgpu.id != id);
        Ok(())
    }

    /// Returns the vGPU with this ID.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none.
    pub fn vgpu(&self, id: u32) -> Answer<&Vgpu> {
        let mut vgpus = self.gpus().iter().flat_map(|gpu| &gpu.vgpus);
        vgpus.find(|vgpu| vgpu.id == id).ok_or(Refusal::NotFound)
    }

    /// Returns the vGPU type with this number.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] without a vGPU host on the machine, [`Refusal::InvalidArgument`] if its boards have no
    /// such type.
    pub fn vgpu_type(&self, number: u32) -> Answer<&'static VgpuType> {
        let hosts = self.gpus().iter().filter(|gpu| gpu.is_vgpu_host());
        let mut types = hosts.filter_map(Gpu::vgpu_types).peekable();
        types.peek().ok_or(Refusal::NotSupported)?;
        let mut all = types.flat_map(|types| types.types);
        all.find(|known| known.number == number)
            .ok_or(Refusal::InvalidArgument)
    }
}

impl Gpu {
    /// Whether its driver is the one of vGPU hosts.
    #[must_use]
    pub fn is_vgpu_host(&self) -> bool {
        self.virtualization == Virtualization::VgpuHost
    }

    /// Returns the vGPU types of its board, whether it is a vGPU host or not.
    #[must_use]
    pub fn vgpu_types(&self) -> Option<&'static VgpuTypes> {
        vgpu_types(self.board.key)
    }

    /// Returns the vGPUs on a GPU instance, or those on the whole GPU.
    pub fn vgpus_on(&self, gpu_instance: Option<u32>) -> impl Iterator<Item = &Vgpu> {
        let all = self.vgpus.iter();
        all.filter(move |vgpu| vgpu.gpu_instance == gpu_instance)
    }

    /// Returns the vGPU types of which one more vGPU fits on a GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] if the GPU is no vGPU host.
    pub fn creatable_vgpus(&self, instance: &GpuInstance) -> Answer<Vec<&'static VgpuType>> {
        let all = self.require_vgpu_host()?;
        let fitting = all.types.iter().filter(|wanted| {
            wanted.gpu_instance_profile == Some(instance.profile_id)
                && self.has_room_for(all, wanted, Some(instance))
        });
        Ok(fitting.collect())
    }

    /// Returns the types of the board, if the GPU is a vGPU host.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] otherwise.
    pub fn require_vgpu_host(&self) -> Answer<&'static VgpuTypes> {
        let types = self.vgpu_types().filter(|_| self.is_vgpu_host());
        types.ok_or(Refusal::NotSupported)
    }

    /// Checks that a vGPU can run here beside the others.
    pub(super) fn require_room_for(&self, vgpu: &Vgpu) -> Answer {
        let all = self.require_vgpu_host()?;
        let mut types = all.types.iter();
        let wanted = types.find(|known| known.number == vgpu.vgpu_type);
        let wanted = wanted.ok_or(Refusal::InvalidArgument)?;
        let instance = match vgpu.gpu_instance {
            Some(id) => Some(self.gpu_instance(id).ok_or(Refusal::NotFound)?),
            None => None,
        };
        let profile = instance.map(|instance| instance.profile_id);
        let is_whole = instance.is_none() && !self.mig_mode.current;
        if wanted.gpu_instance_profile != profile || (profile.is_none() && !is_whole) {
            return Err(Refusal::InvalidArgument);
        }
        self.has_room_for(all, wanted, instance)
            .then_some(())
            .ok_or(Refusal::InsufficientResources)
    }

    /// Whether one more vGPU fits beside those that run there. All have the same amount of memory, except in
    /// heterogeneous mode.
    fn has_room_for(
        &self,
        all: &VgpuTypes,
        wanted: &VgpuType,
        instance: Option<&GpuInstance>,
    ) -> bool {
        let memory_of = |vgpu: &Vgpu| {
            let mut types = all.types.iter();
            let known = types.find(|known| known.number == vgpu.vgpu_type);
            known.map_or(0, |known| known.memory_mib)
        };
        let id = instance.map(|instance| instance.id);
        let used: Vec<u64> = self.vgpus_on(id).map(memory_of).collect();
        if instance.is_some_and(|instance| instance.vgpu.heterogeneous) {
            return used.iter().sum::<u64>() + wanted.memory_mib <= memory(all, wanted);
        }
        used.iter().all(|&mib| mib == wanted.memory_mib)
            && used.len() < usize::try_from(wanted.instances).unwrap_or(usize::MAX)
    }
}

/// The nominal memory of what such a type runs on: that of as many vGPUs as fit.
fn memory(all: &VgpuTypes, wanted: &VgpuType) -> u64 {
    let same_place = all
        .types
        .iter()
        .filter(|other| other.gpu_instance_profile == wanted.gpu_instance_profile);
    let memory = same_place.map(|other| other.memory_mib * u64::from(other.instances));
    memory.max().unwrap_or(0)
}
