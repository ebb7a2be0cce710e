//! Event sets and GPM samples: they belong to a process and end with its last shutdown.

use std::collections::BTreeMap;

use crate::machine::{Answer, HandleKind, Machine, Refusal};

/// `nvmlEventMigConfigChange`, the one event that a simulated GPU has.
pub(crate) const MIG_CONFIG_CHANGE: u64 = 0x100;

/// A GPU whose events somebody waits for.
#[derive(Debug, Clone, Copy)]
struct Registration {
    gpu: u32,
    events: u64,
    /// How many changes of the GPU were told already.
    reported: u64,
}

/// What this process made beside the machine.
#[derive(Debug)]
pub(crate) struct Objects {
    last_serial: u32,
    event_sets: BTreeMap<u32, Vec<Registration>>,
    /// Samples, and whether each was filled.
    gpm_samples: BTreeMap<u32, bool>,
}

impl Objects {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self {
            last_serial: 0,
            event_sets: BTreeMap::new(),
            gpm_samples: BTreeMap::new(),
        }
    }

    /// A new event set's handle.
    pub(crate) fn create_event_set(&mut self, machine: &Machine) -> u64 {
        let serial = self.next_serial();
        self.event_sets.insert(serial, Vec::new());
        machine.handle(HandleKind::EventSet, serial)
    }

    /// Whether there is such an event set.
    pub(crate) fn require_event_set(&mut self, machine: &Machine, set: u64) -> Answer {
        self.event_set(machine, set).map(drop)
    }

    /// Lets a set wait for events of a GPU, from now on.
    pub(crate) fn register(
        &mut self,
        machine: &Machine,
        set: u64,
        gpu: u64,
        events: u64,
    ) -> Answer {
        let gpu = machine.gpu(gpu)?;
        let set = self.event_set(machine, set)?;
        let mut registrations = set.iter_mut();
        match registrations.find(|registration| registration.gpu == gpu.index) {
            Some(registration) => registration.events |= events,
            None => set.push(Registration {
                gpu: gpu.index,
                events,
                reported: gpu.mig_config_changes,
            }),
        }
        Ok(())
    }

    /// The index of the GPU of the next event that a set waits for, if there is one.
    pub(crate) fn next_event(&mut self, machine: &Machine, set: u64) -> Answer<Option<u32>> {
        for registration in self.event_set(machine, set)? {
            let changes = machine.gpu_at(registration.gpu)?.mig_config_changes;
            if registration.events & MIG_CONFIG_CHANGE != 0 && changes > registration.reported {
                registration.reported += 1;
                return Ok(Some(registration.gpu));
            }
        }
        Ok(None)
    }

    /// Forgets an event set.
    pub(crate) fn free_event_set(&mut self, machine: &Machine, set: u64) -> Answer {
        let serial = machine.number(set, HandleKind::EventSet)?;
        let found = self.event_sets.remove(&serial);
        found.map(drop).ok_or(Refusal::InvalidArgument)
    }

    /// A new, empty GPM sample's handle.
    pub(crate) fn create_gpm_sample(&mut self, machine: &Machine) -> u64 {
        let serial = self.next_serial();
        self.gpm_samples.insert(serial, false);
        machine.handle(HandleKind::GpmSample, serial)
    }

    /// A GPM sample: whether it was filled.
    pub(crate) fn gpm_sample(&mut self, machine: &Machine, sample: u64) -> Answer<&mut bool> {
        let serial = machine.number(sample, HandleKind::GpmSample)?;
        let sample = self.gpm_samples.get_mut(&serial);
        sample.ok_or(Refusal::InvalidArgument)
    }

    /// Forgets a GPM sample.
    pub(crate) fn free_gpm_sample(&mut self, machine: &Machine, sample: u64) -> Answer {
        let serial = machine.number(sample, HandleKind::GpmSample)?;
        let found = self.gpm_samples.remove(&serial);
        found.map(drop).ok_or(Refusal::InvalidArgument)
    }

    fn event_set(&mut self, machine: &Machine, set: u64) -> Answer<&mut Vec<Registration>> {
        let serial = machine.number(set, HandleKind::EventSet)?;
        let set = self.event_sets.get_mut(&serial);
        set.ok_or(Refusal::InvalidArgument)
    }

    fn next_serial(&mut self) -> u32 {
        self.last_serial = self.last_serial.wrapping_add(1);
        self.last_serial
    }
}
