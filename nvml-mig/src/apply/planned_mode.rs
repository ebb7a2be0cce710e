//! The change of MIG mode in a plan.

use super::gpu_plan_error::GpuPlanErrorReason;
use super::gpu_plan_options::GpuPlanOptions;
use super::gpu_target::GpuTarget;
use super::pending_mig_mode::{PendingMigMode, ResetMethod};
use crate::error::Error;
use crate::query::{Device, MigMode, MigModes};

/// What makes the change of MIG mode take effect, if it needs a GPU reset that this machine can't perform.
pub(super) fn expected_reset(
    device: &Device,
    modes: Option<MigModes>,
    mode: Option<MigMode>,
) -> Result<Option<ResetMethod>, Error> {
    let changes = mode.is_some() && modes.is_some_and(|modes| Some(modes.current()) != mode);
    let can_not = changes && device.is_pass_through() && device.mig_mode_change_needs_reset()?;
    Ok(can_not.then_some(ResetMethod::GuestReboot))
}

/// The line of the change to this mode.
pub(super) fn line(mode: MigMode, modes: Option<MigModes>, reset: Option<&ResetMethod>) -> String {
    match reset {
        _ if modes.map(MigModes::current) == Some(mode) => {
            format!("keep MIG mode {mode}: take the pending change back")
        }
        None => format!("set MIG mode to {mode}"),
        Some(how) => format!(
            "set MIG mode to {mode}, which is pending until {how}; then apply again for the rest"
        ),
    }
}

/// Returns the mode to set, if it must change.
pub(super) fn change(
    device: &Device,
    modes: MigModes,
    target: &GpuTarget,
    options: &GpuPlanOptions,
) -> Result<Option<MigMode>, GpuPlanErrorReason> {
    let wanted = match target {
        GpuTarget::MigDisabled => MigMode::Disabled,
        GpuTarget::Layout(_) | GpuTarget::MigDevices(_) | GpuTarget::Add(_) => MigMode::Enabled,
        GpuTarget::Remove(_) => return Ok(None),
    };
    let current = modes.current();
    match (current == wanted, modes.pending() == wanted) {
        (true, true) => Ok(None),
        _ if device.is_vgpu_guest() => Err(GpuPlanErrorReason::VgpuGuest),
        _ if options.change_mig_mode() => Ok(Some(wanted)),
        (false, false) => Err(GpuPlanErrorReason::MigMode { current, wanted }),
        (true, false) => Err(GpuPlanErrorReason::PendingChange(modes)),
        (false, true) => {
            let uuid = device.uuid()?;
            let how = ResetMethod::of(device, None);
            let pending = PendingMigMode::new(uuid, wanted, how);
            Err(GpuPlanErrorReason::ResetNeeded(pending))
        }
    }
}
