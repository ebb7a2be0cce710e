//! The change of MIG mode in a plan.

use super::gpu_plan::GpuPlan;
use super::gpu_plan_error::GpuPlanErrorReason;
use super::gpu_plan_options::GpuPlanOptions;
use super::gpu_target::GpuTarget;
use super::pending_mig_mode::{PendingMigMode, ResetMethod};
use crate::error::Error;
use crate::query::{Device, MigMode, MigModes};

impl GpuPlan {
    /// Whether the change of MIG mode needs a GPU reset that this machine can't perform.
    pub(super) fn expected_reset(&self) -> Result<Option<ResetMethod>, Error> {
        let changes = self
            .modes
            .is_some_and(|modes| Some(modes.current()) != self.mode);
        let can_not = self.mode.is_some()
            && changes
            && self.device.is_pass_through()
            && self.device.mig_mode_change_needs_reset()?;
        Ok(can_not.then_some(ResetMethod::GuestReboot))
    }

    /// Whether MIG mode is set to off before anything is destroyed: where it only gets pending, the instances stay until the
    /// reboot, which destroys them.
    pub(super) fn switches_off_first(&self) -> bool {
        self.mode == Some(MigMode::Disabled) && self.reset.is_some()
    }

    /// The line of the change.
    pub(super) fn mode_line(&self, mode: MigMode) -> String {
        let current = self.modes.map(MigModes::current);
        match &self.reset {
            _ if current == Some(mode) => {
                format!("keep MIG mode {mode}: take the pending change back")
            }
            None => format!("set MIG mode to {mode}"),
            Some(how) => format!(
                "set MIG mode to {mode}, which is pending until {how}; then apply again for the rest"
            ),
        }
    }
}

/// Returns the mode to set, if it must change.
pub(super) fn mode_change(
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
