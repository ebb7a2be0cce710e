//! The compute instances of one GPU instance.

use super::budget::{Budget, Exhausted};
use super::loss::Loss;
use super::packing::{Choice, Packing};
use super::room::{Kind, compute_kinds};
use super::wanted::{Wanted, WantedComputeInstance};
use super::{PlanOptions, PresentGpuInstance};
use crate::plan::gpu_model::GpuModel;

/// The choices for the compute instances of one GPU instance.
#[derive(Debug, Clone)]
pub(crate) struct Inside {
    /// In the order of the layout.
    pub(super) compute_instances: Vec<Choice>,
    /// The compute instances that must be destroyed for it.
    pub(super) loss: Loss,
}

impl Inside {
    /// Places the compute instances in a new GPU instance. Returns `None` if they do not fit.
    pub(super) fn new(
        model: &GpuModel,
        wanted: &Wanted<'_>,
        budget: &Budget,
    ) -> Result<Option<Self>, Exhausted> {
        if wanted.slices() > wanted.profile.slice_count {
            return Ok(None);
        }
        let choices_of_each: Vec<Vec<Choice>> =
            wanted.compute_instances.iter().map(new_places).collect();
        let packing = Packing::of(&choices_of_each, 0, budget)?;
        let best = packing.best(&kinds(model, wanted), budget)?;
        Ok(best.map(|(result, _)| Self {
            compute_instances: packing.choices(result),
            loss: Loss::default(),
        }))
    }

    /// Places the compute instances in an existing GPU instance that is kept. Returns `None` if they do not fit.
    pub(super) fn kept(
        model: &GpuModel,
        wanted: &Wanted<'_>,
        gpu_instance: &PresentGpuInstance,
        options: PlanOptions,
        budget: &Budget,
    ) -> Result<Option<Self>, Exhausted> {
        if wanted.slices() > wanted.profile.slice_count {
            return Ok(None);
        }
        let choices = |compute_instance: &WantedComputeInstance<'_>| {
            let mut choices = kept_places(wanted, compute_instance, gpu_instance, options);
            choices.extend(new_places(compute_instance));
            choices
        };
        let choices_of_each: Vec<Vec<Choice>> =
            wanted.compute_instances.iter().map(choices).collect();
        let packing = Packing::of(&choices_of_each, 0, budget)?;
        let Some((result, saved)) = packing.best(&kinds(model, wanted), budget)? else {
            return Ok(None);
        };
        let compute_instances = packing.choices(result);
        let loss = all_compute_instances(gpu_instance, options) - saved;
        let added = compute_instances
            .iter()
            .any(|compute_instance| compute_instance.kept.is_none());
        let loss = if gpu_instance.pinned && added && loss.protected == 0 {
            loss + Loss::of_change()
        } else {
            loss
        };
        Ok(Some(Self {
            compute_instances,
            loss,
        }))
    }
}

/// Equally costly placements of compute instances are ranked by the room that they leave for these.
fn kinds(model: &GpuModel, wanted: &Wanted<'_>) -> Vec<Kind> {
    let instances = wanted.compute_instances.len();
    compute_kinds(model, wanted.profile, instances, wanted.slices())
}

fn new_places(compute_instance: &WantedComputeInstance<'_>) -> Vec<Choice> {
    compute_instance.places().map(Choice::new).collect()
}

/// Returns the existing compute instances that match the wanted one.
fn kept_places(
    wanted: &Wanted<'_>,
    compute_instance: &WantedComputeInstance<'_>,
    gpu_instance: &PresentGpuInstance,
    options: PlanOptions,
) -> Vec<Choice> {
    let compute_instances = gpu_instance.compute_instances().iter().enumerate();
    let kept = compute_instances.filter(|(_, inside)| compute_instance.is(wanted.profile, inside));
    kept.map(|(index, inside)| Choice {
        kept: Some(index),
        saved: Loss::of_compute_instance(gpu_instance, inside, options),
        ..Choice::new(inside.placement())
    })
    .collect()
}

/// Returns the loss if all compute instances are destroyed and the GPU instance is kept.
fn all_compute_instances(gpu_instance: &PresentGpuInstance, options: PlanOptions) -> Loss {
    let compute_instances = gpu_instance.compute_instances().iter();
    compute_instances
        .map(|compute_instance| Loss::of_compute_instance(gpu_instance, compute_instance, options))
        .fold(Loss::default(), core::ops::Add::add)
}
