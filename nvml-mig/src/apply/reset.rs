//! Recognises that a GPU was reset, or its driver reloaded, since a change began. The boot of the machine is the same then.

use super::entry::Entry;
use super::live_gpu::LiveGpu;
use super::operation::{Operation, Outcome, Record};
use super::recorder::Recorder;
use crate::id::GpuInstanceId;
use crate::inventory::LiveGpuInstance;
use crate::query::{Device, MigMode, MigModes};

/// Notes a reset or a reload since the change began in its entry, so that what it destroyed is created again. Returns whether there
/// was one.
pub(super) fn note_reset(gpu: &LiveGpu, modes: MigModes, recorder: &mut Recorder) -> bool {
    let entry = recorder.entry(&gpu.uuid);
    let was_reset = entry.is_some_and(|entry| entry.is_before_reset_of(gpu, modes));
    if was_reset {
        recorder.note_reset(&gpu.uuid);
    }
    was_reset
}

impl Entry {
    /// Whether all that stood on the GPU is gone at once, as after a boot. MIG mode may be gone with it, but where nothing but somebody's
    /// request explains that, it was not a reset.
    fn is_before_reset_of(&self, gpu: &LiveGpu, modes: MigModes) -> bool {
        let stands = |live: &LiveGpuInstance| self.kept(live) || self.created(live);
        let is_empty = !gpu.gpu_instances.iter().any(stands);
        let lost_mode = modes.current() == MigMode::Disabled
            && self.modes.current() == MigMode::Enabled
            && !self.set_mig_mode();
        let is_explained = || self.modes.pending() == MigMode::Disabled || loses_mode(&gpu.device);
        if lost_mode {
            is_explained()
        } else {
            is_empty && self.left_any()
        }
    }

    /// Whether a GPU instance stood when the change was interrupted, by its records.
    fn left_any(&self) -> bool {
        let created = |record: &Record| match (record.operation, record.outcome) {
            (Operation::CreateGpuInstance { .. }, Outcome::Created(id)) => {
                Some(Operation::DestroyGpuInstance(GpuInstanceId::new(id)))
            }
            _ => None,
        };
        let mut before = self.before.iter();
        before.any(|before| !self.ever_destroyed(before)) || self.stands(created)
    }
}

/// Whether the GPU loses MIG mode when its driver is reloaded, as Hopper and newer do, which change it without a reset.
fn loses_mode(device: &Device) -> bool {
    device
        .mig_mode_change_needs_reset()
        .is_ok_and(|needs_reset| !needs_reset)
}
