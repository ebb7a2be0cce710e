//! Profile data that boards share, so that a board's table resembles the output of `nvidia-smi mig -lgip` and `-lcip`,
//! with one line per profile:
//!
//! ```text
//! SHAPE.row(name, MiB, SMs, [copy, decoder, encoder, JPEG, OFA engines], its compute instance profiles)
//! SHAPE.row(name, SMs, how many fit, where they may start)
//! ```

use super::{ComputeInstanceProfile, Engines, GpuInstanceProfile};
use nvml_mig_sys::{
    NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE, NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1,
    NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE, NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE,
    NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE, NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE,
};

/// The part of a GPU instance profile that is the same on all boards with this number of memory slices.
pub(super) struct GpuShape {
    pub(super) profile: u32,
    pub(super) id: u32,
    pub(super) slices: u32,
    pub(super) instances: u32,
    pub(super) graphics: bool,
    pub(super) starts: &'static [u32],
    pub(super) size: u32,
}

impl GpuShape {
    /// Returns the profile of one board.
    pub(super) const fn row(
        &self,
        name: &'static str,
        memory_mib: u64,
        multiprocessors: u32,
        [copy, decoder, encoder, jpeg, ofa]: [u32; 5],
        compute: &'static [ComputeInstanceProfile],
    ) -> GpuInstanceProfile {
        GpuInstanceProfile {
            profile: self.profile,
            id: self.id,
            name,
            slices: self.slices,
            instances: self.instances,
            multiprocessors,
            engines: Engines {
                copy,
                decoder,
                encoder,
                jpeg,
                ofa,
            },
            // No board with MIG supports peer-to-peer between instances.
            p2p: false,
            graphics: self.graphics,
            memory_mib,
            starts: self.starts,
            size: self.size,
            compute,
        }
    }
}

/// The part of a compute instance profile that is the same on all boards. Its ID equals its profile number.
pub(crate) struct ComputeShape {
    pub(crate) profile: u32,
    pub(crate) slices: u32,
    pub(crate) size: u32,
}

/// One compute slice.
pub(crate) const C1: ComputeShape = ComputeShape::new(NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE, 1);
/// Two compute slices.
pub(crate) const C2: ComputeShape = ComputeShape::new(NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE, 2);
/// Three compute slices.
pub(crate) const C3: ComputeShape = ComputeShape::new(NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE, 3);
/// Four compute slices.
pub(crate) const C4: ComputeShape = ComputeShape::new(NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE, 4);
/// Seven compute slices.
pub(crate) const C7: ComputeShape = ComputeShape::new(NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE, 7);

/// One compute slice with the placement, and on some boards the SMs, of two.
pub(crate) const C1_DOUBLE: ComputeShape = ComputeShape {
    size: 2,
    ..ComputeShape::new(NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1, 1)
};
/// Three compute slices with aligned placements: half of the GPU.
pub(crate) const C3_ALIGNED: ComputeShape = ComputeShape { size: 4, ..C3 };
/// Seven compute slices with aligned placements: the whole GPU.
pub(crate) const C7_ALIGNED: ComputeShape = ComputeShape { size: 8, ..C7 };

impl ComputeShape {
    const fn new(profile: u32, slices: u32) -> Self {
        Self {
            profile,
            slices,
            size: slices,
        }
    }

    /// Returns the profile within one GPU instance profile of one board.
    pub(super) const fn row(
        &self,
        name: &'static str,
        multiprocessors: u32,
        instances: u32,
        starts: &'static [u32],
    ) -> ComputeInstanceProfile {
        ComputeInstanceProfile {
            profile: self.profile,
            id: self.profile,
            name,
            slices: self.slices,
            instances,
            multiprocessors,
            starts,
            size: self.size,
        }
    }
}
