//! Saves the partitioning of GPUs as data, to compare or restore it later (feature `apply`; JSON with `json`).
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use nvml_mig::apply::GpuPlanOptions;
//! use nvml_mig::snapshot::{GpuSelector, Snapshot};
//!
//! let snapshot = Snapshot::read(&nvml.devices()?)?;
//! // Later, perhaps after it was kept in a file:
//! let plans = snapshot.plans(&nvml, GpuSelector::Uuid, GpuPlanOptions::default())?;
//! assert!(plans[0].changes_nothing());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::fmt;
use std::collections::BTreeSet;

mod changed_mig_uuids;
mod check;
mod gpu_snapshot;
#[cfg(feature = "json")]
mod json;
mod mig_device_snapshot;
mod serde;

use crate::apply::{GpuPlan, GpuPlanError, GpuPlanErrorReason, GpuPlanOptions};
use crate::device::Nvml;
use crate::error::Error;
use crate::query::Device;

pub use gpu_snapshot::GpuSnapshot;
#[cfg(feature = "json")]
pub use json::SnapshotError;
pub use mig_device_snapshot::MigDeviceSnapshot;

/// The partitioning of several GPUs at one time. Its serialized form includes a version; feature `json` adds `to_json`
/// and `from_json`.
///
/// ```
/// # use std::ops::ControlFlow;
/// # use nvml_mig::{Layout, MachineLock, Nvml};
/// # use nvml_mig::apply::GpuPlanOptions;
/// # use nvml_mig::snapshot::{GpuSelector, Snapshot};
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let nvml = Nvml::init_from(simulator.library_path())?;
/// # let folder = tempfile::tempdir()?;
/// let snapshot = Snapshot::read(&nvml.devices()?)?;
/// // Later, after other programs have changed the GPUs:
/// let plans = snapshot.plans(&nvml, GpuSelector::Uuid, GpuPlanOptions::default())?;
/// let mut lock = MachineLock::take_in(folder.path())?;
/// lock.apply(&plans, |_| ControlFlow::Continue(()))?;
/// # assert!(snapshot.is_alike(&Snapshot::read(&nvml.devices()?)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// The state of each GPU.
    pub gpus: Vec<GpuSnapshot>,
}

/// How the GPU of a snapshot is identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum GpuSelector {
    /// By UUID: exactly this GPU.
    #[default]
    Uuid,
    /// By PCI address: the GPU in this slot, which must be of the same model.
    PciAddress,
}

impl Snapshot {
    /// Creates a snapshot from the states of GPUs.
    #[must_use]
    pub const fn new(gpus: Vec<GpuSnapshot>) -> Self {
        Self { gpus }
    }

    /// Reads the current state of these GPUs.
    ///
    /// # Errors
    ///
    /// As [`GpuSnapshot::read`]. It fails if any GPU can't be read; use [`read_each`](Self::read_each) to skip such a GPU.
    pub fn read(devices: &[Device]) -> Result<Self, Error> {
        let read = |(at, device)| {
            let gpu = GpuSnapshot::read(device);
            gpu.map_err(|error: Error| error.or_on(|| format!("devices[{at}]")))
        };
        let gpus = devices.iter().enumerate().map(read);
        Ok(Self::new(gpus.collect::<Result<_, _>>()?))
    }

    /// Reads the current state of each GPU, with its index, or why it can't be opened or read.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// use nvml_mig::snapshot::Snapshot;
    ///
    /// let mut snapshot = Snapshot::default();
    /// for (index, gpu) in Snapshot::read_each(nvml.each_device()?) {
    ///     match gpu {
    ///         Ok(gpu) => snapshot.gpus.push(gpu),
    ///         Err(error) => println!("GPU {index} is left out: {error}"),
    ///     }
    /// }
    /// # assert_eq!(snapshot.gpus.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_each(
        devices: impl IntoIterator<Item = (u32, Result<Device, Error>)>,
    ) -> impl Iterator<Item = (u32, Result<GpuSnapshot, Error>)> {
        let devices = devices.into_iter();
        devices.map(|(index, device)| {
            let gpu = device.and_then(|device| GpuSnapshot::read(&device));
            let named = |error: Error| error.or_on(|| format!("GPU index {index}"));
            (index, gpu.map_err(named))
        })
    }

    /// Returns whether both contain the same GPUs, by UUID, partitioned alike, in any order.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        let is_in_other = |gpu: &GpuSnapshot| {
            let mut others = other.gpus.iter().filter(|other| other.uuid == gpu.uuid);
            others.any(|other| gpu.is_alike(other))
        };
        self.gpus.len() == other.gpus.len() && self.gpus.iter().all(is_in_other)
    }

    /// Returns the UUID of a GPU that occurs more than once.
    fn twice(&self) -> Option<String> {
        let mut seen = BTreeSet::new();
        let mut uuids = self.gpus.iter().map(|gpu| &gpu.uuid);
        uuids.find(|&uuid| !seen.insert(uuid)).cloned()
    }

    /// Returns plans that restore this snapshot, one per GPU. The plan of a GPU that is already in that state changes
    /// nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::apply::GpuPlanOptions;
    /// use nvml_mig::snapshot::{GpuSelector, Snapshot};
    ///
    /// let snapshot = Snapshot::read(&nvml.devices()?)?;
    /// // Later: back to it, if the GPUs are still where they were.
    /// for plan in snapshot.plans(&nvml, GpuSelector::Uuid, GpuPlanOptions::new())? {
    ///     println!("{}: {plan}", plan.uuid());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GpuPlanError`] if a GPU is missing or was replaced by another model, if the driver has another profile now with the id of one
    /// in the snapshot and none with its name, and as [`GpuPlan::from_device`]. It fails
    /// if there is no plan for any one GPU; use [`each_plan`](Self::each_plan) to skip such a GPU.
    pub fn plans(
        &self,
        nvml: &Nvml,
        by: GpuSelector,
        options: impl Into<GpuPlanOptions>,
    ) -> Result<Vec<GpuPlan>, GpuPlanError> {
        self.each_plan(nvml, by, options).collect()
    }

    /// Returns what [`plans`](Self::plans) does, for each GPU of the snapshot by itself: its plan, or why there is none. The
    /// error has the GPU's UUID.
    pub fn each_plan(
        &self,
        nvml: &Nvml,
        by: GpuSelector,
        options: impl Into<GpuPlanOptions>,
    ) -> impl Iterator<Item = Result<GpuPlan, GpuPlanError>> {
        let options = options.into();
        let plan = move |gpu: &GpuSnapshot| {
            let device = find(nvml, gpu, by)
                .map_err(|reason| GpuPlanError::new(Some(gpu.uuid.clone()), reason))?;
            let saved = (&gpu.target(), &gpu.gpu_instances[..]);
            let plan = GpuPlan::of_saved(&device, saved, options.clone());
            plan.map_err(|error| GpuPlanError {
                uuid: Some(gpu.uuid.clone()),
                ..error
            })
        };
        self.gpus.iter().map(plan)
    }
}

fn find(nvml: &Nvml, gpu: &GpuSnapshot, by: GpuSelector) -> Result<Device, GpuPlanErrorReason> {
    let device = match by {
        GpuSelector::Uuid => nvml.device_by_uuid(&gpu.uuid)?,
        GpuSelector::PciAddress => nvml.device_by_pci_bus_id(&gpu.pci_bus_id)?,
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

impl fmt::Display for GpuSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uuid => "UUID",
            Self::PciAddress => "PCI address",
        })
    }
}
