//! The calls that carry out the actions of a change.

use super::action::Action;
use super::change::Change;
use super::live_gpu::gone;
use super::operation::Operation;
use crate::error::Error;
use crate::id::GpuInstanceId;
use crate::plan::Step;

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
            Action::DestroySteering(id) => Operation::DestroyGpuInstance(id),
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
}
