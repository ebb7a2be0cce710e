//! Switching MIG mode on and off.

use crate::machine::gpu::{Gpu, Virtualization};
use crate::machine::mode_state::{Activation, MigMode};
use crate::machine::refusal::{Answer, Refusal};

impl Gpu {
    /// Asks for MIG mode to be on or off.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] without MIG or in a vGPU guest, [`Refusal::InUse`] when Hopper or newer is to
    /// leave MIG mode with instances or processes on it.
    pub fn set_mig_mode(&mut self, on: bool) -> Answer<Activation> {
        if !self.has_mig() || self.virtualization == Virtualization::VgpuGuest {
            return Err(Refusal::NotSupported);
        }
        if self.is_resetless() {
            return self.set_without_reset(on);
        }
        self.mig_mode.pending = on;
        Ok(self.try_reset())
    }

    /// Resets the GPU: the pending mode comes into force, and all instances are gone.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while processes run on it.
    pub fn reset(&mut self) -> Answer {
        if !self.processes.is_empty() {
            return Err(Refusal::InUse);
        }
        self.mig_mode.current = self.mig_mode.pending;
        self.gpu_instances.clear();
        self.mig_config_changes += 1;
        Ok(())
    }

    /// Ampere: the call itself tries the reset that the change needs (nvml.h). Idle instances don't hinder it and
    /// are gone after it, as after any reset.
    fn try_reset(&mut self) -> Activation {
        if self.mig_mode.current == self.mig_mode.pending {
            return Activation::Done;
        }
        if self.virtualization == Virtualization::PassThrough {
            return Activation::ResetRequired;
        }
        self.reset()
            .map_or(Activation::InUse, |()| Activation::Done)
    }

    /// Hopper and newer: at once or not at all.
    fn set_without_reset(&mut self, on: bool) -> Answer<Activation> {
        let occupied = !self.processes.is_empty() || !self.gpu_instances.is_empty();
        if !on && self.mig_mode.current && occupied {
            return Err(Refusal::InUse);
        }
        if self.mig_mode != MigMode::settled(on) {
            self.mig_mode = MigMode::settled(on);
            self.mig_config_changes += 1;
        }
        Ok(Activation::Done)
    }
}
