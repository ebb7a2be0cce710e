//! Where another vGPU of a type can be placed on a GPU instance.

use nvml_mig_sys as sys;

use crate::driver::buffer::sized_list;
use crate::driver::call::{Failure, call};
use crate::driver::roomy::Roomy;
use crate::id::VgpuTypeId;
use crate::query::GpuInstance;

/// Room for the placements of a type, above what is known.
const ROOM: u32 = 64;

/// The placements that another vGPU of a type can have on a GPU instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlVgpuCreatablePlacementInfo_t")]
#[non_exhaustive]
pub struct VgpuPlacements {
    /// Ids of the placements. A vGPU with the placement id 6 occupies the slots from 6 on.
    pub placement_ids: Vec<u32>,
    /// Number of slots that a vGPU of this type occupies.
    pub placement_size: u32,
}

impl VgpuPlacements {
    /// Creates a value from these placements, for example in a test.
    #[must_use]
    pub const fn new(placement_ids: Vec<u32>, placement_size: u32) -> Self {
        Self {
            placement_ids,
            placement_size,
        }
    }
}

impl GpuInstance {
    pub(crate) fn creatable_vgpu_placements_or_failure(
        &self,
        id: VgpuTypeId,
    ) -> Result<VgpuPlacements, Failure> {
        let library = self.device().driver().library();
        let function = "nvmlGpuInstanceGetVgpuTypeCreatablePlacements";
        let mut size = 0;
        let ids = sized_list(function, ROOM, |ids, count| {
            let mut list = Roomy::new(sys::nvmlVgpuCreatablePlacementInfo_t {
                version: sys::nvmlVgpuCreatablePlacementInfo_v1,
                vgpuTypeId: id.number(),
                count: *count,
                placementIds: ids.as_mut_ptr(),
                placementSize: 0,
            });
            let answer = call!(
                library.nvmlGpuInstanceGetVgpuTypeCreatablePlacements(self.handle(), list.place())
            );
            (*count, size) = (list.value.count, list.value.placementSize);
            answer
        })?;
        Ok(VgpuPlacements::new(ids, size))
    }
}
