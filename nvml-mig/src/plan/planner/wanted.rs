//! The instances of a layout, resolved against the model of a GPU.

use super::PlanError;
use super::does_not_fit::{DoesNotFit, DoesNotFitReason};
use super::slices::Place;
use crate::error::ProfileError;
use crate::plan::gpu_model::{
    ComputeInstanceProfileModel, GpuInstanceProfileModel, GpuModel, most_instances,
};
use crate::plan::layout::{
    Layout, LayoutComputeInstance, LayoutComputeProfile, LayoutGpuInstance, LayoutProfile,
};
use crate::profile::ReportedName;

/// A GPU instance of a layout, with its profile in the model.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// The entry of the layout.
    pub(crate) entry: &'a LayoutGpuInstance,
    pub(crate) profile: &'a GpuInstanceProfileModel,
    pub(crate) compute_instances: Vec<WantedComputeInstance<'a>>,
}

/// A compute instance of a layout, with its profile in the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WantedComputeInstance<'a> {
    /// The entry of the layout.
    pub(crate) text: LayoutComputeInstance,
    pub(crate) profile: &'a ComputeInstanceProfileModel,
}

impl<'a> Wanted<'a> {
    /// All GPU instances of a layout.
    pub(crate) fn all(model: &'a GpuModel, layout: &'a Layout) -> Result<Vec<Self>, PlanError> {
        let (wanted, most) = (layout.len(), model.max_gpu_instances);
        if wanted > most_instances() {
            return Err(too_many(None, wanted, most));
        }
        let entries = layout.gpu_instances().iter();
        entries.map(|entry| Self::of(model, entry)).collect()
    }

    fn of(model: &'a GpuModel, entry: &'a LayoutGpuInstance) -> Result<Self, PlanError> {
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
            entry,
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
}

impl<'a> WantedComputeInstance<'a> {
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
        let wanted = Self { text, profile };
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

    pub(crate) fn may_start(&self, start: u32) -> bool {
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

fn find(
    model: &GpuModel,
    profile: LayoutProfile,
) -> Result<&GpuInstanceProfileModel, ProfileError> {
    match profile {
        LayoutProfile::Name(name) => model.profile_named(name),
        LayoutProfile::Id(id) => model.profile_by_id(id),
    }
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
