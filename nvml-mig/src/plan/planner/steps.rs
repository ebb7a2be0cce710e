//! Converts a result of the search to a plan.

use super::budget::Exhausted;
use super::handover::Handover;
use super::numbering::Numbering;
use super::packing::Choice;
use super::search::Search;
use super::slices::Slices;
use super::wanted::{Wanted, WantedComputeInstance};
use super::{Plan, PresentComputeInstance, PresentGpuInstance, Step};
use crate::plan::placed_instance::{PlacedComputeInstance, PlacedGpuInstance};

/// A GPU instance of the layout with the choices of the search.
struct Fulfilled<'a> {
    gpu_instance: PlacedGpuInstance,
    wanted: &'a Wanted<'a>,
    /// The existing GPU instance that is kept for it, if any.
    kept: Option<&'a PresentGpuInstance>,
    /// For each of its compute instances, the existing one that is kept for it.
    kept_inside: Vec<Option<&'a PresentComputeInstance>>,
}

/// Whether the layout gives starts of its compute instances, and with them their order.
fn has_starts(wanted: &Wanted<'_>) -> bool {
    let mut inside = wanted.compute_instances.iter();
    inside.any(|inside| inside.text.start().is_some())
}

impl Search<'_> {
    /// Returns the plan that ends with these slices occupied.
    pub(crate) fn plan(&self, result: Slices) -> Result<Plan, Exhausted> {
        let choices = self.packing.choices(result);
        let wanted = self.wanted.iter().zip(&choices);
        let fulfilled: Vec<Fulfilled<'_>> = wanted
            .map(|(wanted, choice)| self.fulfilled(wanted, choice))
            .collect::<Result<_, _>>()?;
        let (steps, temporary) = self.steps(&fulfilled);
        let kept = |fulfilled: &Fulfilled<'_>| fulfilled.kept.map(|present| present.id);
        Ok(Plan {
            substitutions: Vec::new(),
            kept: fulfilled.iter().map(kept).collect(),
            gpu_instances: fulfilled
                .into_iter()
                .map(|fulfilled| fulfilled.gpu_instance)
                .collect(),
            steps,
            temporary,
        })
    }

    fn fulfilled<'a>(
        &'a self,
        wanted: &'a Wanted<'a>,
        choice: &Choice,
    ) -> Result<Fulfilled<'a>, Exhausted> {
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
            wanted,
            kept,
            kept_inside,
        })
    }

    /// Destruction before creation, except for a handover. Returns the GPU instance that is created only for it, too.
    fn steps(&self, fulfilled: &[Fulfilled<'_>]) -> (Vec<Step>, Option<PlacedGpuInstance>) {
        let destroys =
            |is_one: &dyn Fn(&PresentGpuInstance) -> bool| self.destroys(fulfilled, is_one);
        let creates = |is_one: &dyn Fn(usize) -> bool| creates(fulfilled, is_one);
        match self.handover(fulfilled) {
            Handover::None => {
                let steps = [destroys(&|_| true), creates(&|_| true)];
                (steps.concat(), None)
            }
            Handover::Existing { last, first } => {
                let is_last = |present: &PresentGpuInstance| present.id == last.id;
                let steps = [
                    destroys(&|present| !is_last(present)),
                    creates(&|planned| planned == first),
                    destroys(&is_last),
                    creates(&|planned| planned != first),
                ];
                (steps.concat(), None)
            }
            Handover::Temporary { temporary, first } => {
                let (profile, placement) = (temporary.profile, temporary.placement);
                let steps = [
                    vec![Step::CreateTemporaryGpuInstance { profile, placement }],
                    destroys(&|_| true),
                    creates(&|planned| first.contains(&planned)),
                    vec![Step::DestroyTemporaryGpuInstance { profile, placement }],
                    creates(&|planned| !first.contains(&planned)),
                ];
                (steps.concat(), Some(temporary))
            }
        }
    }

    fn handover(&self, fulfilled: &[Fulfilled<'_>]) -> Handover<'_> {
        if fulfilled.iter().any(|fulfilled| fulfilled.kept.is_some()) {
            return Handover::None;
        }
        let new = fulfilled.iter().map(|fulfilled| &fulfilled.gpu_instance);
        let new: Vec<_> = self.wanted.iter().zip(new).collect();
        Handover::find(self.model, self.present, &new)
    }

    /// Of these GPU instances. Compute instances first: a GPU instance can be destroyed only without any.
    fn destroys(
        &self,
        fulfilled: &[Fulfilled<'_>],
        is_one: &dyn Fn(&PresentGpuInstance) -> bool,
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
fn creates(fulfilled: &[Fulfilled<'_>], is_one: &dyn Fn(usize) -> bool) -> Vec<Step> {
    let numbered = fulfilled.iter().enumerate();
    let numbered = numbered.filter(|(planned, _)| is_one(*planned));
    numbered
        .flat_map(|(planned, fulfilled)| fulfilled.creates(planned))
        .collect()
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
        let create = self.kept.is_none().then_some(create);
        create.into_iter().chain(self.numbering(planned).steps())
    }

    fn numbering(&self, planned: usize) -> Numbering<'_> {
        let wanted = self.wanted.compute_instances.iter();
        let ids = wanted.map(|inside| inside.text.preferred_id());
        let new = ids.zip(&self.gpu_instance.compute_instances);
        let new = new.zip(&self.kept_inside);
        let new = new.filter_map(|(new, kept)| kept.is_none().then_some(new));
        let mut new: Vec<_> = new.collect();
        // Old drivers choose the place themselves: the first free one.
        if !has_starts(self.wanted) {
            new.sort_by_key(|(_, new)| new.placement);
        }
        Numbering {
            planned,
            gpu_instance: self.wanted.profile,
            kept: self.kept_inside.iter().flatten().copied().collect(),
            new,
        }
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
