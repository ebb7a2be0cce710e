//! Chip generations.

use nvml_mig_sys as sys;

/// Chip generation of a GPU. MIG is on Ampere (GA100), Hopper, Blackwell and newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlDeviceArchitecture_t")]
pub enum Architecture {
    /// Kepler.
    Kepler,
    /// Maxwell.
    Maxwell,
    /// Pascal.
    Pascal,
    /// Volta.
    Volta,
    /// Turing.
    Turing,
    /// Ampere: a change of MIG mode needs a GPU reset.
    Ampere,
    /// Ada.
    Ada,
    /// Hopper: MIG mode changes at once.
    Hopper,
    /// Blackwell.
    Blackwell,
    /// Rubin.
    Rubin,
    /// A number that this crate has no name for.
    Other(u32),
}

impl Architecture {
    #[inline]
    pub(crate) const fn from_number(number: u32) -> Self {
        match number {
            sys::NVML_DEVICE_ARCH_KEPLER => Self::Kepler,
            sys::NVML_DEVICE_ARCH_MAXWELL => Self::Maxwell,
            sys::NVML_DEVICE_ARCH_PASCAL => Self::Pascal,
            sys::NVML_DEVICE_ARCH_VOLTA => Self::Volta,
            sys::NVML_DEVICE_ARCH_TURING => Self::Turing,
            sys::NVML_DEVICE_ARCH_AMPERE => Self::Ampere,
            sys::NVML_DEVICE_ARCH_ADA => Self::Ada,
            sys::NVML_DEVICE_ARCH_HOPPER => Self::Hopper,
            sys::NVML_DEVICE_ARCH_BLACKWELL => Self::Blackwell,
            sys::NVML_DEVICE_ARCH_RUBIN => Self::Rubin,
            other => Self::Other(other),
        }
    }
}
