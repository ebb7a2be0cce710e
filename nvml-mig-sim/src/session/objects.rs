//! Event sets and GPM samples. They belong to one process and are freed by its last shutdown.

use std::collections::BTreeMap;

use crate::machine::{Answer, Event, Gpu, HandleKind, MIG_CONFIG_CHANGE, Machine, Refusal};

/// A GPU registered for events.
#[derive(Debug, Clone, Copy)]
struct Registration {
    gpu: u32,
    events: u64,
    /// Number of the GPU's changes already reported.
    reported: u64,
    /// Number of its posted events already read.
    read: u64,
}

impl Registration {
    /// Returns the next event of the registered kinds.
    fn next(&mut self, gpu: &Gpu) -> Option<Event> {
        if self.events & MIG_CONFIG_CHANGE != 0 && gpu.mig_config_changes > self.reported {
            self.reported += 1;
            return Some(Event::new(MIG_CONFIG_CHANGE, 0));
        }
        while let Some((event, read)) = gpu.events.after(self.read) {
            self.read = read;
            if self.events & event.event_type != 0 || event.unasked {
                return Some(event);
            }
        }
        None
    }
}

/// The device of a GPM sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sampled {
    /// Index of the GPU.
    pub(crate) gpu: u32,
    /// Serial number of the GPU instance, if it is of one.
    pub(crate) gpu_instance: Option<u32>,
}

/// The objects created by this process.
#[derive(Debug)]
pub(crate) struct Objects {
    last_serial: u32,
    event_sets: BTreeMap<u32, Vec<Registration>>,
    /// Samples, and the device with which each has been filled.
    gpm_samples: BTreeMap<u32, Option<Sampled>>,
}

impl Objects {
    /// Creates an empty collection.
    pub(crate) const fn new() -> Self {
        Self {
            last_serial: 0,
            event_sets: BTreeMap::new(),
            gpm_samples: BTreeMap::new(),
        }
    }

    /// Creates an event set and returns its handle.
    pub(crate) fn create_event_set(&mut self, machine: &Machine) -> u64 {
        let serial = self.next_serial();
        self.event_sets.insert(serial, Vec::new());
        machine.handle(HandleKind::EventSet, serial)
    }

    /// Checks that an event set exists.
    pub(crate) fn require_event_set(&mut self, machine: &Machine, set: u64) -> Answer {
        self.event_set(machine, set).map(drop)
    }

    /// Registers a GPU with an event set; only later events are reported.
    pub(crate) fn register(
        &mut self,
        machine: &Machine,
        set: u64,
        gpu: u64,
        events: u64,
    ) -> Answer {
        let gpu = machine.gpu(gpu)?;
        let set = self.event_set(machine, set)?;
        let of_gpu = set
            .iter()
            .filter(|registration| registration.gpu == gpu.index);
        let registered = of_gpu.fold(0, |kinds, registration| kinds | registration.events);
        let new = events & !registered;
        if new != 0 {
            set.push(Registration {
                gpu: gpu.index,
                events: new,
                reported: gpu.mig_config_changes,
                read: gpu.events.posted,
            });
        }
        Ok(())
    }

    /// Returns the next event that a set waits for, with the index of its GPU.
    pub(crate) fn next_event(
        &mut self,
        machine: &Machine,
        set: u64,
    ) -> Answer<Option<(u32, Event)>> {
        for registration in self.event_set(machine, set)? {
            if let Some(event) = registration.next(machine.gpu_at(registration.gpu)?) {
                return Ok(Some((registration.gpu, event)));
            }
        }
        Ok(None)
    }

    /// Frees an event set.
    pub(crate) fn free_event_set(&mut self, machine: &Machine, set: u64) -> Answer {
        let serial = machine.number(set, HandleKind::EventSet)?;
        let found = self.event_sets.remove(&serial);
        found.map(drop).ok_or(Refusal::InvalidArgument)
    }

    /// Creates an empty GPM sample and returns its handle.
    pub(crate) fn create_gpm_sample(&mut self, machine: &Machine) -> u64 {
        let serial = self.next_serial();
        self.gpm_samples.insert(serial, None);
        machine.handle(HandleKind::GpmSample, serial)
    }

    /// Returns the device with which a GPM sample has been filled.
    pub(crate) fn gpm_sample(
        &mut self,
        machine: &Machine,
        sample: u64,
    ) -> Answer<&mut Option<Sampled>> {
        let serial = machine.number(sample, HandleKind::GpmSample)?;
        let sample = self.gpm_samples.get_mut(&serial);
        sample.ok_or(Refusal::InvalidArgument)
    }

    /// Frees a GPM sample.
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
