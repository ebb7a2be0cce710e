//! What differs between two states of a GPU.

use core::fmt;

use crate::placement::GpuInstancePlacement;
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance};

/// An instance that differs between the previous and the current state of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// A GPU instance with its compute instances.
    GpuInstance(PlacedGpuInstance),
    /// A compute instance in a GPU instance that exists in both states.
    #[non_exhaustive]
    ComputeInstance {
        /// Placement of the GPU instance.
        gpu_instance: GpuInstancePlacement,
        /// The compute instance.
        compute_instance: PlacedComputeInstance,
    },
}

impl Difference {
    /// Removes this instance from a state.
    pub(super) fn remove_from(&self, state: &mut Vec<PlacedGpuInstance>) {
        match self {
            Self::GpuInstance(removed) => state.retain(|one| !one.is_same(removed)),
            Self::ComputeInstance {
                gpu_instance,
                compute_instance,
            } => {
                let mut state = state.iter_mut();
                if let Some(of) = state.find(|one| one.placement == *gpu_instance) {
                    of.compute_instances
                        .retain(|one| !one.is_same(compute_instance));
                }
            }
        }
    }
}

/// Returns the instances that `others` lack.
pub(super) fn differences(
    instances: &[PlacedGpuInstance],
    others: &[PlacedGpuInstance],
) -> Vec<Difference> {
    let of = |instance: &PlacedGpuInstance| {
        let mut others = others.iter();
        match others.find(|other| instance.is_at_place_of(other)) {
            None => vec![Difference::GpuInstance(instance.clone())],
            Some(other) => instance
                .lacking_in(other)
                .map(|compute_instance| Difference::ComputeInstance {
                    gpu_instance: instance.placement,
                    compute_instance: compute_instance.clone(),
                })
                .collect(),
        }
    };
    instances.iter().flat_map(of).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GpuInstance(instance) => instance.fmt(f),
            Self::ComputeInstance {
                gpu_instance,
                compute_instance,
            } => write!(
                f,
                "{compute_instance} in the GPU instance at {gpu_instance}"
            ),
        }
    }
}
