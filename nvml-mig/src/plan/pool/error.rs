//! Why there is no plan for a pool.

use super::does_not_fit::PoolDoesNotFit;
use crate::plan::planner::PlanError;

/// The reason why no plan for a [`GpuPool`](crate::plan::GpuPool) can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// A request names a GPU that the pool lacks.
    #[error(
        "request {request} names GPU {gpu}, but the pool has {count}: they are numbered from 0"
    )]
    #[non_exhaustive]
    NoSuchGpu {
        /// Index of the request.
        request: usize,
        /// The named GPU.
        gpu: usize,
        /// The number of GPUs.
        count: usize,
    },
    /// No GPU of the pool, or not the named one, can have the requested instance, even if it is empty.
    #[error("no GPU of the pool can have {wanted} (request {request})")]
    #[non_exhaustive]
    Request {
        /// Index of the request.
        request: usize,
        /// The requested instance.
        wanted: String,
        /// Why the first GPU that it could be on can't have it; `None` for a pool without GPUs.
        source: Option<Box<PlanError>>,
    },
    /// The requests do not fit in addition to the existing instances.
    #[error(transparent)]
    DoesNotFit(#[from] PoolDoesNotFit),
    /// The plan of a GPU can't be made, although the search for the pool found one.
    #[error("GPU {gpu} of the pool can't be changed as planned")]
    Gpu {
        /// Index of the GPU.
        gpu: usize,
        /// The reason.
        source: Box<PlanError>,
    },
}
