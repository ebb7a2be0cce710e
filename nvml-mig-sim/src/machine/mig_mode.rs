//! Switching MIG mode on and off.

use serde::{Deserialize, Serialize};

use crate::machine::gpu::{Gpu, Virtualization};
use crate::machine::refusal::{Answer, Refusal};

/// MIG mode of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigMode {
    /// Whether it is on.
    pub current: bool,
    /// Whether it will be on after the next reset.
    pub pending: bool,
}

impl MigMode {
    /// On or off, with nothing pending.
    #[must_use]
    pub const fn settled(on: bool) -> Self {
        Self {
            current: on,
            pending: on,
        }
    }
}

/// What became of the attempt to activate a mode: `activationStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The mode is in force.
    Done,
    /// Processes keep the GPU from being reset.
    InUse,
    /// The virtual machine can't reset the GPU: it must be rebooted.
    ResetRequired,
}

impl Activation {
    /// As a return code.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::ResetRequired => 16,
            Self::InUse => 19,
        }
    }
}

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
