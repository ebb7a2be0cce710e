//! A GPU that is being changed: what stands on it, kept up with every call.

use crate::error::Error;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::inventory::{Inventory, Standing};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::SnapshotGpuInstance;
use crate::query::{ComputeInstance, Device, GpuInstance, MigMode, MigModeChange, MigModes};

/// A GPU with what stands on it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) uuid: String,
    pub(super) inventory: Inventory,
    pub(super) standing: Vec<Standing>,
}

impl Site {
    pub(super) const fn device(&self) -> &Device {
        self.inventory.device()
    }

    /// Looks anew at what stands there.
    pub(super) fn read(&mut self) -> Result<MigModes, Error> {
        let (modes, standing) = self.inventory.read()?;
        self.standing = standing;
        Ok(modes)
    }

    pub(super) fn snapshot(&self) -> Vec<SnapshotGpuInstance> {
        self.inventory.snapshot(&self.standing)
    }

    pub(super) fn set_mode(&self, mode: MigMode) -> Result<MigModeChange, Error> {
        self.device().set_mig_mode(mode)
    }

    pub(super) fn destroy_gpu_instance(&mut self, id: GpuInstanceId) -> Result<(), Error> {
        let at = self.position(id)?;
        let Standing {
            gpu_instance,
            compute_instances,
        } = self.standing.swap_remove(at);
        gpu_instance.destroy().map_err(|refused| {
            self.standing.push(Standing {
                gpu_instance: refused.instance,
                compute_instances,
            });
            refused.error
        })
    }

    pub(super) fn destroy_compute_instance(
        &mut self,
        gpu_instance: GpuInstanceId,
        id: ComputeInstanceId,
    ) -> Result<(), Error> {
        let parts = &mut self.find(gpu_instance)?.compute_instances;
        let mut positions = parts.iter().map(ComputeInstance::id);
        let Some(at) = positions.position(|there| there == id) else {
            return Err(Error::input(format!("compute instance {id} is gone")));
        };
        parts.swap_remove(at).destroy().map_err(|refused| {
            parts.push(refused.instance);
            refused.error
        })
    }

    pub(super) fn create_gpu_instance(
        &mut self,
        profile: GpuInstanceProfileId,
        placement: GpuInstancePlacement,
    ) -> Result<GpuInstanceId, Error> {
        let made = self.device().create_gpu_instance_at(profile, placement)?;
        let id = made.id();
        self.standing.push(Standing {
            gpu_instance: made,
            compute_instances: Vec::new(),
        });
        Ok(id)
    }

    pub(super) fn create_compute_instance(
        &mut self,
        gpu_instance: GpuInstanceId,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> Result<(), Error> {
        let whole = self.find(gpu_instance)?;
        let made = match whole
            .gpu_instance
            .create_compute_instance_at(profile, placement)
        {
            // Old drivers choose the place themselves.
            Err(Error::FunctionMissing(_)) => {
                create_somewhere(&whole.gpu_instance, profile, placement)?
            }
            made => made?,
        };
        whole.compute_instances.push(made);
        Ok(())
    }

    fn position(&self, id: GpuInstanceId) -> Result<usize, Error> {
        let mut ids = self.standing.iter().map(|one| one.gpu_instance.id());
        ids.position(|there| there == id)
            .ok_or_else(|| Error::input(format!("GPU instance {id} is gone")))
    }

    pub(super) fn find(&mut self, id: GpuInstanceId) -> Result<&mut Standing, Error> {
        let at = self.position(id)?;
        let found = self.standing.get_mut(at);
        found.ok_or_else(|| Error::input(format!("GPU instance {id} is gone")))
    }
}

/// Makes it where the driver likes, which must be where it shall stand.
fn create_somewhere(
    whole: &GpuInstance,
    profile: ComputeInstanceProfileId,
    placement: ComputeInstancePlacement,
) -> Result<ComputeInstance, Error> {
    let made = whole.create_compute_instance(profile)?;
    let found = made.placement();
    if found == placement {
        return Ok(made);
    }
    made.destroy()?;
    Err(Error::input(format!(
        "this driver takes no placement for compute instances, and chose {found} instead of {placement}"
    )))
}
