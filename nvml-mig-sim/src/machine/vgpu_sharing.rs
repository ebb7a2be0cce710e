//! How vGPUs share a GPU instance: schedulers, heterogeneous mode, placements.

use nvml_mig_sys::NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE;

use crate::machine::Machine;
use crate::machine::gpu::Gpu;
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::vgpu_scheduler::{VgpuRun, VgpuScheduler, require_engine};
use crate::machine::vgpu_settings::{VgpuPlacements, VgpuSettings};

impl Gpu {
    /// Checks that vGPUs can share GPU instances here.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] otherwise, also if the GPU is no vGPU host.
    pub fn require_shared_gpu_instances(&self) -> Answer {
        let types = self.require_vgpu_host()?;
        types
            .shares_gpu_instances
            .then_some(())
            .ok_or(Refusal::NotSupported)
    }

    /// Returns the scheduler of an engine of a GPU instance, and its averaging factor and time slice, which are 0 while
    /// nothing is scheduled.
    ///
    /// # Errors
    ///
    /// As [`Self::require_shared_gpu_instances`], and those of an engine that is not there.
    pub fn vgpu_scheduler(
        &self,
        instance: &GpuInstance,
        engine: u32,
    ) -> Answer<(VgpuScheduler, (u32, u32))> {
        self.require_shared_gpu_instances()?;
        require_engine(engine, instance.profile(self.board)?.engines.encoder)?;
        let scheduler = instance.vgpu.scheduler(engine);
        let types = self.require_vgpu_host()?.types;
        let first = self.vgpus_on(Some(instance.id)).next();
        let first = first.and_then(|vgpu| types.iter().find(|one| one.number == vgpu.vgpu_type));
        let figures = first.map(|vgpu_type| scheduler.figures(vgpu_type.instances));
        Ok((scheduler, figures.unwrap_or_default()))
    }

    /// Returns the creatable placements of a vGPU type.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] outside heterogeneous mode, and for a type whose placements were not set.
    pub fn creatable_vgpu_placements<'a>(
        &self,
        instance: &'a GpuInstance,
        vgpu_type: u32,
    ) -> Answer<&'a VgpuPlacements> {
        self.require_shared_gpu_instances()?;
        let mut types = self.require_vgpu_host()?.types.iter();
        let known = types.any(|known| known.number == vgpu_type);
        known.then_some(()).ok_or(Refusal::InvalidArgument)?;
        let mut set = instance.vgpu.placements.iter();
        set.find(|list| list.vgpu_type == vgpu_type && instance.vgpu.heterogeneous)
            .ok_or(Refusal::NotSupported)
    }
}

impl Machine {
    /// Sets the scheduler of an engine of a GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] while vGPUs run on it (nvml.h) and for a fixed share in heterogeneous mode,
    /// [`Refusal::NoPermission`] without privilege, and those of [`Gpu::vgpu_scheduler`].
    pub fn set_vgpu_scheduler(&mut self, handle: u64, scheduler: VgpuScheduler) -> Answer {
        let (gpu, instance) = self.gpu_instance(handle)?;
        gpu.vgpu_scheduler(instance, scheduler.engine)?;
        self.caller.require_privilege()?;
        scheduler.check()?;
        let is_fixed = scheduler.policy == NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE;
        let has_vgpus = gpu.vgpus_on(Some(instance.id)).next().is_some();
        if has_vgpus || (is_fixed && instance.vgpu.heterogeneous) {
            return Err(Refusal::NotSupported);
        }
        let (gpu, instance) = (gpu.index, instance.id);
        self.change_vgpu_settings(gpu, instance, |settings| {
            let all = &mut settings.schedulers;
            all.retain(|other| other.engine != scheduler.engine);
            all.push(scheduler);
        })
    }

    /// Turns heterogeneous mode of a GPU instance on or off.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while vGPUs run on it, [`Refusal::NoPermission`] without privilege,
    /// [`Refusal::NotSupported`] with a fixed share, and as [`Gpu::require_shared_gpu_instances`].
    pub fn set_vgpu_heterogeneous_mode(&mut self, handle: u64, on: bool) -> Answer {
        let (gpu, instance) = self.gpu_instance(handle)?;
        gpu.require_shared_gpu_instances()?;
        self.caller.require_privilege()?;
        if gpu.vgpus_on(Some(instance.id)).next().is_some() {
            return Err(Refusal::InUse);
        }
        if on && instance.vgpu.has_fixed_share() {
            return Err(Refusal::NotSupported);
        }
        let (gpu, instance) = (gpu.index, instance.id);
        self.change_vgpu_settings(gpu, instance, |settings| settings.heterogeneous = on)
    }

    /// Sets the creatable placements of a vGPU type on a GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such GPU instance.
    pub fn set_vgpu_placements(
        &mut self,
        gpu: u32,
        gpu_instance: u32,
        placements: VgpuPlacements,
    ) -> Answer {
        self.change_vgpu_settings(gpu, gpu_instance, |settings| {
            let all = &mut settings.placements;
            all.retain(|list| list.vgpu_type != placements.vgpu_type);
            all.push(placements);
        })
    }

    /// Adds a run to the scheduler log of an engine of a GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such GPU instance.
    pub fn log_vgpu_run(
        &mut self,
        gpu: u32,
        gpu_instance: u32,
        engine: u32,
        run: VgpuRun,
    ) -> Answer {
        self.change_vgpu_settings(gpu, gpu_instance, |settings| {
            settings.add_run(engine, run);
        })
    }

    fn change_vgpu_settings(
        &mut self,
        gpu: u32,
        gpu_instance: u32,
        change: impl FnOnce(&mut VgpuSettings),
    ) -> Answer {
        let gpu = self.gpu_mut(gpu).or(Err(Refusal::NotFound))?;
        let mut instances = gpu.gpu_instances.iter_mut();
        let found = instances.find(|instance| instance.id == gpu_instance);
        change(&mut found.ok_or(Refusal::NotFound)?.vgpu);
        Ok(())
    }
}
