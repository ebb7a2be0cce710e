//! Requests that do not fit on a pool.

use core::fmt;

/// The requests do not fit on a [`GpuPool`](crate::plan::GpuPool), not even if instances that may move do.
///
/// Prints, for example, `no place for 3g.20gb on any of the 8 GPUs, even if the instances that may move do`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct PoolDoesNotFit {
    /// Indices of the requests that are left when the others have been placed, one after another, the largest first.
    pub unplaced: Vec<usize>,
    /// The unplaced instances, as a layout.
    pub wanted: String,
    /// Number of requests.
    pub requests: usize,
    /// Number of GPUs in the pool.
    pub gpus: usize,
    /// Whether it is certain that the requests do not fit together. If not, the search took too many steps.
    pub is_certain: bool,
}

impl fmt::Display for PoolDoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, gpus, .. } = self;
        if !self.is_certain {
            return write!(
                f,
                "found no place for {wanted} within the limit of the search (number of GPUs: {gpus}): allow fewer moves, or \
                 make fewer requests at once"
            );
        }
        match gpus {
            1 => write!(f, "no place for {wanted} on the GPU")?,
            gpus => write!(f, "no place for {wanted} on any of the {gpus} GPUs")?,
        }
        if self.unplaced.len() < self.requests {
            write!(f, " in addition to the other requests")?;
        }
        f.write_str(", even if the instances that may move do")
    }
}
