//! The likely cause of a refusal.

use core::fmt;

/// Why NVML most likely refused, found out by asking it again: its codes alone do not tell these apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Cause {
    /// This process may not do that.
    NoPermission,
    /// The kernel driver is not running.
    DriverNotLoaded,
    /// Library and kernel driver are of different versions.
    DriverVersionMismatch,
    /// The GPU has no MIG.
    NotMigCapable,
    /// MIG mode is off.
    MigDisabled,
    /// MIG mode was switched on, and waits for a GPU reset.
    MigPending,
    /// A vGPU guest: only its host partitions the GPU.
    VgpuGuest,
    /// The GPU, or the GPU instance, does not have this profile.
    NoSuchProfile,
    /// The profile can't stand at this placement.
    ImpossiblePlacement,
    /// Slices or engines are taken.
    NoRoom,
    /// Instances or processes are on it.
    InUse,
    /// There is no such device or instance, or not any more.
    Gone,
    /// The GPU fell off the bus, or must be reset.
    GpuBroken,
    /// NVML made an instance and would not describe it.
    NotReadBack,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermission => "no permission",
            Self::DriverNotLoaded => "the driver is not loaded",
            Self::DriverVersionMismatch => "library and driver differ in version",
            Self::NotMigCapable => "the GPU has no MIG",
            Self::MigDisabled => "MIG mode is off",
            Self::MigPending => "MIG mode waits for a GPU reset",
            Self::VgpuGuest => "a vGPU guest",
            Self::NoSuchProfile => "no such profile",
            Self::ImpossiblePlacement => "the profile can't stand there",
            Self::NoRoom => "no room",
            Self::InUse => "in use",
            Self::Gone => "gone",
            Self::GpuBroken => "the GPU must be reset, or is lost",
            Self::NotReadBack => "created and not described",
        })
    }
}
