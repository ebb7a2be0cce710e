//! The likely cause of a refusal.

/// Why NVML most likely refused, found out by asking it again: its codes alone do not tell these apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
