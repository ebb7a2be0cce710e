//! Keeps the partitioning of GPUs as data, to compare and to restore (feature `apply`; as JSON with `snapshot`).
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use nvml_mig::apply::GpuPlanOptions;
//! use nvml_mig::snapshot::{GpuMatch, Snapshot};
//!
//! let kept = Snapshot::read(&nvml.devices()?)?.to_string();
//! // At the next boot:
//! let snapshot: Snapshot = kept.parse()?;
//! let plans = snapshot.plans(&nvml, GpuMatch::Uuid, GpuPlanOptions::default())?;
//! assert!(plans[0].changes_nothing());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::fmt;

mod gpu_snapshot;
#[cfg(feature = "snapshot")]
mod json;

use crate::apply::{GpuPlan, GpuPlanError, GpuPlanErrorReason, GpuPlanOptions};
use crate::device::Nvml;
use crate::error::Error;
use crate::query::Device;

pub use gpu_snapshot::GpuSnapshot;
#[cfg(feature = "snapshot")]
pub use json::SnapshotError;

/// The partitioning of GPUs at one time. With feature `snapshot` it is written as JSON, and read.
///
/// ```
/// # use std::ops::ControlFlow;
/// # use nvml_mig::{Layout, MachineLock, Nvml};
/// # use nvml_mig::apply::GpuPlanOptions;
/// # use nvml_mig::snapshot::{GpuMatch, Snapshot};
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let nvml = Nvml::init_from(simulator.library_path())?;
/// # let folder = tempfile::tempdir()?;
/// let snapshot = Snapshot::read(&nvml.devices()?)?;
/// // Later, when others have changed it:
/// let plans = snapshot.plans(&nvml, GpuMatch::Uuid, GpuPlanOptions::default())?;
/// let mut lock = MachineLock::take_in(folder.path())?;
/// lock.apply(&plans, |_| ControlFlow::Continue(()))?;
/// # assert!(snapshot.is_alike(&Snapshot::read(&nvml.devices()?)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The GPUs.
    pub gpus: Vec<GpuSnapshot>,
}

/// By what the GPU of a snapshot is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum GpuMatch {
    /// By its UUID: exactly this GPU.
    #[default]
    Uuid,
    /// By its PCI address: the GPU in this slot, which must be of the same model.
    PciAddress,
}

impl Snapshot {
    /// What these GPUs are now.
    ///
    /// # Errors
    ///
    /// As [`GpuSnapshot::read`].
    pub fn read(devices: &[Device]) -> Result<Self, Error> {
        let gpus = devices.iter().map(GpuSnapshot::read);
        Ok(Self {
            gpus: gpus.collect::<Result<_, _>>()?,
        })
    }

    /// Whether both have the same GPUs, by their UUIDs, partitioned alike, in whatever order.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        let is_in_other = |gpu: &GpuSnapshot| {
            let mut others = other.gpus.iter().filter(|other| other.uuid == gpu.uuid);
            others.any(|other| gpu.is_alike(other))
        };
        self.gpus.len() == other.gpus.len() && self.gpus.iter().all(is_in_other)
    }

    /// Plans that restore this snapshot, one for each GPU. The plan of a GPU that is already in that state changes nothing.
    ///
    /// # Errors
    ///
    /// [`GpuPlanError`] for a GPU that is not there any more or is of another model, and as [`GpuPlan::from_device`].
    pub fn plans(
        &self,
        nvml: &Nvml,
        by: GpuMatch,
        options: impl Into<GpuPlanOptions>,
    ) -> Result<Vec<GpuPlan>, GpuPlanError> {
        let options = options.into();
        let plan = |gpu: &GpuSnapshot| {
            let device = find(nvml, gpu, by).map_err(|reason| GpuPlanError {
                uuid: Some(gpu.uuid.clone()),
                reason,
            })?;
            GpuPlan::from_device(&device, &gpu.target(), options)
        };
        self.gpus.iter().map(plan).collect()
    }
}

fn find(nvml: &Nvml, gpu: &GpuSnapshot, by: GpuMatch) -> Result<Device, GpuPlanErrorReason> {
    let device = match by {
        GpuMatch::Uuid => nvml.device_by_uuid(&gpu.uuid)?,
        GpuMatch::PciAddress => nvml.device_by_pci_bus_id(&gpu.pci_bus_id)?,
    };
    let now = device.name()?;
    if now == gpu.name {
        return Ok(device);
    }
    Err(GpuPlanErrorReason::OtherModel {
        pci_bus_id: gpu.pci_bus_id.clone(),
        before: gpu.name.clone(),
        now,
    })
}

impl fmt::Display for GpuMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uuid => "UUID",
            Self::PciAddress => "PCI address",
        })
    }
}
