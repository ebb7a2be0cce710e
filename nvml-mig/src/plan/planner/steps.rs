//! Converts a result of the search to a plan.

use super::budget::Exhausted;
use super::handover::Handover;
use super::packing::Choice;
use super::search::Search;
use super::slices::Slices;
use super::wanted::{Wanted, WantedComputeInstance};
use super::{Plan, PresentComputeInstance, PresentGpuInstance, Step};
use crate::plan::placed_instance::{PlacedComputeInstance, PlacedGpuInstance};

/// A GPU instance of the layout with the choices of the search.
struct Fulfilled<'a> {
    gpu_instance: PlacedGpuInstance,
    /// The existing GPU instance that is kept for it, if any.
    kept: Option<&'a PresentGpuInstance>,
    /// For each of its compute instances, the existing one that is kept for it.
    kept_inside: Vec<Option<&'a PresentComputeInstance>>,
}

impl Search<'_> {
    /// Returns the plan that ends with these slices occupied.
    pub(crate) fn plan(&self, result: Slices) -> Result<Plan, Exhausted> {
        let choices = self.packing.choices(result);
        let wanted = self.wanted.iter().zip(&choices);
        let fulfilled: Vec<Fulfilled<'_>> = wanted
            .map(|(wanted, choice)| self.fulfilled(wanted, choice))
            .collect::<Result<_, _>>()?;
        let steps = self.steps(&fulfilled);
        let kept = |fulfilled: &Fulfilled<'_>| fulfilled.kept.map(|present| present.id);
        Ok(Plan {
            substitutions: Vec::new(),
            kept: fulfilled.iter().map(kept).collect(),
            gpu_instances: fulfilled
                .into_iter()
                .map(|fulfilled| fulfilled.gpu_instance)
                .collect(),
            steps,
        })
    }

    fn fulfilled(&self, wanted: &Wanted<'_>, choice: &Choice) -> Result<Fulfilled<'_>, Exhausted> {
        let kept = choice.kept.and_then(|index| self.present.get(index));
        let inside = self.inside(wanted, choice)?;
        let choices = inside.map_or_else(Vec::new, |inside| inside.compute_instances);
        let kept_inside: Vec<Option<&PresentComputeInstance>> = choices
            .iter()
            .map(|choice| kept?.compute_instances().get(choice.kept?))
            .collect();
        let compute_instances = wanted.compute_instances.iter();
        let compute_instances = compute_instances.zip(choices.iter().zip(&kept_inside));
        Ok(Fulfilled {
            gpu_instance: gpu_instance(wanted, choice)
                .with_compute_instances(compute_instances.map(compute_instance).collect()),
            kept,
            kept_inside,
        })
    }

    /// Destruction before creation, except for a handover.
    fn steps(&self, fulfilled: &[Fulfilled<'_>]) -> Vec<Step> {
        let handover = self.handover(fulfilled);
        let is_last = |present: &PresentGpuInstance| {
            handover.is_some_and(|handover| handover.last.id == present.id)
        };
        let is_first = |planned| handover.is_some_and(|handover| handover.first == planned);
        let mut steps = self.destroys(fulfilled, |present| !is_last(present));
        steps.extend(creates(fulfilled, is_first));
        steps.extend(self.destroys(fulfilled, is_last));
        steps.extend(creates(fulfilled, |planned| !is_first(planned)));
        steps
    }

    fn handover(&self, fulfilled: &[Fulfilled<'_>]) -> Option<Handover<'_>> {
        if fulfilled.iter().any(|fulfilled| fulfilled.kept.is_some()) {
            return None;
        }
        let new = fulfilled.iter().map(|fulfilled| &fulfilled.gpu_instance);
        let new: Vec<_> = self.wanted.iter().zip(new).collect();
        Handover::find(self.model, self.present, &new)
    }

    /// Of these GPU instances. Compute instances first: a GPU instance can be destroyed only without any.
    fn destroys(
        &self,
        fulfilled: &[Fulfilled<'_>],
        is_one: impl Fn(&PresentGpuInstance) -> bool,
    ) -> Vec<Step> {
        let by = |present: &PresentGpuInstance| {
            let mut fulfilled = fulfilled.iter();
            fulfilled.find(|fulfilled| fulfilled.kept.is_some_and(|kept| kept.id == present.id))
        };
        let present = || self.present.iter().filter(|present| is_one(present));
        let inside = present().flat_map(|present| {
            let gone = |compute_instance: &&PresentComputeInstance| {
                !by(present).is_some_and(|fulfilled| fulfilled.keeps(compute_instance))
            };
            let compute_instances = present.compute_instances().iter().filter(gone);
            compute_instances.map(|compute_instance| destroy_inside(present, compute_instance))
        });
        let gone = present().filter(|present| by(present).is_none());
        let gone = gone.map(|present| Step::DestroyGpuInstance {
            gpu_instance: present.id,
            profile: present.profile(),
            placement: present.placement(),
        });
        inside.chain(gone).collect()
    }
}

/// Returns the steps that create these GPU instances, by their index in the plan.
fn creates(
    fulfilled: &[Fulfilled<'_>],
    is_one: impl Fn(usize) -> bool,
) -> impl Iterator<Item = Step> {
    let numbered = fulfilled.iter().enumerate();
    let numbered = numbered.filter(move |(planned, _)| is_one(*planned));
    numbered.flat_map(|(planned, fulfilled)| fulfilled.creates(planned))
}

impl Fulfilled<'_> {
    fn keeps(&self, compute_instance: &PresentComputeInstance) -> bool {
        let mut kept = self.kept_inside.iter().flatten();
        kept.any(|kept| kept.id == compute_instance.id)
    }

    /// Returns the steps that create it; `planned` is its index in the plan.
    fn creates(&self, planned: usize) -> impl Iterator<Item = Step> {
        let create = Step::CreateGpuInstance {
            planned,
            profile: self.gpu_instance.profile,
            placement: self.gpu_instance.placement,
        };
        let compute_instances = self.gpu_instance.compute_instances.iter();
        let new = compute_instances
            .zip(&self.kept_inside)
            .filter(|(_, kept)| kept.is_none());
        let new = new.map(move |(compute_instance, _)| Step::CreateComputeInstance {
            planned,
            profile: compute_instance.profile,
            placement: compute_instance.placement,
        });
        let create = self.kept.is_none().then_some(create);
        create.into_iter().chain(new)
    }
}

fn gpu_instance(wanted: &Wanted<'_>, choice: &Choice) -> PlacedGpuInstance {
    let profile = wanted.profile;
    PlacedGpuInstance::new(profile.id, profile.name.clone(), choice.place.into())
}

/// An existing one that is kept can have another profile of the same name.
fn compute_instance(
    (wanted, (choice, kept)): (
        &WantedComputeInstance<'_>,
        (&Choice, &Option<&PresentComputeInstance>),
    ),
) -> PlacedComputeInstance {
    let profile = wanted.profile;
    let id = kept.map_or(profile.id, PresentComputeInstance::profile);
    PlacedComputeInstance::new(id, profile.name.clone(), choice.place.into())
}

fn destroy_inside(
    gpu_instance: &PresentGpuInstance,
    compute_instance: &PresentComputeInstance,
) -> Step {
    Step::DestroyComputeInstance {
        gpu_instance: gpu_instance.id,
        compute_instance: compute_instance.id,
        profile: compute_instance.profile(),
        placement: compute_instance.placement(),
    }
}
