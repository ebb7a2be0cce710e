//! What must hold right before a call that changes a GPU. Others may have changed it since it was read.

use super::live_gpu::LiveGpu;
use super::operation::Operation;
use crate::driver::call::Failure;
use crate::error::{Error, ReturnCode, Subject};
use crate::explain;
use crate::inventory::Inventory;
use crate::query::{ComputeInstance, Device, MigMode};

/// Fails if the operation would hit what is not known: an instance that took the place of a known one, or, where MIG mode is
/// switched off, any instance.
pub(super) fn check(gpu: &LiveGpu, operation: Operation) -> Result<(), Error> {
    match operation {
        Operation::SetMigMode(MigMode::Enabled) | Operation::CreateGpuInstance { .. } => Ok(()),
        // Such a change only gets pending.
        Operation::SetMigMode(_) if gpu.can_not_reset => Ok(()),
        Operation::SetMigMode(_) => check_empty(&gpu.device),
        Operation::CreateComputeInstance { gpu_instance, .. }
        | Operation::DestroyGpuInstance(gpu_instance) => {
            let live = gpu.live(gpu_instance);
            live.map_or(Ok(()), |live| live.gpu_instance.check_same())
        }
        Operation::DestroyComputeInstance {
            gpu_instance,
            compute_instance,
        } => {
            let inside = gpu.live(gpu_instance).into_iter();
            let mut inside = inside.flat_map(|live| &live.compute_instances);
            let inside = inside.find(|inside| inside.id() == compute_instance);
            inside.map_or(Ok(()), ComputeInstance::check_same)
        }
    }
}

/// On Ampere, the driver resets an idle GPU to switch MIG mode off, and destroys all its instances with that.
fn check_empty(device: &Device) -> Result<(), Error> {
    device.forget_profiles();
    if Inventory::read(device)?.gpu_instances()?.is_empty() {
        return Ok(());
    }
    let failure = Failure {
        function: "nvmlDeviceSetMigMode",
        code: ReturnCode::InUse,
    };
    let hint = |code| explain::set_mig_mode(device, code);
    Err(device.error_about(failure, &Subject::default, &hint))
}
