//! The instances of a layout, resolved against the model of a GPU.

use super::does_not_fit::{DoesNotFit, DoesNotFitReason};
use super::slices::Place;
use super::{PlanError, PresentComputeInstance};
use crate::error::ProfileError;
use crate::plan::gpu_model::{
    ComputeInstanceProfileModel, GpuInstanceProfileModel, GpuModel, most_instances,
};
use crate::plan::layout::{
    Layout, LayoutComputeInstance, LayoutComputeProfile, LayoutGpuInstance, LayoutProfile,
};
use crate::profile::{ProfileName, ReportedName};

/// A GPU instance of a layout, with its profile in the model.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// The entry of the layout, or one for MIG devices that share a GPU instance.
    pub(crate) entry: LayoutGpuInstance,
    pub(crate) profile: &'a GpuInstanceProfileModel,
    pub(crate) compute_instances: Vec<WantedComputeInstance<'a>>,
}

/// A compute instance of a layout, with its profile in the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WantedComputeInstance<'a> {
    /// The entry of the layout.
    pub(crate) text: LayoutComputeInstance,
    pub(crate) profile: &'a ComputeInstanceProfileModel,
    /// Whether an existing one with another profile of the same name is as good: `1c.2g.20gb` on Hopper.
    pub(crate) by_name: bool,
}

impl<'a> Wanted<'a> {
    /// All GPU instances of a layout, without those for its MIG devices.
    pub(crate) fn all(model: &'a GpuModel, layout: &Layout) -> Result<Vec<Self>, PlanError> {
        let entries = layout.gpu_instances();
        check_count(model, entries.len())?;
        let entries = entries.iter();
        entries.map(|entry| Self::of(model, entry)).collect()
    }

    fn of(model: &'a GpuModel, entry: &LayoutGpuInstance) -> Result<Self, PlanError> {
        let profile = find(model, entry.profile())?;
        let gpu_instance = [LayoutComputeInstance::slices(profile.slice_count)];
        let compute_instances = entry.compute_instances().unwrap_or(&gpu_instance);
        if compute_instances.len() > most_instances() {
            let inside = Some(profile.name.clone());
            let most = model.max_compute_instances;
            return Err(too_many(inside, compute_instances.len(), most));
        }
        let compute_instances = compute_instances
            .iter()
            .map(|&text| WantedComputeInstance::of(profile, text));
        let wanted = Self {
            entry: entry.clone(),
            profile,
            compute_instances: compute_instances.collect::<Result<_, PlanError>>()?,
        };
        if wanted.places().next().is_none() {
            let possible = wanted.profile.placements.iter().copied().map(Place::from);
            return Err(no_such_start(None, entry, possible));
        }
        Ok(wanted)
    }

    /// Returns its possible placements.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        places(&self.profile.placements, self.entry.start())
    }

    pub(crate) fn may_start(&self, start: u32) -> bool {
        self.entry.start().is_none_or(|wanted| wanted == start)
    }

    /// Returns whether both have the same profile and the same compute instances.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.profile.id == other.profile.id && self.compute_instances == other.compute_instances
    }

    /// Returns the compute slices that its compute instances have together.
    pub(crate) fn slices(&self) -> u32 {
        let slices = self
            .compute_instances
            .iter()
            .map(|inside| inside.profile.slice_count);
        slices.fold(0, u32::saturating_add)
    }
}

impl<'a> WantedComputeInstance<'a> {
    /// The compute instance of a MIG device in a GPU instance of this profile.
    pub(super) fn of_mig_device(
        gpu_instance: &'a GpuInstanceProfileModel,
        name: ProfileName,
    ) -> Result<Self, PlanError> {
        let wanted = Self::of(gpu_instance, LayoutComputeInstance::of_mig_device(name))?;
        Ok(Self {
            by_name: true,
            ..wanted
        })
    }

    /// Returns whether an existing compute instance in the same kind of GPU instance can be kept for it.
    pub(crate) fn is(
        &self,
        gpu_instance: &GpuInstanceProfileModel,
        existing: &PresentComputeInstance,
    ) -> bool {
        let has_name = || {
            let own = gpu_instance.compute_instance_profile_by_id(existing.profile());
            own.is_ok_and(|own| own.name == self.profile.name)
        };
        let is_same = existing.profile() == self.profile.id || (self.by_name && has_name());
        is_same && self.may_start(existing.placement().start)
    }

    fn of(
        gpu_instance: &'a GpuInstanceProfileModel,
        text: LayoutComputeInstance,
    ) -> Result<Self, PlanError> {
        let profile = match text.profile() {
            LayoutComputeProfile::Slices(slices) => {
                gpu_instance.compute_instance_profile_of_slices(slices)?
            }
            LayoutComputeProfile::Id(id) => gpu_instance.compute_instance_profile_by_id(id)?,
        };
        let wanted = Self {
            text,
            profile,
            by_name: false,
        };
        if wanted.places().next().is_none() {
            let possible = profile.placements.iter().copied().map(Place::from);
            return Err(no_such_start(
                Some(gpu_instance.name.clone()),
                &text,
                possible,
            ));
        }
        Ok(wanted)
    }

    /// Returns its possible placements in its GPU instance.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        places(&self.profile.placements, self.text.start())
    }

    fn may_start(&self, start: u32) -> bool {
        self.text.start().is_none_or(|wanted| wanted == start)
    }
}

/// Returns the placements of a profile with the start given in the layout, or all of them if it gives none.
fn places<P: Copy + Into<Place>>(
    placements: &[P],
    start: Option<u32>,
) -> impl Iterator<Item = Place> {
    let places = placements.iter().copied().map(Into::into);
    places.filter(move |place: &Place| start.is_none_or(|start| start == place.start))
}

pub(super) fn find(
    model: &GpuModel,
    profile: LayoutProfile,
) -> Result<&GpuInstanceProfileModel, ProfileError> {
    match profile {
        LayoutProfile::Name(name) => model.profile_named(name),
        LayoutProfile::Id(id) => model.profile_by_id(id),
    }
}

/// Fails if no GPU has so many GPU instances.
pub(super) fn check_count(model: &GpuModel, wanted: usize) -> Result<(), PlanError> {
    if wanted > most_instances() {
        return Err(too_many(None, wanted, model.max_gpu_instances));
    }
    Ok(())
}

fn too_many(inside: Option<ReportedName>, wanted: usize, most: usize) -> PlanError {
    DoesNotFit::new(DoesNotFitReason::Instances {
        inside,
        wanted,
        most,
    })
    .into()
}

fn no_such_start(
    inside: Option<ReportedName>,
    wanted: &impl ToString,
    possible: impl Iterator<Item = Place>,
) -> PlanError {
    let possible: Vec<String> = possible.map(|place| place.to_string()).collect();
    DoesNotFit::new(DoesNotFitReason::Start {
        inside,
        wanted: wanted.to_string(),
        possible: possible.join(", "),
    })
    .into()
}
