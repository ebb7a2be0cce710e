//! Placements of instances.

use core::fmt;

/// The memory slices of a GPU instance, such as `4:4` for four slices starting at slice 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlGpuInstancePlacement_t")]
pub struct GpuInstancePlacement {
    /// First memory slice.
    pub start: u32,
    /// Number of memory slices.
    pub size: u32,
}

/// The compute slices of a compute instance in its GPU instance, such as `0:2` for the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlComputeInstancePlacement_t")]
pub struct ComputeInstancePlacement {
    /// First compute slice.
    pub start: u32,
    /// Number of compute slices.
    pub size: u32,
}

/// Writes what both placements share.
macro_rules! placement {
    ($name:ident) => {
        impl $name {
            /// Returns whether the two share a slice.
            #[must_use]
            pub const fn overlaps(self, other: Self) -> bool {
                self.start < other.start.saturating_add(other.size)
                    && other.start < self.start.saturating_add(self.size)
            }
        }

        /// Prints `start:size`, as nvidia-smi does.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", self.start, self.size)
            }
        }
    };
}

placement!(GpuInstancePlacement);
placement!(ComputeInstancePlacement);
