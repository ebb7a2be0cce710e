//! The compute instances of one GPU instance.

use super::loss::Loss;
use super::packing::{Choice, Packing};
use super::room::{Room, compute_kinds, room};
use super::slices::Slices;
use super::wanted::{Wanted, WantedComputeInstance};
use super::{PlanOptions, PresentGpuInstance};
use crate::plan::gpu_model::GpuModel;

/// How the compute instances of a GPU instance stand.
#[derive(Debug, Clone)]
pub(crate) struct Inside {
    /// In the order of the layout.
    pub(super) compute_instances: Vec<Choice>,
    /// What is destroyed in the GPU instance for it.
    pub(super) loss: Loss,
}

impl Inside {
    /// In a new GPU instance. `None` if they do not fit in it.
    pub(super) fn new(model: &GpuModel, wanted: &Wanted<'_>) -> Option<Self> {
        let choices_of_each: Vec<Vec<Choice>> =
            wanted.compute_instances.iter().map(new_places).collect();
        let packing = Packing::of(&choices_of_each, 0);
        let (result, _) = packing.best(|slices| rank(model, wanted, slices))?;
        let compute_instances = packing.choices(result);
        let loss = Loss::default();
        Some(Self {
            compute_instances,
            loss,
        })
    }

    /// In an existing GPU instance that is kept. `None` if they do not fit in it.
    pub(super) fn kept(
        model: &GpuModel,
        wanted: &Wanted<'_>,
        gpu_instance: &PresentGpuInstance,
        options: PlanOptions,
    ) -> Option<Self> {
        let choices = |compute_instance: &WantedComputeInstance<'_>| {
            let mut choices = kept_places(compute_instance, gpu_instance, options);
            choices.extend(new_places(compute_instance));
            choices
        };
        let choices_of_each: Vec<Vec<Choice>> =
            wanted.compute_instances.iter().map(choices).collect();
        let packing = Packing::of(&choices_of_each, 0);
        let (result, saved) = packing.best(|slices| rank(model, wanted, slices))?;
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
        Some(Self {
            compute_instances,
            loss,
        })
    }
}

/// Of equal ways to place compute instances, the one that leaves the most room for others.
fn rank(model: &GpuModel, wanted: &Wanted<'_>, slices: Slices) -> Room {
    let kinds = compute_kinds(model, wanted.profile, wanted.compute_instances.len());
    room(&kinds, slices)
}

fn new_places(compute_instance: &WantedComputeInstance<'_>) -> Vec<Choice> {
    compute_instance.places().map(Choice::new).collect()
}

/// The compute instances that are there and are what is wanted.
fn kept_places(
    compute_instance: &WantedComputeInstance<'_>,
    gpu_instance: &PresentGpuInstance,
    options: PlanOptions,
) -> Vec<Choice> {
    let compute_instances = gpu_instance.compute_instances().iter().enumerate();
    let kept = compute_instances.filter(|(_, inside)| {
        inside.profile() == compute_instance.profile.id
            && compute_instance.may_start(inside.placement().start)
    });
    kept.map(|(index, inside)| Choice {
        kept: Some(index),
        saved: Loss::of_compute_instance(gpu_instance, inside, options),
        ..Choice::new(inside.placement())
    })
    .collect()
}

/// What is lost if all compute instances go and the GPU instance stays.
fn all_compute_instances(gpu_instance: &PresentGpuInstance, options: PlanOptions) -> Loss {
    let compute_instances = gpu_instance.compute_instances().iter();
    compute_instances
        .map(|compute_instance| Loss::of_compute_instance(gpu_instance, compute_instance, options))
        .fold(Loss::default(), core::ops::Add::add)
}
