//! A plan for a pool.

use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::placement::GpuInstancePlacement;
use crate::plan::layout::Layout;
use crate::plan::planner::Plan;
use crate::profile::ReportedName;

/// A plan for a [`GpuPool`](crate::plan::GpuPool): where each requested instance goes, and which existing ones move.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PoolPlan {
    /// One per request, in the same order.
    pub assigned: Vec<AssignedInstance>,
    /// The existing instances that move, ordered by GPU and ID.
    pub moved: Vec<MovedInstance>,
    /// The GPUs that change, in the order of the pool.
    pub gpus: Vec<PlannedGpu>,
    /// The room that is left: the sum, over all GPUs and profiles, of the memory slices of the further instances of that profile
    /// alone that fit.
    pub room: u32,
    /// Whether no plan moves fewer instances, and none that moves as few leaves more room. If not, the search for the best
    /// plan was too long, and the requests were placed one after another, the largest first.
    pub is_exact: bool,
}

/// Where a requested instance goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AssignedInstance {
    /// Index of the GPU in the pool.
    pub gpu: usize,
    /// ID of the profile on this GPU.
    pub profile: GpuInstanceProfileId,
    /// Name of the profile on this GPU.
    pub name: ReportedName,
    /// Its memory slices.
    pub placement: GpuInstancePlacement,
}

/// An existing instance that moves: it is destroyed, and created with the same compute instances elsewhere. If a request of
/// the same profile takes over its place, the GPU instance there stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MovedInstance {
    /// Index of its GPU in the pool.
    pub from: usize,
    /// ID that it has there.
    pub id: GpuInstanceId,
    /// Where it goes: often another GPU, always one of the same model.
    pub to: AssignedInstance,
}

/// What changes on one GPU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PlannedGpu {
    /// Index of the GPU in the pool.
    pub gpu: usize,
    /// All its instances afterwards, with their starts: the target of a
    /// `GpuPlan` for the GPU (feature `apply`).
    pub layout: Layout,
    /// The plan for this layout, which [`GpuModel::plan`](crate::plan::GpuModel::plan) gives too.
    pub plan: Plan,
}
