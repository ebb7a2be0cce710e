//! Sets of slices.

use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// A set of slices, one bit each.
pub(crate) type Slices = u64;

/// Either kind of placement, for what is the same for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) size: u32,
}

impl Place {
    /// The slices that it takes; all of them if it reaches beyond the 64th, so that nothing stands beside it.
    pub(crate) fn slices(self) -> Slices {
        let last = self.start.saturating_add(self.size);
        if last > Slices::BITS {
            return Slices::MAX;
        }
        let below = |slice: u32| Slices::MAX.checked_shr(Slices::BITS - slice).unwrap_or(0);
        below(last) & !below(self.start)
    }
}

impl From<GpuInstancePlacement> for Place {
    fn from(GpuInstancePlacement { start, size }: GpuInstancePlacement) -> Self {
        Self { start, size }
    }
}

impl From<ComputeInstancePlacement> for Place {
    fn from(ComputeInstancePlacement { start, size }: ComputeInstancePlacement) -> Self {
        Self { start, size }
    }
}

impl From<Place> for GpuInstancePlacement {
    fn from(Place { start, size }: Place) -> Self {
        Self { start, size }
    }
}

impl From<Place> for ComputeInstancePlacement {
    fn from(Place { start, size }: Place) -> Self {
        Self { start, size }
    }
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}:{}", self.start, self.size)
    }
}
