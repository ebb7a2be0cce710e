//! The calls that carry out the actions of a change.

use super::action::Action;
use super::change::Change;
use super::live_gpu::gone;
use super::operation::Operation;
use crate::error::Error;
use crate::id::GpuInstanceId;
use crate::placement::GpuInstancePlacement;
use crate::plan::{PlacedGpuInstance, Step};

impl Change<'_> {
    /// The operation of an action; `None` if there is nothing to do.
    pub(super) fn operation(&self, action: Action) -> Result<Option<Operation>, Error> {
        Ok(Some(match action {
            Action::Do(Step::CreateTemporaryGpuInstance { profile, placement }) => {
                Operation::CreateGpuInstance { profile, placement }
            }
            Action::Do(Step::DestroyTemporaryGpuInstance { .. }) => {
                return Ok(self.temporary.map(Operation::DestroyGpuInstance));
            }
            Action::Do(Step::DestroyTemporaryComputeInstance {
                planned, placement, ..
            }) => {
                let temporary = self.temporary_inside.get(&(planned, placement));
                let gpu_instance = self.gpu_instance(planned)?;
                return Ok(
                    temporary.map(|&compute_instance| Operation::DestroyComputeInstance {
                        gpu_instance,
                        compute_instance,
                    }),
                );
            }
            Action::SetMode(mode) => Operation::SetMigMode(mode),
            Action::Do(Step::DestroyComputeInstance {
                gpu_instance,
                compute_instance,
                ..
            }) => Operation::DestroyComputeInstance {
                gpu_instance,
                compute_instance,
            },
            Action::Do(Step::DestroyGpuInstance { gpu_instance, .. }) => {
                Operation::DestroyGpuInstance(gpu_instance)
            }
            Action::Do(Step::CreateGpuInstance {
                profile, placement, ..
            }) => Operation::CreateGpuInstance {
                profile,
                placement: self.free_place(placement),
            },
            Action::Do(
                Step::CreateComputeInstance {
                    planned,
                    profile,
                    placement,
                }
                | Step::CreateTemporaryComputeInstance {
                    planned,
                    profile,
                    placement,
                },
            ) => Operation::CreateComputeInstance {
                gpu_instance: self.gpu_instance(planned)?,
                profile,
                placement,
            },
        }))
    }

    /// Returns the id of the GPU instance with this index in the plan.
    fn gpu_instance(&self, planned: usize) -> Result<GpuInstanceId, Error> {
        let known = self.instances.as_ref();
        let kept = known.and_then(|plan| plan.kept_id(planned));
        let created = self.created.get(&planned).copied();
        created
            .or(kept)
            .ok_or_else(|| gone(&format!("GPU instance number {planned} of the plan")))
    }

    /// Where the GPU instance may be too that is created: where others of the plan are that are like it, and beside all of the plan
    /// if the driver chooses and the layout does not say where.
    pub(super) fn alternatives(&self, action: Action) -> Vec<GpuInstancePlacement> {
        let all = self.instances.as_ref().map(|plan| &plan.gpu_instances);
        let (
            Some(all),
            Action::Do(Step::CreateGpuInstance {
                planned, profile, ..
            }),
        ) = (all, action)
        else {
            return Vec::new();
        };
        let created = all.get(planned);
        let is_alike =
            |other: &&PlacedGpuInstance| created.is_some_and(|created| other.is_alike(created));
        let alike = all.iter().filter(is_alike).map(|other| other.placement);
        let entry = self.plan.layout.gpu_instances().get(planned);
        let has_start = entry.is_some_and(|entry| entry.start().is_some());
        let is_free = !has_start && self.gpu.device.chooses_gpu_placements();
        let model = self.plan.model().or(self.settled_with.as_ref());
        let model = model.filter(|_| is_free);
        let own = model.and_then(|model| model.profile_by_id(profile).ok());
        let anywhere = own
            .into_iter()
            .flat_map(|own| own.placements.iter().copied());
        let others = all.iter().enumerate().filter(|(at, _)| *at != planned);
        let is_beside = |at: &GpuInstancePlacement| {
            others
                .clone()
                .all(|(_, other)| !other.placement.overlaps(*at))
        };
        alike.chain(anywhere.filter(is_beside)).collect()
    }

    /// This place, or that of one that is alike if the driver has put another one there.
    fn free_place(&self, placement: GpuInstancePlacement) -> GpuInstancePlacement {
        let mut places = self.gpu.alternatives.iter().copied();
        let other = || places.find(|place| !self.gpu.is_taken(*place));
        let is_taken = self.gpu.is_taken(placement);
        let other = is_taken.then(other).flatten();
        other.unwrap_or(placement)
    }
}
