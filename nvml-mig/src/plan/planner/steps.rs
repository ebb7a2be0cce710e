//! A way through a search, written down as a plan.

use super::packing::Choice;
use super::search::Search;
use super::slices::Slices;
use super::wanted::Wanted;
use super::{Plan, PlannedComputeInstance, PlannedGpuInstance, PresentGpuInstance, Step};

impl Search<'_> {
    /// The plan that ends with these slices taken.
    pub(crate) fn plan(&self, result: Slices) -> Plan {
        let choices = self.packing.choices(result);
        let gpu_instances: Vec<PlannedGpuInstance> = self
            .wanted
            .iter()
            .zip(&choices)
            .map(|(wanted, choice)| self.planned(wanted, choice))
            .collect();
        let mut steps = self.destroys(&gpu_instances);
        steps.extend(creates(&gpu_instances));
        Plan {
            gpu_instances,
            steps,
        }
    }

    fn planned(&self, wanted: &Wanted<'_>, choice: &Choice) -> PlannedGpuInstance {
        let there = choice.kept.and_then(|index| self.present.get(index));
        let inside = self.inside(wanted, choice);
        let parts = inside.map_or_else(Vec::new, |inside| inside.parts);
        PlannedGpuInstance {
            kept: there.map(|there| there.id),
            profile: wanted.profile.id,
            name: wanted.profile.name.clone(),
            placement: choice.place.into(),
            compute_instances: wanted
                .parts
                .iter()
                .zip(parts)
                .map(|(part, choice)| PlannedComputeInstance {
                    kept: kept_part(there, &choice),
                    profile: part.profile.id,
                    name: part.profile.name.clone(),
                    placement: choice.place.into(),
                })
                .collect(),
        }
    }

    /// Compute instances first: a GPU instance can be destroyed only without any.
    fn destroys(&self, planned: &[PlannedGpuInstance]) -> Vec<Step> {
        let mut steps = Vec::new();
        for there in self.present {
            let mut planned = planned.iter();
            let kept = planned.find(|planned| planned.kept == Some(there.id));
            steps.extend(destroyed_parts(there, kept));
        }
        for there in self.present {
            if !planned.iter().any(|planned| planned.kept == Some(there.id)) {
                steps.push(Step::DestroyGpuInstance {
                    gpu_instance: there.id,
                    profile: there.profile,
                    placement: there.placement,
                });
            }
        }
        steps
    }
}

fn kept_part(
    there: Option<&PresentGpuInstance>,
    choice: &Choice,
) -> Option<crate::id::ComputeInstanceId> {
    let part = there?.compute_instances.get(choice.kept?)?;
    Some(part.id)
}

/// The compute instances that go: all of a GPU instance that is not kept.
fn destroyed_parts(
    there: &PresentGpuInstance,
    kept: Option<&PlannedGpuInstance>,
) -> impl Iterator<Item = Step> {
    let stays = move |id| {
        let mut parts = kept.into_iter().flat_map(|kept| &kept.compute_instances);
        parts.any(|part| part.kept == Some(id))
    };
    let gone = there.compute_instances.iter();
    gone.filter(move |part| !stays(part.id))
        .map(|part| Step::DestroyComputeInstance {
            gpu_instance: there.id,
            compute_instance: part.id,
            profile: part.profile,
            placement: part.placement,
        })
}

fn creates(planned: &[PlannedGpuInstance]) -> impl Iterator<Item = Step> {
    planned.iter().enumerate().flat_map(|(number, whole)| {
        let gpu_instance = whole.kept.is_none().then_some(Step::CreateGpuInstance {
            planned: number,
            profile: whole.profile,
            placement: whole.placement,
        });
        let new_parts = whole
            .compute_instances
            .iter()
            .filter(|part| part.kept.is_none());
        let parts = new_parts.map(move |part| Step::CreateComputeInstance {
            planned: number,
            profile: part.profile,
            placement: part.placement,
        });
        gpu_instance.into_iter().chain(parts)
    })
}
