//! How a GPU is never without a GPU instance during a change that keeps none.

use super::slices::{Place, Slices};
use super::{PresentGpuInstance, Wanted};
use crate::plan::gpu_model::{Engines, GpuInstanceProfileModel, GpuModel};
use crate::plan::placed_instance::PlacedGpuInstance;

/// What stays until the first new GPU instances are there. The driver refuses the first GPU instance of a GPU while any program
/// keeps the GPU open, also one that no list of processes shows.
#[derive(Debug, Clone)]
pub(super) enum Handover<'a> {
    /// Nothing, since one is kept, or there is none before or after, or none fits.
    None,
    /// An existing one, which is destroyed last, after the new one with this index in the plan is created.
    Existing {
        last: &'a PresentGpuInstance,
        first: usize,
    },
    /// One that is created for it. Before it is destroyed, the new ones with these indices are created.
    Temporary {
        temporary: PlacedGpuInstance,
        first: Vec<usize>,
    },
}

/// A new GPU instance with its profile.
type New<'a> = (&'a Wanted<'a>, &'a PlacedGpuInstance);

/// What GPU instances occupy together.
#[derive(Debug, Clone, Copy, Default)]
struct Occupied {
    slices: Slices,
    engines: Engines,
    count: usize,
}

impl Occupied {
    /// The same with one more; `None` if it does not fit.
    fn with(
        self,
        model: &GpuModel,
        profile: &GpuInstanceProfileModel,
        place: impl Into<Place>,
    ) -> Option<Self> {
        let slices = place.into().slices();
        let both = Self {
            slices: self.slices | slices,
            engines: self.engines.plus(profile.engines),
            count: self.count + 1,
        };
        let fits = self.slices & slices == 0
            && both.count <= model.max_gpu_instances
            && model.engines().lacking(both.engines).is_none();
        fits.then_some(both)
    }

    /// Of an instance whose profile the model lacks, nobody knows what it uses.
    fn with_present(self, model: &GpuModel, present: &PresentGpuInstance) -> Option<Self> {
        let profile = model.profile_by_id(present.profile()).ok()?;
        self.with(model, profile, present.placement())
    }
}

impl<'a> Handover<'a> {
    /// Finds one where nothing is kept.
    pub(super) fn find(
        model: &GpuModel,
        present: &'a [PresentGpuInstance],
        new: &[New<'_>],
    ) -> Self {
        let existing = || existing(model, present, new);
        let temporary = || temporary(model, present, new);
        existing().or_else(temporary).unwrap_or(Self::None)
    }
}

/// The first pair that fits side by side. An idle instance can be destroyed later without the risk that the driver refuses that.
fn existing<'a>(
    model: &GpuModel,
    present: &'a [PresentGpuInstance],
    new: &[New<'_>],
) -> Option<Handover<'a>> {
    let idle = present.iter().filter(|last| !last.is_busy_anywhere());
    let mut candidates = idle.chain(present.iter().filter(|last| last.is_busy_anywhere()));
    candidates.find_map(|last| {
        let occupied = Occupied::default().with_present(model, last)?;
        let mut new = new.iter();
        let first = new.position(|(wanted, new)| {
            let both = occupied.with(model, wanted.profile, new.placement);
            both.is_some()
        })?;
        Some(Handover::Existing { last, first })
    })
}

/// The smallest that fits beside all existing ones, and then beside a new one.
fn temporary<'a>(
    model: &GpuModel,
    present: &'a [PresentGpuInstance],
    new: &[New<'_>],
) -> Option<Handover<'a>> {
    if present.is_empty() {
        return None;
    }
    let mut present = present.iter();
    let occupied = present.try_fold(Occupied::default(), |occupied, present| {
        occupied.with_present(model, present)
    })?;
    let mut profiles: Vec<&GpuInstanceProfileModel> = model.profiles.iter().collect();
    profiles.sort_by_key(|profile| (profile.memory_slices(), profile.slice_count));
    let mut places = profiles.into_iter().flat_map(|profile| {
        let places = profile.placements.iter();
        places.map(move |&place| (profile, place))
    });
    places.find_map(|(profile, place)| {
        occupied.with(model, profile, place)?;
        let first = beside(model, (profile, place.into()), new);
        let temporary = PlacedGpuInstance::new(profile.id, profile.name.clone(), place);
        (!first.is_empty()).then_some(Handover::Temporary { temporary, first })
    })
}

/// The new ones that fit beside this one together.
fn beside(
    model: &GpuModel,
    (profile, place): (&GpuInstanceProfileModel, Place),
    new: &[New<'_>],
) -> Vec<usize> {
    let mut first = Vec::new();
    let mut occupied = Occupied::default().with(model, profile, place);
    for (index, (wanted, new)) in new.iter().enumerate() {
        let both =
            occupied.and_then(|occupied| occupied.with(model, wanted.profile, new.placement));
        if both.is_some() {
            occupied = both;
            first.push(index);
        }
    }
    first
}
