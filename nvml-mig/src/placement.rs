//! Where instances stand.

use core::fmt;

/// Memory slices of a GPU that a GPU instance takes, such as `4:4` for four of them from slice 4 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlGpuInstancePlacement_t")]
pub struct GpuInstancePlacement {
    /// First memory slice.
    pub start: u32,
    /// Number of memory slices.
    pub size: u32,
}

/// Compute slices of a GPU instance that a compute instance takes, such as `0:2` for the first two.
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
            /// Whether the two share a slice.
            #[must_use]
            pub const fn overlaps(self, other: Self) -> bool {
                self.start < other.start.saturating_add(other.size)
                    && other.start < self.start.saturating_add(self.size)
            }
        }

        /// As nvidia-smi prints it: `start:size`.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", self.start, self.size)
            }
        }
    };
}

placement!(GpuInstancePlacement);
placement!(ComputeInstancePlacement);
