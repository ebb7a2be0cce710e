//! Reads a GPU back after its steps, and compares it with the plan.

use super::applied::AppliedGpu;
use super::apply_error::ApplyFailure;
use super::change::{Change, unreadable};
use super::read_back;
use crate::inventory::LiveMigDevice;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

impl Change<'_> {
    /// Reads the instances back and compares them with the plan. It asks for everything anew: a profile whose query failed
    /// while planning would hide its instances.
    pub(super) fn verify(&mut self, after: &[PlacedGpuInstance]) -> Result<(), ApplyFailure> {
        let mut kept = self.plan.present.clone();
        kept.retain(|present| self.gpu.has(present.id));
        self.gpu.device.forget_profiles();
        let inventory = self.gpu.inventory(&kept);
        let inventory = inventory.map_err(unreadable(&self.plan.uuid))?;
        let mig_devices = read_back::mig_devices(&inventory);
        let modes = self.gpu.take(inventory);
        let modes = modes.map_err(unreadable(&self.plan.uuid))?;
        let mode = self.plan.mode.unwrap_or(self.modes.current());
        if modes.current() == mode && PlacedGpuInstance::are_same(&self.gpu.partition(), after) {
            let mig_devices = mig_devices.map_err(unreadable(&self.plan.uuid))?;
            return self.take_result(modes, &mig_devices);
        }
        self.gpu.look_up_names();
        Err(ApplyFailure::NotAsPlanned {
            uuid: self.plan.uuid.clone(),
            found: self.gpu.partition(),
        })
    }

    /// Reads the result of a GPU that does not change.
    pub(super) fn read_back(&mut self) -> Result<(), ApplyFailure> {
        let inventory = self.gpu.inventory(&self.plan.present);
        let inventory = inventory.map_err(unreadable(&self.plan.uuid))?;
        let mig_devices = read_back::mig_devices(&inventory);
        let mig_devices = mig_devices.map_err(unreadable(&self.plan.uuid))?;
        self.take_result(self.modes, &mig_devices)
    }

    fn take_result(
        &mut self,
        modes: MigModes,
        mig_devices: &[LiveMigDevice],
    ) -> Result<(), ApplyFailure> {
        let instances = match &self.instances {
            Some(plan) => read_back::instances(plan, &self.gpu.gpu_instances, mig_devices),
            None => Ok(Vec::new()),
        };
        let instances = instances.map_err(unreadable(&self.plan.uuid))?;
        self.applied = Some(AppliedGpu::new(&self.plan.uuid, Some(modes), instances));
        Ok(())
    }
}
