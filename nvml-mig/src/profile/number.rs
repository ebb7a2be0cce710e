//! The numbered profiles of nvml.h.

use core::fmt;

use nvml_mig_sys as sys;

/// Writes a profile enum and its conversions from and to NVML's numbers.
macro_rules! profiles {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $constant:ident, $alias:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc(alias = $alias)] $variant,)*
            /// A profile that nvml.h of CUDA 13.5 does not name.
            Other(u32),
        }

        impl $name {
            /// The profile with this number.
            #[must_use]
            pub const fn from_number(number: u32) -> Self {
                match number {
                    $(sys::$constant => Self::$variant,)*
                    other => Self::Other(other),
                }
            }

            /// The number for NVML's profile info queries. It is not the profile's id.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self {
                    $(Self::$variant => sys::$constant,)*
                    Self::Other(number) => number,
                }
            }
        }

        /// The constant's name in nvml.h, or the number that has none.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($alias),)*
                    Self::Other(number) => write!(f, "number {number}"),
                }
            }
        }
    };
}

profiles! {
    /// A GPU instance profile, as nvml.h numbers them for all GPU models. What it means on a particular GPU,
    /// and whether that GPU has it, [`Device::gpu_instance_profile`](crate::Device::gpu_instance_profile) says.
    GpuInstanceProfile {
        /// One compute slice.
        Slice1 = NVML_GPU_INSTANCE_PROFILE_1_SLICE, "NVML_GPU_INSTANCE_PROFILE_1_SLICE";
        /// Two compute slices.
        Slice2 = NVML_GPU_INSTANCE_PROFILE_2_SLICE, "NVML_GPU_INSTANCE_PROFILE_2_SLICE";
        /// Three compute slices.
        Slice3 = NVML_GPU_INSTANCE_PROFILE_3_SLICE, "NVML_GPU_INSTANCE_PROFILE_3_SLICE";
        /// Four compute slices.
        Slice4 = NVML_GPU_INSTANCE_PROFILE_4_SLICE, "NVML_GPU_INSTANCE_PROFILE_4_SLICE";
        /// Seven compute slices: a whole GPU of eight memory slices.
        Slice7 = NVML_GPU_INSTANCE_PROFILE_7_SLICE, "NVML_GPU_INSTANCE_PROFILE_7_SLICE";
        /// Eight compute slices.
        Slice8 = NVML_GPU_INSTANCE_PROFILE_8_SLICE, "NVML_GPU_INSTANCE_PROFILE_8_SLICE";
        /// Six compute slices.
        Slice6 = NVML_GPU_INSTANCE_PROFILE_6_SLICE, "NVML_GPU_INSTANCE_PROFILE_6_SLICE";
        /// One compute slice with media engines (`+me`).
        Slice1Media = NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1";
        /// Two compute slices with media engines (`+me`).
        Slice2Media = NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1";
        /// One compute slice with twice the memory.
        Slice1DoubleMemory = NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2";
        /// One compute slice with graphics (`+gfx`).
        Slice1Graphics = NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX";
        /// Two compute slices with graphics (`+gfx`).
        Slice2Graphics = NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX";
        /// Four compute slices with graphics (`+gfx`).
        Slice4Graphics = NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX";
        /// One compute slice without media engines (`-me`).
        Slice1NoMedia = NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME";
        /// Two compute slices without media engines (`-me`).
        Slice2NoMedia = NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME";
        /// One compute slice with all media engines of the GPU (`+me.all`).
        Slice1AllMedia = NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME, "NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME";
        /// Two compute slices with all media engines of the GPU (`+me.all`).
        Slice2AllMedia = NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME, "NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME";
        /// Three compute slices with graphics (`+gfx`).
        Slice3Graphics = NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX, "NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX";
    }
}

profiles! {
    /// A compute instance profile, as nvml.h numbers them. What it means in a particular GPU instance,
    /// [`GpuInstance::compute_instance_profile`](crate::GpuInstance::compute_instance_profile) says.
    ComputeInstanceProfile {
        /// One compute slice.
        Slice1 = NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE";
        /// Two compute slices.
        Slice2 = NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE";
        /// Three compute slices.
        Slice3 = NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE";
        /// Four compute slices.
        Slice4 = NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE";
        /// Seven compute slices.
        Slice7 = NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE";
        /// Eight compute slices.
        Slice8 = NVML_COMPUTE_INSTANCE_PROFILE_8_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_8_SLICE";
        /// Six compute slices.
        Slice6 = NVML_COMPUTE_INSTANCE_PROFILE_6_SLICE, "NVML_COMPUTE_INSTANCE_PROFILE_6_SLICE";
        /// One compute slice with the SMs of the slice beside it, on GPU instances with twice the memory.
        Slice1Double = NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1, "NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1";
        /// Seven compute slices, for `NVLink`.
        Slice7NvLink = NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL, "NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL";
    }
}

impl GpuInstanceProfile {
    /// Compute slices that the profile's number stands for; `None` for a profile without a name here.
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

    /// The plain profile of this many compute slices: no media, graphics or memory variant.
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
    /// Compute slices that the profile's number stands for; `None` for a profile without a name here.
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

    /// The plain profile of this many compute slices.
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
