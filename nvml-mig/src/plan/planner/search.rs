//! The best way to a layout.

use super::inside::Inside;
use super::loss::Loss;
use super::packing::{Choice, Packing};
use super::slices::{Place, Slices};
use super::wanted::Wanted;
use super::{PlanOptions, PresentGpuInstance};
use crate::plan::gpu_model::{Engines, GpuModel};

/// What is wanted, what is there, and all ways from one to the other.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) model: &'a GpuModel,
    pub(crate) wanted: &'a [Wanted<'a>],
    pub(crate) present: &'a [PresentGpuInstance],
    pub(crate) options: PlanOptions,
    pub(crate) packing: Packing,
}

impl<'a> Search<'a> {
    /// All ways to place what is wanted beside what is `occupied`, with what is `present` kept or destroyed.
    pub(crate) fn new(
        model: &'a GpuModel,
        wanted: &'a [Wanted<'a>],
        present: &'a [PresentGpuInstance],
        options: PlanOptions,
        occupied: Slices,
    ) -> Self {
        let choices = |wanted: &Wanted<'_>| {
            let mut choices = kept(model, wanted, present, options);
            choices.extend(wanted.places().map(Choice::new));
            choices
        };
        let choices_of_each: Vec<Vec<Choice>> = wanted.iter().map(choices).collect();
        Self {
            model,
            wanted,
            present,
            options,
            packing: Packing::of(&choices_of_each, occupied),
        }
    }

    /// The loss that remains after saving `saved`.
    pub(crate) fn loss(&self, saved: Loss) -> Loss {
        let all = self.present.iter();
        all.map(|instance| Loss::of_gpu_instance(instance, self.options))
            .fold(Loss::default(), core::ops::Add::add)
            - saved
    }

    /// How the compute instances of one that is wanted stand, placed by this choice.
    pub(crate) fn inside(&self, wanted: &Wanted<'_>, choice: &Choice) -> Option<Inside> {
        match choice.kept.and_then(|index| self.present.get(index)) {
            Some(instance) => Inside::kept(self.model, wanted, instance, self.options),
            None => Inside::new(self.model, wanted),
        }
    }

    /// The media engines that all that is wanted needs.
    pub(crate) fn engines(wanted: &[Wanted<'_>]) -> Engines {
        let engines = wanted.iter().map(|wanted| wanted.profile.engines);
        engines.fold(Engines::default(), Engines::plus)
    }
}

/// The GPU instances that are there and can be what is wanted.
fn kept(
    model: &GpuModel,
    wanted: &Wanted<'_>,
    present: &[PresentGpuInstance],
    options: PlanOptions,
) -> Vec<Choice> {
    let mut choices = Vec::new();
    for (index, instance) in present.iter().enumerate() {
        let placement = instance.placement();
        let matches = instance.profile() == wanted.profile.id && wanted.may_start(placement.start);
        let inside = matches.then(|| Inside::kept(model, wanted, instance, options));
        if let Some(inside) = inside.flatten() {
            choices.push(Choice {
                place: Place::from(placement),
                kept: Some(index),
                saved: Loss::of_gpu_instance(instance, options) - inside.loss,
            });
        }
    }
    choices
}
