//! The numbered profiles of nvml.h.

use core::fmt;

use nvml_mig_sys as sys;

use crate::id::c_enum;

c_enum! {
    /// A GPU instance profile, as nvml.h numbers them for all GPU models.
    /// [`Device::gpu_instance_profile`](crate::Device::gpu_instance_profile) reports its resources on a particular GPU.
    GpuInstanceProfile {
        /// One compute slice.
        Slice1 = sys::NVML_GPU_INSTANCE_PROFILE_1_SLICE, "NVML_GPU_INSTANCE_PROFILE_1_SLICE";
        /// Two compute slices.
        Slice2 = sys::NVML_GPU_INSTANCE_PROFILE_2_SLICE, "NVML_GPU_INSTANCE_PROFILE_2_SLICE";
        /// Three compute slices.
        Slice3 = sys::NVML_GPU_INSTANCE_PROFILE_3_SLICE, "NVML_GPU_INSTANCE_PROFILE_3_SLICE";
        /// Four compute slices.
        Slice4 = sys::NVML_GPU_INSTANCE_PROFILE_4_SLICE, "NVML_GPU_INSTANCE_PROFILE_4_SLICE";
        /// Seven compute slices: a whole GPU of eight memory slices.
        Slice7 = sys::NVML_GPU_INSTANCE_PROFILE_7_SLICE, "NVML_GPU_INSTANCE_PROFILE_7_SLICE";
        /// Eight compute slices.
        Slice8 = sys::NVML_GPU_INSTANCE_PROFILE_8_SLICE, "NVML_GPU_INSTANCE_PROFILE_8_SLICE";
        /// Six compute slices.
        Slice6 = sys::NVML_GPU_INSTANCE_PROFILE_6_SLICE, "NVML_GPU_INSTANCE_PROFILE_6_SLICE";
        /// One compute slice with media engines (`+me`).
        Slice1Media = sys::NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1";
        /// Two compute slices with media engines (`+me`).
        Slice2Media = sys::NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1";
        /// One compute slice with twice the memory.
        Slice1DoubleMemory = sys::NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2";
        /// One compute slice with graphics (`+gfx`).
        Slice1Graphics = sys::NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX";
        /// Two compute slices with graphics (`+gfx`).
        Slice2Graphics = sys::NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX";
        /// Four compute slices with graphics (`+gfx`).
        Slice4Graphics = sys::NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX";
        /// One compute slice without media engines (`-me`).
        Slice1NoMedia = sys::NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME";
        /// Two compute slices without media engines (`-me`).
        Slice2NoMedia = sys::NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME";
        /// One compute slice with all media engines of the GPU (`+me.all`).
        Slice1AllMedia = sys::NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME";
        /// Two compute slices with all media engines of the GPU (`+me.all`).
        Slice2AllMedia = sys::NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME";
        /// Three compute slices with graphics (`+gfx`).
        Slice3Graphics = sys::NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX";
    }
}

c_enum! {
    /// A compute instance profile, as nvml.h numbers them.
    /// [`GpuInstance::compute_instance_profile`](crate::GpuInstance::compute_instance_profile) reports its resources in a
    /// particular GPU instance.
    ComputeInstanceProfile {
        /// One compute slice.
        Slice1 = sys::NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE";
        /// Two compute slices.
        Slice2 = sys::NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE";
        /// Three compute slices.
        Slice3 = sys::NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE";
        /// Four compute slices.
        Slice4 = sys::NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE";
        /// Seven compute slices.
        Slice7 = sys::NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE";
        /// Eight compute slices.
        Slice8 = sys::NVML_COMPUTE_INSTANCE_PROFILE_8_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_8_SLICE";
        /// Six compute slices.
        Slice6 = sys::NVML_COMPUTE_INSTANCE_PROFILE_6_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_6_SLICE";
        /// One compute slice with the SMs of the slice beside it, on GPU instances with twice the memory.
        Slice1Double = sys::NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1, "NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1";
        /// Seven compute slices, for `NVLink`.
        Slice7NvLink = sys::NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL, "NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL";
    }
}

/// Prints the constant's name in nvml.h, or, for example, `number 99` if it has none.
impl fmt::Display for GpuInstanceProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_constant(f, self.constant(), self.number())
    }
}

/// Prints the constant's name in nvml.h, or, for example, `number 99` if it has none.
impl fmt::Display for ComputeInstanceProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_constant(f, self.constant(), self.number())
    }
}

fn write_constant(f: &mut fmt::Formatter<'_>, constant: Option<&str>, number: u32) -> fmt::Result {
    match constant {
        Some(constant) => f.write_str(constant),
        None => write!(f, "number {number}"),
    }
}

impl GpuInstanceProfile {
    /// Returns the number of compute slices; `None` for [`Other`](Self::Other).
    #[must_use]
    pub const fn slice_count(self) -> Option<u32> {
        Some(match self {
            Self::Slice1 | Self::Slice1Media | Self::Slice1DoubleMemory => 1,
            Self::Slice1Graphics | Self::Slice1NoMedia | Self::Slice1AllMedia => 1,
            Self::Slice2 | Self::Slice2Media | Self::Slice2Graphics => 2,
            Self::Slice2NoMedia | Self::Slice2AllMedia => 2,
            Self::Slice3 | Self::Slice3Graphics => 3,
            Self::Slice4 | Self::Slice4Graphics => 4,
            Self::Slice6 => 6,
            Self::Slice7 => 7,
            Self::Slice8 => 8,
            Self::Other(_) => return None,
        })
    }

    /// Returns the profile with this number of compute slices, without media, graphics or memory variants.
    #[must_use]
    pub const fn with_slices(slices: u32) -> Option<Self> {
        Some(match slices {
            1 => Self::Slice1,
            2 => Self::Slice2,
            3 => Self::Slice3,
            4 => Self::Slice4,
            6 => Self::Slice6,
            7 => Self::Slice7,
            8 => Self::Slice8,
            _ => return None,
        })
    }
}

impl ComputeInstanceProfile {
    /// Returns the number of compute slices; `None` for [`Other`](Self::Other).
    #[must_use]
    pub const fn slice_count(self) -> Option<u32> {
        Some(match self {
            Self::Slice1 | Self::Slice1Double => 1,
            Self::Slice2 => 2,
            Self::Slice3 => 3,
            Self::Slice4 => 4,
            Self::Slice6 => 6,
            Self::Slice7 | Self::Slice7NvLink => 7,
            Self::Slice8 => 8,
            Self::Other(_) => return None,
        })
    }

    /// Returns the profile with this number of compute slices.
    #[must_use]
    pub const fn with_slices(slices: u32) -> Option<Self> {
        Some(match slices {
            1 => Self::Slice1,
            2 => Self::Slice2,
            3 => Self::Slice3,
            4 => Self::Slice4,
            6 => Self::Slice6,
            7 => Self::Slice7,
            8 => Self::Slice8,
            _ => return None,
        })
    }
}
