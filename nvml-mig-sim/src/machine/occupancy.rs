//! Which parts of a GPU are occupied, and whether one more GPU instance fits.

use crate::machine::engines;
use crate::machine::spans::{Chip, Span};
use nvml_mig_boards::catalogue::{Engines, GpuInstanceProfile};

/// Maximum number of GPU instances on one GPU, whatever their size (NVIDIA's driver).
const MOST_INSTANCES: usize = 8;

/// The occupied slots and the unused engines.
#[derive(Debug, Clone)]
pub(crate) struct Occupancy {
    chip: &'static Chip,
    slots: u32,
    engines: Option<Engines>,
    instances: usize,
}

impl Occupancy {
    /// Returns the occupancy of an empty GPU with these engines.
    pub(crate) fn empty(chip: &'static Chip, engines: Option<Engines>) -> Self {
        Self {
            chip,
            slots: 0,
            engines,
            instances: 0,
        }
    }

    /// Adds an existing instance on these slots.
    pub(crate) fn add(&mut self, slots: u32, profile: Option<&GpuInstanceProfile>) {
        self.slots |= slots;
        self.instances += 1;
        self.engines = profile.and_then(|profile| self.engines_after(profile));
    }

    /// Returns the span that the driver would choose for one more instance.
    pub(crate) fn choose(&self, profile: &GpuInstanceProfile) -> Option<Span> {
        self.engines_after(profile)?;
        let room = self.instances < MOST_INSTANCES;
        room.then(|| self.chip.choose(profile, self.slots))?
    }

    /// Returns the span at a start, if one more instance fits there.
    pub(crate) fn choose_at(&self, profile: &GpuInstanceProfile, start: u32) -> Option<Span> {
        self.engines_after(profile)?;
        let span = self.chip.at(profile, start)?;
        (self.instances < MOST_INSTANCES && span.slots & self.slots == 0).then_some(span)
    }

    /// Returns how many more instances of this profile can be created one after another.
    pub(crate) fn capacity(&self, profile: &GpuInstanceProfile) -> u32 {
        let spans = self.chip.count(profile, self.slots);
        let room = spans.min(MOST_INSTANCES.saturating_sub(self.instances));
        let mut engines = self.engines;
        let created = (0..room).take_while(|_| {
            engines = engines.and_then(|left| engines::without(left, profile.engines));
            engines.is_some()
        });
        created.map(|_| 1).sum()
    }

    fn engines_after(&self, profile: &GpuInstanceProfile) -> Option<Engines> {
        engines::without(self.engines?, profile.engines)
    }
}
