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
    /// The default compute instance of a GPU instance with double memory occupies two.
    Aligned,
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
        let profile = |slices| self.profile(name, slice_count, slices, double_memory);
        // The rule does not cover larger GPU instances.
        let known = (1..=slice_count).take_while(|_| slice_count <= MOST_SLICES);
        known.filter(has).filter_map(profile).collect()
    }

    fn profile(
        self,
        of: &ReportedName,
        of_slices: u32,
        slice_count: u32,
        double_memory: bool,
    ) -> Option<ComputeInstanceProfileModel> {
        let (profile, size) = if double_memory && self == Self::Aligned {
            (ComputeInstanceProfile::Slice1Double, 2)
        } else {
            let profile = ComputeInstanceProfile::with_slices(slice_count)?;
            (profile, self.step(slice_count).max(slice_count))
        };
        let last = of_slices.checked_sub(slice_count)?;
        let starts = (0..=last).filter(|start| start % self.step(slice_count) == 0);
        let placements = starts.map(|start| ComputeInstancePlacement { start, size });
        Some(ComputeInstanceProfileModel::new(
            // On every board that was seen, the id is the number (`nvidia-smi mig -lcip`).
            ComputeInstanceProfileId::new(profile.number()),
            of.with_compute_slices(slice_count),
            slice_count,
            placements.collect(),
        ))
    }

    /// Returns the alignment of the start of a compute instance of this size.
    const fn step(self, slices: u32) -> u32 {
        match self {
            Self::Windows => 1,
            Self::Aligned => slices.next_power_of_two(),
        }
    }
}

impl fmt::Display for ComputePlacementRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Windows => "at any slice",
            Self::Aligned => "at multiples of the size",
        })
    }
}
