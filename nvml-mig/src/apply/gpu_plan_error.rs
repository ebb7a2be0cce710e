//! Errors while a plan is made for a GPU.

use core::fmt;

use super::instance_selector::InstanceSelector;
use super::pending_mig_mode::PendingMigMode;
use crate::error::Error;
use crate::id::GpuInstanceProfileId;
use crate::plan::{DoesNotFit, PlanError};
use crate::profile::ReportedName;
use crate::query::{MigMode, MigModes, ProcessInfo, process_names};
use crate::quoted::{Escaped, Quoted};

/// A GPU for which no plan can be made.
#[derive(Debug)]
#[non_exhaustive]
pub struct GpuPlanError {
    /// UUID of the GPU, if it can be read.
    pub uuid: Option<String>,
    /// Why no plan can be made.
    pub reason: Box<GpuPlanErrorReason>,
    /// The processes on busy instances that would have to be destroyed, or on the whole GPU; empty for another reason.
    pub processes: Vec<ProcessInfo>,
    /// Where the layout is written, if it can't be applied and the options say where.
    pub origin: Option<String>,
}

/// The reason why no plan can be made for a GPU.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuPlanErrorReason {
    /// NVML failed to describe the GPU.
    #[error("the GPU can't be read")]
    Nvml(#[from] Error),
    /// The layout does not fit, or names a profile that the GPU does not have.
    #[error("the layout can't be applied")]
    Plan(#[from] PlanError),
    /// An instance that is to be removed must stay, or one in it.
    #[error("the instances can't be removed")]
    Removal(#[source] Box<DoesNotFit>),
    /// The GPU of a snapshot was replaced by one of another model.
    #[error(
        "the GPU at {} is now {}, but was {} in the snapshot",
        Quoted(pci_bus_id),
        Quoted(now),
        Quoted(before)
    )]
    #[non_exhaustive]
    OtherModel {
        /// PCI address of the GPU.
        pci_bus_id: String,
        /// Product name of the GPU in the snapshot.
        before: String,
        /// Product name of the present GPU.
        now: String,
    },
    /// The driver gives the id of a profile in a snapshot to another profile now, and no profile has its name.
    #[error(
        "GPU instance profile {id} is now {}, but was {} in the snapshot, and no profile of this GPU is {} now",
        Quoted(now.as_str()),
        Quoted(before.as_str()),
        Quoted(before.as_str())
    )]
    #[non_exhaustive]
    OtherProfile {
        /// Id of the profile.
        id: GpuInstanceProfileId,
        /// Its name in the snapshot.
        before: ReportedName,
        /// Name of the profile that has the id now.
        now: ReportedName,
    },
    /// The GPU does not have an instance that is to be removed, or that is pinned.
    #[error("there is no {0}")]
    NoSuchInstance(InstanceSelector),
    /// Processes use the whole GPU, so the driver would refuse the first GPU instance.
    #[error("no GPU instance can be created while the whole GPU is in use")]
    InUse,
    /// This is a virtual machine with a share of a GPU. Its GPU instances and MIG mode are its host's.
    #[error("this is a vGPU guest: its host partitions the GPU")]
    VgpuGuest,
    /// MIG mode would have to change, but the options do not allow it.
    #[error("MIG mode is {current} but must be {wanted}, and a change of MIG mode is not allowed")]
    #[non_exhaustive]
    MigMode {
        /// The current mode.
        current: MigMode,
        /// The required mode.
        wanted: MigMode,
    },
    /// The MIG mode is pending, and the options do not allow to set it again, which would try the reset.
    #[error("{}", .0.sentence())]
    ResetNeeded(PendingMigMode),
    /// MIG mode is as required, but a change of it is pending. The options do not allow to take it back.
    #[error(
        "MIG mode is {} but will be {} after a GPU reset or reboot, and taking this change back is not allowed",
        .0.current(),
        .0.pending()
    )]
    PendingChange(MigModes),
}

impl GpuPlanErrorReason {
    /// Returns the error of NVML behind it, if there is one.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Nvml(error) => Some(error),
            _ => None,
        }
    }
}

impl GpuPlanError {
    /// Creates an error for a GPU with this UUID, or one whose UUID can't be read.
    #[must_use]
    pub fn new(uuid: Option<String>, reason: GpuPlanErrorReason) -> Self {
        Self {
            uuid,
            reason: Box::new(reason),
            processes: Vec::new(),
            origin: None,
        }
    }

    /// Sets the processes on busy instances that would have to be destroyed.
    #[must_use]
    pub fn with_processes(self, processes: Vec<ProcessInfo>) -> Self {
        Self { processes, ..self }
    }

    /// Sets where the layout is written.
    #[must_use]
    pub fn with_origin(self, origin: Option<String>) -> Self {
        Self { origin, ..self }
    }
}

/// Prints, for example, `GPU GPU-...: the layout can't be applied because of process 4242 (/usr/bin/python3)`.
impl fmt::Display for GpuPlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{}: ", Escaped(origin))?;
        }
        if let Some(uuid) = &self.uuid {
            write!(f, "GPU {}: ", Quoted(uuid))?;
        }
        self.reason.fmt(f)?;
        match process_names(&self.processes).as_slice() {
            [] => Ok(()),
            names => write!(f, " because of {}", names.join(", ")),
        }
    }
}

/// `source()` is the source of the reason.
impl core::error::Error for GpuPlanError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.reason.source()
    }
}
