//! Where a driver before R460 puts a GPU instance: it takes no placement, and chooses one.
//!
//! The rule is that of NVIDIA's open kernel driver. The slots of a chip form places of several kinds: whole, halves, quarters,
//! eighths. Of the free ones of a kind, the driver takes the first that leaves the most free places of all kinds.

use super::PresentGpuInstance;
use super::slices::{Place, Slices};
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};

/// The compute slot that a chip of eight slots lacks. Of a place, it decides the order among others, and the ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingSlot {
    /// Places begin at their slots.
    Seven,
    /// Places are counted from the complete half of the chip.
    Three,
}

/// Places of one size that the same profiles use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    size: u32,
    /// The compute slices of its profiles, if not one per memory slice.
    slices: Option<u32>,
    /// The id of a GPU instance at its first place.
    first_id: u32,
}

/// A 3g and a 1g with the memory of two may include a missing slot.
const KINDS_OF_EIGHT: [Kind; 6] = [
    kind(8, None, 0),
    kind(4, None, 1),
    kind(4, Some(3), 1),
    kind(2, None, 3),
    kind(2, Some(1), 3),
    kind(1, None, 7),
];
const KINDS_OF_FOUR: [Kind; 3] = [kind(4, None, 0), kind(2, None, 1), kind(1, None, 3)];

const fn kind(size: u32, slices: Option<u32>, first_id: u32) -> Kind {
    Kind {
        size,
        slices,
        first_id,
    }
}

/// The places of a chip, in the driver's order.
#[derive(Debug)]
pub(super) struct DriverChoice {
    places: Vec<(Kind, Place)>,
    kinds: &'static [Kind],
}

impl DriverChoice {
    /// Returns the rule for a GPU; `None` for a chip of which it is not known. Which slot is missing, the existing instances tell:
    /// by default the last.
    pub(super) fn of(model: &GpuModel, present: &[PresentGpuInstance]) -> Option<Self> {
        match model.memory_slices() {
            8 => {
                let missing = present.iter().find_map(missing_slot);
                Some(Self::new(8, Some(missing.unwrap_or(MissingSlot::Seven))))
            }
            4 => Some(Self::new(4, None)),
            _ => None,
        }
    }

    fn new(slots: u32, missing: Option<MissingSlot>) -> Self {
        let kinds = kinds(slots);
        let places = kinds.iter().flat_map(|&kind| {
            let firsts = (0..slots / kind.size).map(move |number| number * kind.size);
            let exist = firsts.filter(move |first| exists(kind, *first, slots, missing));
            exist.map(move |first| (kind, place(kind, first, slots, missing)))
        });
        Self {
            places: places.collect(),
            kinds,
        }
    }

    /// Returns the place that the driver chooses for a GPU instance of this profile; `None` if none is free.
    pub(super) fn choose(
        &self,
        profile: &GpuInstanceProfileModel,
        occupied: Slices,
    ) -> Option<Place> {
        let kind = self.kind(profile)?;
        let is_free = |place: &Place| place.slices() & occupied == 0;
        let free = || self.places.iter().filter(|(_, place)| is_free(place));
        let blocked = |place: Place| {
            let blocked = free().filter(|(_, other)| other.slices() & place.slices() != 0);
            blocked.count()
        };
        let of_kind = free().filter(|(of, _)| *of == kind);
        // The first of equal ones.
        let chosen = of_kind.min_by_key(|(_, place)| blocked(*place))?;
        Some(chosen.1)
    }

    fn kind(&self, profile: &GpuInstanceProfileModel) -> Option<Kind> {
        let is_own = |kind: &&Kind| kind.size == profile.memory_slices();
        let exact = |kind: &&Kind| kind.slices == Some(profile.slice_count);
        let usual = |kind: &&Kind| kind.slices.is_none();
        let own = || self.kinds.iter().filter(is_own);
        own().find(exact).or_else(|| own().find(usual)).copied()
    }
}

const fn kinds(slots: u32) -> &'static [Kind] {
    match slots {
        8 => &KINDS_OF_EIGHT,
        _ => &KINDS_OF_FOUR,
    }
}

/// Whether the chip has all slots that this place needs.
fn exists(kind: Kind, first: u32, slots: u32, missing: Option<MissingSlot>) -> bool {
    let missing = missing.map(|missing| match missing {
        MissingSlot::Seven => 7,
        MissingSlot::Three => 3,
    });
    let may_lack_one = kind.size == slots || kind.slices.is_some();
    may_lack_one || !missing.is_some_and(|slot| (first..first + kind.size).contains(&slot))
}

fn place(kind: Kind, first: u32, slots: u32, missing: Option<MissingSlot>) -> Place {
    let is_counted_from_the_other_half = missing == Some(MissingSlot::Three) && kind.size < slots;
    let start = if is_counted_from_the_other_half {
        first ^ (slots / 2)
    } else {
        first
    };
    Place {
        start,
        size: kind.size,
    }
}

/// What an existing instance tells, whose id is that of its slots. One of the whole chip tells nothing.
fn missing_slot(present: &PresentGpuInstance) -> Option<MissingSlot> {
    let place = Place::from(present.placement());
    let kind = KINDS_OF_EIGHT
        .iter()
        .find(|kind| kind.size == place.size && kind.size < 8)?;
    let first = present.id.number().checked_sub(kind.first_id)? * kind.size;
    match place.start {
        start if start == first => Some(MissingSlot::Seven),
        start if start == first ^ 4 => Some(MissingSlot::Three),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use nvml_mig_sim::{GpuSpec, MissingSlot as Slot, Simulator};

    use super::{DriverChoice, Place};
    use crate::device::Nvml;
    use crate::plan::{GpuInstanceProfileModel, GpuModel, PresentGpuInstance};
    use crate::query::Device;

    /// Creates one where the driver likes. Returns whether it has room for it, which must be where the rule says.
    fn is_as_the_rule_says(
        device: &Device,
        model: &GpuModel,
        next: &GpuInstanceProfileModel,
    ) -> bool {
        let present = PresentGpuInstance::read_all(device).unwrap();
        let places = present
            .iter()
            .map(|present| Place::from(present.placement()));
        let occupied = places.fold(0, |occupied, place| occupied | place.slices());
        let rule = DriverChoice::of(model, &present).unwrap();
        let chosen = rule.choose(next, occupied);
        let created = device.create_gpu_instance(next.id).ok();
        if let Some(created) = &created {
            let chosen = chosen.map(Into::into);
            assert_eq!(Some(created.placement()), chosen, "{}", next.name);
        }
        created.is_some()
    }

    /// Beside one instance of each profile at each of its places.
    #[test]
    fn the_rule_is_that_of_the_driver() {
        for (board, slot) in [
            ("a30", Slot::Seven),
            ("a100-sxm4-40gb", Slot::Seven),
            ("a100-sxm4-40gb", Slot::Three),
        ] {
            let gpu = GpuSpec::new(board).missing_slot(slot);
            let simulator = Simulator::builder().gpu(gpu).start().unwrap();
            let nvml = Nvml::init_from(simulator.library_path()).unwrap();
            let device = nvml.device_by_index(0).unwrap();
            let model = GpuModel::read(&device).unwrap();
            let firsts = model.profiles.iter().flat_map(|first| {
                let places = first.placements.iter();
                places.map(move |place| (first.id, *place))
            });
            let mut others = model.profiles.iter().cycle();
            let mut created = 0;
            for (first, place) in firsts {
                for second in &model.profiles {
                    simulator.reset_gpu(0).unwrap();
                    let _first = device.create_gpu_instance_at(first, place).unwrap();
                    for next in [second, others.next().unwrap(), second] {
                        created += usize::from(is_as_the_rule_says(&device, &model, next));
                    }
                }
            }
            assert!(created > 50, "{board}: {created}");
        }
    }
}
