//! Reads what a GPU has after a change, before the change is committed.

use super::applied::{AppliedComputeInstance, AppliedGpuInstance};
use crate::error::Error;
use crate::inventory::{Inventory, LiveGpuInstance, LiveMigDevice};
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance, Plan, Step};
use crate::query::ComputeInstance;

/// The MIG devices that can be read.
pub(super) fn mig_devices(inventory: &Inventory) -> Result<Vec<LiveMigDevice>, Error> {
    let each = inventory.each_mig_device()?;
    Ok(each.filter_map(|(_, mig_device)| mig_device.ok()).collect())
}

/// The instances of a plan, by what stands at their placements.
pub(super) fn instances(
    plan: &Plan,
    live: &[LiveGpuInstance],
    mig_devices: &[LiveMigDevice],
) -> Result<Vec<AppliedGpuInstance>, Error> {
    let planned = plan.gpu_instances.iter().enumerate();
    let found = planned.filter_map(|(at, planned)| {
        let mut live = live.iter();
        let live = live.find(|live| live.placed().is_at_place_of(planned))?;
        Some(gpu_instance((plan, at, planned), live, mig_devices))
    });
    found.collect()
}

fn gpu_instance(
    (plan, at, planned): (&Plan, usize, &PlacedGpuInstance),
    live: &LiveGpuInstance,
    mig_devices: &[LiveMigDevice],
) -> Result<AppliedGpuInstance, Error> {
    let placed = live.placed();
    let inside = planned.compute_instances.iter();
    let inside = inside.filter_map(|planned| {
        let mut both = live.compute_instances.iter().zip(&placed.compute_instances);
        let (live, _) = both.find(|(_, placed)| placed.is_same(planned))?;
        let is_created = creates_inside(plan, at, planned);
        Some(compute_instance(live, planned, is_created, mig_devices))
    });
    let inside = inside.collect::<Result<_, Error>>()?;
    let created = creates(plan, at);
    let instance = planned.clone().with_compute_instances(inside);
    Ok(AppliedGpuInstance::new(live.gpu_instance.id(), instance).with_created(created))
}

fn compute_instance(
    live: &ComputeInstance,
    planned: &PlacedComputeInstance,
    is_created: bool,
    mig_devices: &[LiveMigDevice],
) -> Result<AppliedComputeInstance, Error> {
    let ids = (live.gpu_instance_id(), live.id());
    let mut mig_devices = mig_devices.iter();
    let listed = mig_devices.find(|mig| (mig.gpu_instance_id, mig.compute_instance_id) == ids);
    let mig_uuid = match listed {
        Some(mig_device) => Some(mig_device.uuid.clone()),
        // Without it, nobody could use what was created, or find it to destroy it.
        None if is_created => Some(live.mig_device()?.uuid()?),
        None => None,
    };
    Ok(AppliedComputeInstance::new(live.id(), planned.clone(), mig_uuid).with_created(is_created))
}

fn creates(plan: &Plan, at: usize) -> bool {
    let mut steps = plan.steps.iter();
    steps.any(|step| matches!(step, Step::CreateGpuInstance { planned, .. } if *planned == at))
}

fn creates_inside(plan: &Plan, at: usize, inside: &PlacedComputeInstance) -> bool {
    let wanted = (at, inside.profile, inside.placement);
    let mut steps = plan.steps.iter();
    steps.any(|step| match step {
        Step::CreateComputeInstance {
            planned,
            profile,
            placement,
        } => (*planned, *profile, *placement) == wanted,
        _ => false,
    })
}
