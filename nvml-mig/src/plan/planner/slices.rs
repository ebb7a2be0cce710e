//! Sets of slices.

use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// A set of slices, one bit each.
pub(crate) type Slices = u64;

/// A placement of a GPU instance or a compute instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) size: u32,
}

impl Place {
    /// Returns the slice after the last.
    pub(crate) const fn end(self) -> u32 {
        self.start.saturating_add(self.size)
    }

    /// Returns the occupied slices: all 64 if the placement has none or extends beyond the last one, so that nothing fits
    /// beside it.
    pub(crate) fn slices(self) -> Slices {
        let last = self.end();
        if self.size == 0 || last > Slices::BITS {
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
