//! A compute instance profile of a GPU model.

use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::profile::ReportedName;
use crate::profile::listed::Listed;

/// A compute instance profile of a [`GpuInstanceProfileModel`](crate::plan::GpuInstanceProfileModel).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ComputeInstanceProfileModel {
    /// Id for creating an instance.
    pub id: ComputeInstanceProfileId,
    /// The driver's name without `MIG `, such as `1c.3g.20gb`.
    pub name: ReportedName,
    /// Number of compute slices.
    pub slice_count: u32,
    /// Placements in an empty GPU instance. A placement can be larger than the number of slices: on Hopper and newer, three
    /// slices occupy four.
    pub placements: Vec<ComputeInstancePlacement>,
}

impl ComputeInstanceProfileModel {
    /// Creates a profile with this number of compute slices and these placements.
    #[must_use]
    pub fn new(
        id: ComputeInstanceProfileId,
        name: impl Into<ReportedName>,
        slice_count: u32,
        placements: Vec<ComputeInstancePlacement>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            slice_count,
            placements,
        }
    }
}

impl Listed for &ComputeInstanceProfileModel {
    type Id = ComputeInstanceProfileId;
    fn name(&self) -> &ReportedName {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
}
