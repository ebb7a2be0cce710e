//! The order of creation for drivers that choose the placements of compute instances themselves: the first free one.

use super::{Numbering, Plan, PresentGpuInstance, Step};
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::plan::gpu_model::GpuModel;

impl Numbering<'_> {
    /// Returns the steps for such a driver. Ids are given only if the same order serves both.
    pub(crate) fn steps_by_driver(&self) -> Vec<Step> {
        let steps = self.steps();
        if self.are_first_free(&steps) {
            steps
        } else {
            self.by_placement()
        }
    }

    /// Whether each is created at the placement that the driver chooses.
    fn are_first_free(&self, steps: &[Step]) -> bool {
        let mut occupied = self.occupied();
        steps.iter().all(|step| match *step {
            Step::CreateComputeInstance {
                profile, placement, ..
            }
            | Step::CreateTemporaryComputeInstance {
                profile, placement, ..
            } => {
                let is_first = self.first_free(profile, &occupied) == Some(placement);
                occupied.push(placement);
                is_first
            }
            Step::DestroyTemporaryComputeInstance { placement, .. } => {
                occupied.retain(|other| *other != placement);
                true
            }
            _ => true,
        })
    }

    /// One after another by their placements, with temporary ones in the free slices before them.
    fn by_placement(&self) -> Vec<Step> {
        let mut new: Vec<_> = self.new.iter().map(|(_, new)| *new).collect();
        new.sort_by_key(|new| new.placement.start);
        let (mut steps, mut temporary, mut occupied) = (Vec::new(), Vec::new(), self.occupied());
        for new in new {
            if self.first_free(new.profile, &occupied) != Some(new.placement) {
                let before = self
                    .slices()
                    .filter(|(_, at)| at.start < new.placement.start);
                for (profile, slice) in before {
                    if !occupied.iter().any(|other| other.overlaps(slice)) {
                        steps.push(self.create_temporary(profile, slice));
                        temporary.push(self.destroy_temporary(profile, slice));
                        occupied.push(slice);
                    }
                }
            }
            steps.push(self.create(new));
            occupied.push(new.placement);
        }
        steps.extend(temporary.into_iter().rev());
        steps
    }

    fn occupied(&self) -> Vec<ComputeInstancePlacement> {
        self.kept.iter().map(|kept| kept.placement()).collect()
    }

    fn first_free(
        &self,
        profile: ComputeInstanceProfileId,
        occupied: &[ComputeInstancePlacement],
    ) -> Option<ComputeInstancePlacement> {
        let own = self
            .gpu_instance
            .compute_instance_profile_by_id(profile)
            .ok()?;
        let is_free =
            |at: &ComputeInstancePlacement| !occupied.iter().any(|other| other.overlaps(*at));
        let free = own.placements.iter().copied().filter(is_free);
        free.min_by_key(|at| at.start)
    }
}

impl Plan {
    /// Returns the same plan for such a driver.
    pub(crate) fn by_driver(mut self, model: &GpuModel, present: &[PresentGpuInstance]) -> Self {
        for planned in 0..self.gpu_instances.len() {
            let is_inside = |step: &Step| step.creates_inside(planned);
            let Some(first) = self.steps.iter().position(is_inside) else {
                continue;
            };
            let inside = self
                .steps
                .iter()
                .skip(first)
                .take_while(|step| is_inside(step));
            let last = first + inside.count();
            if let Some(steps) = self.inside_by_driver(model, present, planned) {
                self.steps.splice(first..last, steps);
            }
        }
        self
    }

    /// The steps within one GPU instance; `None` if they are right as they are.
    fn inside_by_driver(
        &self,
        model: &GpuModel,
        present: &[PresentGpuInstance],
        planned: usize,
    ) -> Option<Vec<Step>> {
        let gpu_instance = self.gpu_instances.get(planned)?;
        let kept = self.kept_id(planned);
        let kept = present.iter().find(|present| Some(present.id) == kept);
        let inside = kept.map_or(&[][..], PresentGpuInstance::compute_instances);
        let stays = |of: &PresentGpuInstance, id| !self.destroys(of.id, id);
        let steps: Vec<Step> = self
            .steps
            .iter()
            .copied()
            .filter(|step| step.creates_inside(planned))
            .collect();
        let is_created = |placement| {
            steps.iter().any(|step| {
                matches!(step, Step::CreateComputeInstance { placement: at, .. } if *at == placement)
            })
        };
        let new = gpu_instance
            .compute_instances
            .iter()
            .filter(|new| is_created(new.placement));
        let numbering = Numbering {
            planned,
            gpu_instance: model.profile_by_id(gpu_instance.profile).ok()?,
            kept: inside
                .iter()
                .filter(|inside| kept.is_some_and(|of| stays(of, inside.id)))
                .collect(),
            new: new.map(|new| (None, new)).collect(),
        };
        (!numbering.are_first_free(&steps)).then(|| numbering.by_placement())
    }
}
