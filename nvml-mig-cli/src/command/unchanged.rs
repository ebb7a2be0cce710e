//! What the GPUs have after a change of MIG modes alone.

use nvml_mig::GpuPlan;
use nvml_mig::MigMode;
use nvml_mig::apply::{Applied, AppliedComputeInstance, AppliedGpu, AppliedGpuInstance};
use nvml_mig::inventory::{Inventory, LiveGpuInstance, LiveMigDevice};

use super::mig_mode::modes;

/// Reads it. All instances were kept: the change only set modes.
pub(super) fn read(plans: &[GpuPlan]) -> Result<Applied, nvml_mig::Error> {
    let gpus = plans.iter().map(gpu).collect::<Result<_, _>>()?;
    Ok(Applied::new(gpus))
}

fn gpu(plan: &GpuPlan) -> Result<AppliedGpu, nvml_mig::Error> {
    let device = plan.device();
    let modes = modes(device)?;
    let has_instances = modes.is_some_and(|modes| modes.current() == MigMode::Enabled);
    let instances = if has_instances {
        instances(&Inventory::read(device)?)?
    } else {
        Vec::new()
    };
    Ok(AppliedGpu::new(plan.uuid(), modes, instances))
}

fn instances(inventory: &Inventory) -> Result<Vec<AppliedGpuInstance>, nvml_mig::Error> {
    let mig_devices = inventory.each_mig_device()?;
    let mig_devices: Vec<_> = mig_devices.filter_map(|(_, device)| device.ok()).collect();
    let live = inventory.gpu_instances()?.iter();
    Ok(live.map(|live| gpu_instance(live, &mig_devices)).collect())
}

fn gpu_instance(live: &LiveGpuInstance, mig_devices: &[LiveMigDevice]) -> AppliedGpuInstance {
    let (id, placed) = (live.gpu_instance.id(), live.placed());
    let both = live.compute_instances.iter().zip(&placed.compute_instances);
    let inside = both.map(|(live, placed)| {
        let ids = (id, live.id());
        let mut mig_devices = mig_devices.iter();
        let listed = mig_devices.find(|mig| (mig.gpu_instance_id, mig.compute_instance_id) == ids);
        let uuid = listed.map(|mig| mig.uuid.clone());
        AppliedComputeInstance::new(live.id(), placed.clone(), uuid).with_created(false)
    });
    let inside = inside.collect();
    AppliedGpuInstance::new(id, placed.clone().with_compute_instances(inside)).with_created(false)
}
