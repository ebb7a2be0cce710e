//! The likely cause of a failed call.

use core::fmt;

/// The likely cause of a failed call. NVML's return codes do not distinguish these; further queries do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Cause {
    /// The process lacks the privilege.
    NoPermission,
    /// The kernel driver is not running.
    DriverNotLoaded,
    /// The versions of library and kernel driver differ.
    DriverVersionMismatch,
    /// The kernel module is loaded, but NVML can't use it.
    DriverNotUsable,
    /// The GPU has no MIG.
    NotMigCapable,
    /// The generation of the GPU is too old for the function.
    GenerationTooOld,
    /// MIG mode is off.
    MigDisabled,
    /// MIG mode was enabled and takes effect at the next GPU reset.
    MigPending,
    /// The machine is a vGPU guest; only its host can partition the GPU.
    VgpuGuest,
    /// The GPU is not that of a vGPU host.
    NotVgpuHost,
    /// Heterogeneous mode is off on the GPU instance.
    HeterogeneousModeOff,
    /// The GPUs do not have this vGPU type.
    NoSuchVgpuType,
    /// The GPU, or the GPU instance, does not have this profile.
    NoSuchProfile,
    /// The profile does not have this placement.
    ImpossiblePlacement,
    /// All slices or engines that it needs are in use.
    NoRoom,
    /// Instances or processes use it.
    InUse,
    /// The device or instance does not exist, or was destroyed.
    Gone,
    /// NVML counts the GPU, but does not open it, as it was seen to do with SR-IOV.
    NotOpened,
    /// The driver ran out of a resource other than memory.
    OutOfResources,
    /// Other code in this process shut NVML down.
    ShutDown,
    /// The GPU fell off the bus, or must be reset.
    GpuBroken,
    /// NVML created an instance but failed to describe it.
    NotReadBack,
    /// NVML reported that it destroyed an instance, but the instance still exists.
    NotDestroyed,
    /// NVML reported success, but its answer can't be right.
    ImplausibleAnswer,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermission => "no permission",
            Self::DriverNotLoaded => "the driver is not loaded",
            Self::DriverVersionMismatch => "library and driver differ in version",
            Self::DriverNotUsable => "the driver can't be used",
            Self::NotMigCapable => "the GPU has no MIG",
            Self::GenerationTooOld => "the GPU is too old for it",
            Self::MigDisabled => "MIG mode is off",
            Self::MigPending => "a change of MIG mode is pending",
            Self::VgpuGuest => "a vGPU guest",
            Self::NotVgpuHost => "not a vGPU host",
            Self::HeterogeneousModeOff => "heterogeneous mode is off",
            Self::NoSuchVgpuType => "no such vGPU type",
            Self::NoSuchProfile => "no such profile",
            Self::ImpossiblePlacement => "impossible placement",
            Self::NoRoom => "no room",
            Self::InUse => "in use",
            Self::Gone => "it does not exist",
            Self::NotOpened => "counted but not opened",
            Self::OutOfResources => "the driver is out of resources",
            Self::ShutDown => "NVML was shut down",
            Self::GpuBroken => "the GPU must be reset, or is lost",
            Self::NotReadBack => "created but not described",
            Self::NotDestroyed => "reported as destroyed, but still there",
            Self::ImplausibleAnswer => "an answer that can't be right",
        })
    }
}
