//! Compute instance profiles of a future GPU instance.

use core::fmt;

use super::ComputeInstanceProfileModel;
use crate::architecture::Architecture;
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::profile::{ComputeInstanceProfile, ReportedName};

/// Compute slices of the largest profile of nvml.h.
const MOST_SLICES: u32 = 8;

/// The rule for placements of compute instances in a GPU instance.
///
/// NVML reports these placements only for a GPU instance that exists. For others, a [`GpuModel`](crate::plan::GpuModel)
/// uses this rule, which matches real drivers (NVIDIA's open kernel driver, `nvidia-smi mig -lcip` and `-lcipp`): a GPU
/// instance of n slices has compute instances of 1, 2, 3 and n slices, and one of seven slices also of 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ComputePlacementRule {
    /// Ampere: any start with enough slices after it.
    Windows,
    /// Hopper and newer: two slices start at a multiple of two, three and four at a multiple of four, and three occupy four.
    Aligned,
    /// The same on a GPU that has a 1g with the memory of two. This 1g and 2g have one more compute instance profile: one
    /// slice with the multiprocessors and the placement of two.
    AlignedWithDouble,
}

impl ComputePlacementRule {
    /// Returns the rule for a chip generation.
    #[must_use]
    pub const fn of(architecture: Architecture) -> Self {
        match architecture {
            Architecture::Ampere => Self::Windows,
            _ => Self::Aligned,
        }
    }

    /// Returns the rule for a GPU of the same generation that has a 1g with the memory of two.
    #[must_use]
    pub const fn with_double_memory(self) -> Self {
        match self {
            Self::Windows => Self::Windows,
            Self::Aligned | Self::AlignedWithDouble => Self::AlignedWithDouble,
        }
    }

    /// Returns the compute instance profiles of a GPU instance whose profile has this name and number of slices.
    /// `double_memory` is for the profile of one slice with the memory of two.
    #[must_use]
    pub fn profiles(
        self,
        name: &ReportedName,
        slice_count: u32,
        double_memory: bool,
    ) -> Vec<ComputeInstanceProfileModel> {
        let has = |slices: &u32| match *slices {
            slices if slices == slice_count => true,
            3 | 4 => slice_count > 4,
            slices => slices < 3,
        };
        let is_double = double_memory && self != Self::Windows;
        let profile = |slices| self.profile(name, slice_count, slices, is_double);
        // The rule does not cover larger GPU instances.
        let known = (1..=slice_count).take_while(|_| slice_count <= MOST_SLICES);
        let plain = known.filter(has).filter_map(profile);
        let has_double = is_double || (slice_count == 2 && self == Self::AlignedWithDouble);
        let double = has_double.then(|| double(name));
        plain.chain(double).collect()
    }

    /// `is_double` is for the GPU instance with the memory of two slices, in which one slice can be either of them.
    fn profile(
        self,
        of: &ReportedName,
        of_slices: u32,
        slice_count: u32,
        is_double: bool,
    ) -> Option<ComputeInstanceProfileModel> {
        let profile = ComputeInstanceProfile::with_slices(slice_count)?;
        let (step, last) = (self.step(slice_count), of_slices.checked_sub(slice_count)?);
        let last = if is_double { 1 } else { last };
        let starts = (0..=last).filter(|start| start % step == 0);
        let size = step.max(slice_count);
        let placements = starts.map(|start| ComputeInstancePlacement { start, size });
        Some(ComputeInstanceProfileModel::new(
            id(profile),
            of.with_compute_slices(slice_count, is_double),
            slice_count,
            placements.collect(),
        ))
    }

    /// Returns the alignment of the start of a compute instance of this size.
    const fn step(self, slices: u32) -> u32 {
        match self {
            Self::Windows => 1,
            Self::Aligned | Self::AlignedWithDouble => slices.next_power_of_two(),
        }
    }
}

/// Returns the profile of one slice with the placement of two.
fn double(of: &ReportedName) -> ComputeInstanceProfileModel {
    let both = ComputeInstancePlacement { start: 0, size: 2 };
    let name = of.with_compute_slices(1, false);
    ComputeInstanceProfileModel::new(
        id(ComputeInstanceProfile::Slice1Double),
        name,
        1,
        vec![both],
    )
}

/// On every board that was seen, the id is the number (`nvidia-smi mig -lcip`).
const fn id(profile: ComputeInstanceProfile) -> ComputeInstanceProfileId {
    ComputeInstanceProfileId::new(profile.number())
}

impl fmt::Display for ComputePlacementRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Windows => "at any slice",
            Self::Aligned | Self::AlignedWithDouble => "at multiples of the size",
        })
    }
}
