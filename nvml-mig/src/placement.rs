//! Placements of instances.

use core::fmt;
use core::str::FromStr;

use crate::quoted::Quoted;

/// The memory slices of a GPU instance, such as `4:4` for four slices starting at slice 4.
///
/// ```
/// use nvml_mig::instance::GpuInstancePlacement;
///
/// let placement: GpuInstancePlacement = "4:4".parse()?;
/// assert_eq!(placement, GpuInstancePlacement { start: 4, size: 4 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(expecting = "a placement, as an object"))]
#[doc(alias = "nvmlGpuInstancePlacement_t")]
pub struct GpuInstancePlacement {
    /// First memory slice, counted from 0 on the GPU.
    pub start: u32,
    /// Number of memory slices.
    pub size: u32,
}

/// The compute slices of a compute instance in its GPU instance, such as `0:2` for the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(expecting = "a placement, as an object"))]
#[doc(alias = "nvmlComputeInstancePlacement_t")]
pub struct ComputeInstancePlacement {
    /// First compute slice, counted from 0 in the GPU instance.
    pub start: u32,
    /// Number of compute slices.
    pub size: u32,
}

/// An invalid text of a placement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' is not a placement: write it as START:SIZE, such as 4:4",
    Quoted(text)
)]
pub struct PlacementError {
    text: String,
}

impl PlacementError {
    /// Returns the invalid text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn parse(text: &str) -> Option<(u32, u32)> {
    let (start, size) = text.split_once(':')?;
    start.parse().ok().zip(size.parse().ok())
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

        /// Parses `start:size`, as nvidia-smi prints it.
        impl FromStr for $name {
            type Err = PlacementError;

            /// # Errors
            ///
            /// [`PlacementError`] for a text of another form.
            fn from_str(text: &str) -> Result<Self, PlacementError> {
                let placement = parse(text).map(|(start, size)| Self { start, size });
                placement.ok_or_else(|| PlacementError {
                    text: text.to_owned(),
                })
            }
        }
    };
}

placement!(GpuInstancePlacement);
placement!(ComputeInstancePlacement);
