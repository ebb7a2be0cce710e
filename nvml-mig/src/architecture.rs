//! Chip generations.

use core::fmt;

use nvml_mig_sys as sys;

use crate::id::c_enum;

c_enum! {
    /// Chip generation of a GPU. Ampere (GA100), Hopper, Blackwell and newer chips support MIG.
    #[doc(alias = "nvmlDeviceArchitecture_t")]
    Architecture {
        /// The Kepler generation.
        Kepler = sys::NVML_DEVICE_ARCH_KEPLER, "NVML_DEVICE_ARCH_KEPLER";
        /// The Maxwell generation.
        Maxwell = sys::NVML_DEVICE_ARCH_MAXWELL, "NVML_DEVICE_ARCH_MAXWELL";
        /// The Pascal generation.
        Pascal = sys::NVML_DEVICE_ARCH_PASCAL, "NVML_DEVICE_ARCH_PASCAL";
        /// The Volta generation.
        Volta = sys::NVML_DEVICE_ARCH_VOLTA, "NVML_DEVICE_ARCH_VOLTA";
        /// The Turing generation.
        Turing = sys::NVML_DEVICE_ARCH_TURING, "NVML_DEVICE_ARCH_TURING";
        /// The Ampere generation, such as A30 and A100: a change of MIG mode needs a GPU reset.
        Ampere = sys::NVML_DEVICE_ARCH_AMPERE, "NVML_DEVICE_ARCH_AMPERE";
        /// The Ada generation.
        Ada = sys::NVML_DEVICE_ARCH_ADA, "NVML_DEVICE_ARCH_ADA";
        /// The Hopper generation, such as H100: MIG mode changes at once.
        Hopper = sys::NVML_DEVICE_ARCH_HOPPER, "NVML_DEVICE_ARCH_HOPPER";
        /// The Blackwell generation, such as B200: MIG mode changes at once.
        Blackwell = sys::NVML_DEVICE_ARCH_BLACKWELL, "NVML_DEVICE_ARCH_BLACKWELL";
        /// A deep learning accelerator (DLA), which is not a GPU.
        Dla = sys::NVML_DEVICE_ARCH_DLA, "NVML_DEVICE_ARCH_DLA";
        /// The second generation of DLA.
        Dla2 = sys::NVML_DEVICE_ARCH_DLA2, "NVML_DEVICE_ARCH_DLA2";
        /// The Rubin generation.
        Rubin = sys::NVML_DEVICE_ARCH_RUBIN, "NVML_DEVICE_ARCH_RUBIN";
    }
}

/// Prints NVIDIA's name, such as `Ampere`.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dla => f.write_str("DLA"),
            Self::Dla2 => f.write_str("DLA 2"),
            Self::Other(number) => write!(f, "architecture {number}"),
            named => write!(f, "{named:?}"),
        }
    }
}
