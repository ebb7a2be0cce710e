//! A temporary instance that a change has left, since the driver refused to destroy it or the process was killed.

use super::difference::Difference;
use super::late::Ids;
use super::operation::Operation;
use crate::inventory::LiveGpuInstance;
use crate::plan::PlacedComputeInstance;
use crate::query::ComputeInstance;

/// A temporary instance that stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOver {
    pub(super) instance: Difference,
    pub(super) operation: Operation,
}

impl LeftOver {
    /// The step that destroys it.
    pub(super) fn action(&self) -> String {
        format!("destroy temporary {}", self.instance)
    }

    /// Whether it is a compute instance.
    pub(super) const fn is_inside(&self) -> bool {
        matches!(self.instance, Difference::ComputeInstance { .. })
    }

    /// Whether it still stands, by its ids, profile and place. A GPU instance in which others created something is theirs.
    pub(super) fn stands_in(&self, live: &[LiveGpuInstance]) -> bool {
        live.iter().any(|live| match &self.instance {
            Difference::GpuInstance(left) => {
                let operation = Operation::DestroyGpuInstance(live.gpu_instance.id());
                operation == self.operation && live.placed().is_same(left)
            }
            Difference::ComputeInstance {
                gpu_instance,
                compute_instance,
            } => {
                live.gpu_instance.placement() == *gpu_instance
                    && self.is_inside_of(live, compute_instance)
            }
        })
    }

    fn is_inside_of(&self, live: &LiveGpuInstance, left: &PlacedComputeInstance) -> bool {
        let placed = live.placed().compute_instances;
        let mut inside = live.compute_instances.iter().zip(placed);
        inside.any(|(inside, placed)| {
            let operation = Operation::DestroyComputeInstance {
                gpu_instance: live.gpu_instance.id(),
                compute_instance: inside.id(),
            };
            operation == self.operation && placed.is_same(left)
        })
    }

    /// Its ids: of the GPU instance, and of the compute instance if that is the temporary one.
    pub(super) const fn ids(&self) -> Option<Ids> {
        self.operation.destroyed()
    }

    pub(super) fn gpu_instance(live: &LiveGpuInstance) -> Self {
        Self {
            instance: Difference::GpuInstance(live.placed()),
            operation: Operation::DestroyGpuInstance(live.gpu_instance.id()),
        }
    }

    pub(super) fn compute_instance(
        live: &LiveGpuInstance,
        inside: &ComputeInstance,
        placed: PlacedComputeInstance,
    ) -> Self {
        Self {
            instance: Difference::ComputeInstance {
                gpu_instance: live.gpu_instance.placement(),
                compute_instance: placed,
            },
            operation: Operation::DestroyComputeInstance {
                gpu_instance: live.gpu_instance.id(),
                compute_instance: inside.id(),
            },
        }
    }
}
