//! What still fits on a GPU, and how much more would fit after moving its instances.

use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::plan::gpu_model::{Engines, GpuInstanceProfileModel, GpuModel};
use crate::plan::layout::Layout;
use crate::plan::planner::{
    Budget, Choice, Exhausted, Kind, Loss, Packing, Place, Plan, PlanOptions, PresentGpuInstance,
    Room, Search, Slices, Wanted, check, gpu_kinds, places, room,
};
use crate::profile::ReportedName;

/// What still fits on a GPU in addition to its instances. Whether MIG mode is on is not considered.
///
/// ```
/// # use nvml_mig::Nvml;
/// # use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let device = Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
/// let model = GpuModel::read(&device)?;
/// let present = PresentGpuInstance::read_all(&device)?;
/// let fit = model.fit(&present, PlanOptions::default());
/// for profile in &fit.profiles {
///     println!("{}: {} more", profile.name, profile.count);
/// }
/// println!("{:.0} % fragmented", 100.0 * fit.fragmentation());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Fit {
    /// One entry per profile of the GPU, in the order of the model.
    pub profiles: Vec<ProfileFit>,
    /// The largest profile that still fits, by memory slices and then by compute slices; `None` on a full GPU.
    pub largest: Option<GpuInstanceProfileId>,
    /// The free room: the sum of the counts of all profiles.
    pub room: u32,
    /// The free room if the same instances had the best placements; as `room` if the search for them takes too many steps.
    pub best_room: u32,
    /// The plan that gains the most room allowed by the options at the lowest cost: instances that it destroys are recreated
    /// elsewhere, with the same compute instances. `None` if moving gains nothing, or if the search takes too many steps.
    pub defragmentation: Option<Plan>,
}

/// How many more instances of one profile fit, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ProfileFit {
    /// Id of the profile.
    pub id: GpuInstanceProfileId,
    /// Name of the profile.
    pub name: ReportedName,
    /// How many more instances of this profile alone fit.
    pub count: u32,
    /// The free placements for one of them.
    pub placements: Vec<GpuInstancePlacement>,
}

impl ProfileFit {
    /// Creates the result for a profile, for example in a test.
    #[must_use]
    pub fn new(
        id: GpuInstanceProfileId,
        name: impl Into<ReportedName>,
        count: u32,
        placements: Vec<GpuInstancePlacement>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            count,
            placements,
        }
    }
}

impl Fit {
    /// Returns how many more instances of this profile fit, and where; `None` for a profile that the GPU lacks.
    #[must_use]
    pub fn profile(&self, id: GpuInstanceProfileId) -> Option<&ProfileFit> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// Creates the result for a GPU without fragmentation, for example in a test. The room is the sum of the counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::instance::GpuInstancePlacement;
    /// use nvml_mig::plan::{Fit, ProfileFit};
    /// use nvml_mig::profile::GpuInstanceProfileId;
    ///
    /// let id = GpuInstanceProfileId::new(5);
    /// let free = GpuInstancePlacement { start: 0, size: 2 };
    /// let half = ProfileFit::new(id, "2g.12gb", 1, vec![free]);
    /// let fit = Fit::new(vec![half]).with_largest(id).with_best_room(2);
    /// assert_eq!((fit.room, fit.fragmentation()), (1, 0.5));
    /// ```
    #[must_use]
    pub fn new(profiles: Vec<ProfileFit>) -> Self {
        let room = profiles.iter().map(|profile| profile.count).sum();
        Self {
            profiles,
            largest: None,
            room,
            best_room: room,
            defragmentation: None,
        }
    }

    /// Sets the largest profile that still fits.
    #[must_use]
    pub fn with_largest(self, largest: GpuInstanceProfileId) -> Self {
        Self {
            largest: Some(largest),
            ..self
        }
    }

    /// Sets the free room if the same instances had the best placements.
    #[must_use]
    pub fn with_best_room(self, best_room: u32) -> Self {
        Self { best_room, ..self }
    }

    /// Sets the plan that gains the most room.
    #[must_use]
    pub fn with_defragmentation(self, plan: Plan) -> Self {
        Self {
            defragmentation: Some(plan),
            ..self
        }
    }

    /// Returns the share of the room that is lost to poor placements, from 0 (none) to 1 (all).
    #[must_use]
    pub fn fragmentation(&self) -> f64 {
        if self.best_room == 0 {
            return 0.0;
        }
        1.0 - f64::from(self.room) / f64::from(self.best_room)
    }
}

/// # What still fits
impl GpuModel {
    /// Returns what still fits in addition to `present`, and what moving these instances would gain. `options` limit which
    /// instances [`Fit::defragmentation`] may move.
    ///
    /// Nothing fits if no GPU can have this model with these instances, for which [`plan`](Self::plan) fails with
    /// [`PlanError::Impossible`](crate::plan::PlanError::Impossible).
    ///
    /// The two searches for a better arrangement take at most 2^18 steps each, as that of `plan`: a fraction of a second, and
    /// far less than a millisecond on the known GPUs. One that would take more counts as if it had found nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::plan::{GpuModel, PlanOptions};
    ///
    /// let model = GpuModel::read(&device)?;
    /// let empty = model.fit(&[], PlanOptions::new());
    /// let small = empty.profiles.iter().find(|profile| profile.name == "1g.6gb");
    /// assert_eq!(small.map(|profile| profile.count), Some(4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fit(&self, present: &[PresentGpuInstance], options: PlanOptions) -> Fit {
        if check(self, present).is_err() {
            return Fit::new(self.profiles.iter().map(full).collect());
        }
        let kinds = gpu_kinds(self, present.len(), self.engines_of(present));
        let occupied = occupied(present.iter());
        let profiles = self.profiles.iter().zip(&kinds);
        let profiles: Vec<ProfileFit> = profiles
            .map(|(profile, kind)| profile_fit(profile, kind, occupied))
            .collect();
        let now = room(&kinds, occupied);
        Fit {
            largest: self.largest(&profiles),
            profiles,
            room: now.instances,
            best_room: self
                .best_room(present, &kinds)
                .unwrap_or(now)
                .max(now)
                .instances,
            defragmentation: self
                .defragmentation(present, options, &kinds, now)
                .unwrap_or(None),
        }
    }

    /// Returns the layout of `present`, with the start of each instance; a plan for it changes nothing. Instances with
    /// profiles unknown to this model are omitted.
    #[must_use]
    pub fn layout_of(&self, present: &[PresentGpuInstance]) -> Layout {
        crate::plan::planner::layout_of(self, present, true)
    }

    fn engines_of(&self, present: &[PresentGpuInstance]) -> Engines {
        let known = present
            .iter()
            .filter_map(|instance| self.profile_by_id(instance.profile()).ok());
        known.fold(Engines::default(), |sum, profile| sum.plus(profile.engines))
    }

    fn largest(&self, profiles: &[ProfileFit]) -> Option<GpuInstanceProfileId> {
        let fitting = self.profiles.iter().zip(profiles).rev();
        let fitting = fitting.filter(|(_, fit)| fit.count > 0);
        let size =
            |profile: &GpuInstanceProfileModel| (profile.memory_slices(), profile.slice_count);
        let largest = fitting.max_by_key(|(profile, _)| size(profile));
        largest.map(|(profile, _)| profile.id)
    }

    /// Returns the room if all instances with known profiles could be moved.
    fn best_room(&self, present: &[PresentGpuInstance], kinds: &[Kind]) -> Result<Room, Exhausted> {
        let choices = |instance: &PresentGpuInstance| match self.profile_by_id(instance.profile()) {
            Ok(profile) => profile
                .placements
                .iter()
                .copied()
                .map(Choice::new)
                .collect(),
            Err(_) => vec![Choice::new(instance.placement())],
        };
        let choices_of_each: Vec<Vec<Choice>> = present.iter().map(choices).collect();
        let budget = Budget::new();
        let packing = Packing::of(&choices_of_each, 0, &budget)?;
        let rooms = packing.results().map(|(slices, _)| {
            budget.take(places(kinds))?;
            Ok(room(kinds, slices))
        });
        let rooms: Vec<Room> = rooms.collect::<Result<_, Exhausted>>()?;
        Ok(rooms.into_iter().max().unwrap_or_default())
    }

    fn defragmentation(
        &self,
        present: &[PresentGpuInstance],
        options: PlanOptions,
        kinds: &[Kind],
        now: Room,
    ) -> Result<Option<Plan>, Exhausted> {
        let known = |instance: &&PresentGpuInstance| self.profile_by_id(instance.profile()).is_ok();
        let (movable, fixed): (Vec<_>, Vec<_>) = present.iter().partition(known);
        let movable: Vec<PresentGpuInstance> = movable.into_iter().cloned().collect();
        let layout = crate::plan::planner::layout_of(self, &movable, false);
        let Ok(wanted) = Wanted::all(self, &layout) else {
            return Ok(None);
        };
        let (occupied, budget) = (occupied(fixed.into_iter()), Budget::new());
        let search = Search::new(self, &wanted, &movable, options, occupied, &budget)?;
        let allowed = search.packing.results().filter(|(_, saved)| {
            let loss: Loss = search.loss(*saved);
            loss.protected == 0
        });
        let allowed: Vec<(Slices, Loss)> = allowed.collect();
        budget.take(allowed.len().saturating_mul(places(kinds)))?;
        let best = allowed
            .into_iter()
            .max_by_key(|(slices, saved)| (room(kinds, *slices), *saved));
        match best.filter(|(slices, _)| room(kinds, *slices) > now) {
            Some((result, _)) => search.plan(result).map(Some),
            None => Ok(None),
        }
    }
}

/// The result for a profile of which no instance fits.
fn full(profile: &GpuInstanceProfileModel) -> ProfileFit {
    ProfileFit::new(profile.id, profile.name.clone(), 0, Vec::new())
}

fn occupied<'a>(present: impl Iterator<Item = &'a PresentGpuInstance>) -> Slices {
    let slices = present.map(|instance| Place::from(instance.placement()).slices());
    slices.fold(0, |all, slices| all | slices)
}

fn profile_fit(profile: &GpuInstanceProfileModel, kind: &Kind, occupied: Slices) -> ProfileFit {
    let count = kind.capacity(occupied);
    let places = profile.placements.iter().copied();
    let free = places.filter(|place| count > 0 && Place::from(*place).slices() & occupied == 0);
    ProfileFit {
        id: profile.id,
        name: profile.name.clone(),
        count,
        placements: free.collect(),
    }
}
