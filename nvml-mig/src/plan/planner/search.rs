//! Searches for the best plan to reach a layout.

use super::budget::{Budget, Exhausted};
use super::inside::Inside;
use super::loss::Loss;
use super::packing::{Choice, Packing};
use super::slices::{Place, Slices};
use super::wanted::Wanted;
use super::{Goal, PlanOptions, PresentGpuInstance};
use crate::plan::gpu_model::{Engines, GpuModel};

/// The wanted and the existing instances, and all ways to keep and create instances.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) model: &'a GpuModel,
    pub(crate) wanted: &'a [Wanted<'a>],
    pub(crate) present: &'a [PresentGpuInstance],
    pub(crate) options: PlanOptions,
    pub(crate) packing: Packing,
    budget: &'a Budget,
}

impl<'a> Search<'a> {
    /// Finds all ways to place the wanted instances outside the `occupied` slices, keeping or destroying those in
    /// `present`.
    pub(crate) fn new(
        model: &'a GpuModel,
        wanted: &'a [Wanted<'a>],
        present: &'a [PresentGpuInstance],
        options: PlanOptions,
        occupied: Slices,
        budget: &'a Budget,
    ) -> Result<Self, Exhausted> {
        let choices = |wanted| choices(model, wanted, (present, options), budget);
        let choices_of_each: Result<Vec<Vec<Choice>>, Exhausted> =
            wanted.iter().map(choices).collect();
        Ok(Self {
            model,
            wanted,
            present,
            options,
            packing: Packing::of(&choices_of_each?, occupied, budget)?,
            budget,
        })
    }

    /// The loss that remains after saving `saved`.
    pub(crate) fn loss(&self, saved: Loss) -> Loss {
        Loss::of_all(self.present, self.options) - saved
    }

    /// Places the compute instances of a wanted GPU instance, given the choice for the GPU instance.
    pub(crate) fn inside(
        &self,
        wanted: &Wanted<'_>,
        choice: &Choice,
    ) -> Result<Option<Inside>, Exhausted> {
        match choice.kept.and_then(|index| self.present.get(index)) {
            Some(instance) => Inside::kept(self.model, wanted, instance, self.options, self.budget),
            None => Inside::new(self.model, wanted, self.budget),
        }
    }

    /// Returns the media engines that all wanted instances need together.
    pub(crate) fn engines<'w>(wanted: impl IntoIterator<Item = &'w Wanted<'w>>) -> Engines {
        let engines = wanted.into_iter().map(|wanted| wanted.profile.engines);
        engines.fold(Engines::default(), Engines::plus)
    }
}

/// Returns the existing GPU instances that can be kept for a wanted one, and the places of a new one.
pub(super) fn choices(
    model: &GpuModel,
    wanted: &Wanted<'_>,
    goal: Goal<'_>,
    budget: &Budget,
) -> Result<Vec<Choice>, Exhausted> {
    let mut choices = kept(model, wanted, goal, budget)?;
    choices.extend(wanted.places().map(Choice::new));
    Ok(choices)
}

/// Returns the existing GPU instances that can be kept for a wanted one.
fn kept(
    model: &GpuModel,
    wanted: &Wanted<'_>,
    (present, options): Goal<'_>,
    budget: &Budget,
) -> Result<Vec<Choice>, Exhausted> {
    let mut choices = Vec::new();
    for (index, instance) in present.iter().enumerate() {
        let placement = instance.placement();
        let matches = instance.profile() == wanted.profile.id && wanted.may_start(placement.start);
        let inside = if matches {
            Inside::kept(model, wanted, instance, options, budget)?
        } else {
            None
        };
        if let Some(inside) = inside {
            choices.push(Choice {
                place: Place::from(placement),
                kept: Some(index),
                saved: Loss::of_gpu_instance(instance, options) - inside.loss,
            });
        }
    }
    Ok(choices)
}
