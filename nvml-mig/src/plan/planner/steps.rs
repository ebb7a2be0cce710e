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
        let compute_instances = inside.map_or_else(Vec::new, |inside| inside.compute_instances);
        PlannedGpuInstance {
            kept: there.map(|there| there.id),
            profile: wanted.profile.id,
            name: wanted.profile.name.clone(),
            placement: choice.place.into(),
            compute_instances: wanted
                .compute_instances
                .iter()
                .zip(compute_instances)
                .map(|(compute_instance, choice)| PlannedComputeInstance {
                    kept: kept_part(there, &choice),
                    profile: compute_instance.profile.id,
                    name: compute_instance.profile.name.clone(),
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
    let compute_instance = there?.compute_instances.get(choice.kept?)?;
    Some(compute_instance.id)
}

/// The compute instances that go: all of a GPU instance that is not kept.
fn destroyed_parts(
    there: &PresentGpuInstance,
    kept: Option<&PlannedGpuInstance>,
) -> impl Iterator<Item = Step> {
    let stays = move |id| {
        let mut compute_instances = kept.into_iter().flat_map(|kept| &kept.compute_instances);
        compute_instances.any(|compute_instance| compute_instance.kept == Some(id))
    };
    let gone = there.compute_instances.iter();
    gone.filter(move |compute_instance| !stays(compute_instance.id))
        .map(|compute_instance| Step::DestroyComputeInstance {
            gpu_instance: there.id,
            compute_instance: compute_instance.id,
            profile: compute_instance.profile,
            placement: compute_instance.placement,
        })
}

fn creates(planned: &[PlannedGpuInstance]) -> impl Iterator<Item = Step> {
    planned
        .iter()
        .enumerate()
        .flat_map(|(number, gpu_instance)| {
            let create = Step::CreateGpuInstance {
                planned: number,
                profile: gpu_instance.profile,
                placement: gpu_instance.placement,
            };
            let compute_instances = gpu_instance
                .compute_instances
                .iter()
                .filter(|compute_instance| compute_instance.kept.is_none())
                .map(move |compute_instance| Step::CreateComputeInstance {
                    planned: number,
                    profile: compute_instance.profile,
                    placement: compute_instance.placement,
                });
            let create = gpu_instance.kept.is_none().then_some(create);
            create.into_iter().chain(compute_instances)
        })
}
