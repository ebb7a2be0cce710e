//! Turns MIG mode on and off.

use crate::machine::gpu::{Gpu, Virtualization};
use crate::machine::mode_state::{Activation, MigMode};
use crate::machine::refusal::{Answer, Refusal};

impl Gpu {
    /// Requests that MIG mode be on or off.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSupported`] without MIG support or in a vGPU guest, [`Refusal::InUse`] if a Hopper or newer GPU
    /// would leave MIG mode with instances or processes on it.
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

    /// Resets the GPU: the pending mode takes effect and all instances are removed.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while processes or vGPUs are running on it.
    pub fn reset(&mut self) -> Answer {
        if self.is_in_use() {
            return Err(Refusal::InUse);
        }
        self.mig_mode.current = self.mig_mode.pending;
        self.gpu_instances.clear();
        self.mig_config_changes += 1;
        Ok(())
    }

    /// Reboots the GPU: instances and processes are removed. On Ampere the pending mode takes effect; on Hopper and
    /// newer MIG mode is off afterwards.
    pub(crate) fn reboot(&mut self) {
        self.processes.clear();
        self.vgpus.clear();
        self.refusal = None;
        self.gpu_instances.clear();
        let on = self.mig_mode.pending && !self.is_resetless();
        self.mig_mode = MigMode::settled(on);
        self.mig_config_changes += 1;
    }

    /// Reloads the driver: instances are removed, and MIG mode is off on Hopper and newer. Ampere keeps its current and
    /// pending mode.
    ///
    /// # Errors
    ///
    /// [`Refusal::InUse`] while processes or vGPUs are running on the GPU.
    pub(crate) fn reload_driver(&mut self) -> Answer {
        if self.is_in_use() {
            return Err(Refusal::InUse);
        }
        self.gpu_instances.clear();
        if self.is_resetless() {
            self.mig_mode = MigMode::settled(false);
        }
        self.mig_config_changes += 1;
        Ok(())
    }

    /// Ampere: the call itself attempts the reset that the change needs (nvml.h). Idle instances don't prevent the
    /// reset, which removes them like any other.
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

    /// Hopper and newer: the mode changes immediately or not at all.
    fn set_without_reset(&mut self, on: bool) -> Answer<Activation> {
        let occupied = !self.processes.is_empty() || !self.gpu_instances.is_empty();
        let changes = on != self.mig_mode.current;
        if (!on && changes && occupied) || (changes && !self.vgpus.is_empty()) {
            return Err(Refusal::InUse);
        }
        if self.mig_mode != MigMode::settled(on) {
            self.mig_mode = MigMode::settled(on);
            self.mig_config_changes += 1;
        }
        Ok(Activation::Done)
    }
}
