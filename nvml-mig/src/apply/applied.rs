//! What a GPU has after a change.

use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance};
use crate::query::MigModes;

/// What the GPUs have after a change: the instances that were created, and those that were kept.
///
/// ```
/// # use std::ops::ControlFlow;
/// # use nvml_mig::{GpuPlan, Layout, MachineLock, Nvml};
/// # use nvml_mig::apply::GpuPlanOptions;
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let device = Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
/// # let folder = tempfile::tempdir()?;
/// # let mut lock = MachineLock::take_in(folder.path())?;
/// let layout: Layout = "2g.12gb, 2*1g.6gb".parse()?;
/// let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default())?;
/// let applied = lock.apply(&[plan], |_| ControlFlow::Continue(()))?;
/// for gpu_instance in &applied.gpus[0].gpu_instances {
///     println!("{}: {}", gpu_instance.instance.name, gpu_instance.id); // as in the layout
/// }
/// let uuids: Vec<&str> = applied.mig_uuids().collect(); // for CUDA_VISIBLE_DEVICES
/// assert_eq!(uuids.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Applied {
    /// The GPUs, in the order of the plans.
    pub gpus: Vec<AppliedGpu>,
}

/// What a GPU has after a change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct AppliedGpu {
    /// UUID of the GPU.
    pub uuid: String,
    /// MIG mode; `None` on a GPU without MIG.
    pub modes: Option<MigModes>,
    /// The GPU instances, in the order of the plan, which is that of the layout.
    pub gpu_instances: Vec<AppliedGpuInstance>,
}

/// A GPU instance after a change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct AppliedGpuInstance {
    /// Id on the GPU.
    pub id: GpuInstanceId,
    /// Profile, placement and compute instances.
    pub instance: PlacedGpuInstance<AppliedComputeInstance>,
    /// Whether the change created it; otherwise it was kept.
    pub created: bool,
}

/// A compute instance after a change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct AppliedComputeInstance {
    /// Id in the GPU instance.
    pub id: ComputeInstanceId,
    /// Profile and placement.
    pub instance: PlacedComputeInstance,
    /// UUID of its MIG device, `MIG-...`; `None` only if it was kept and its MIG device can't be read.
    pub mig_uuid: Option<String>,
    /// Whether the change created it; otherwise it was kept.
    pub created: bool,
}

impl Applied {
    /// Creates a result, for example in a test.
    #[must_use]
    pub const fn new(gpus: Vec<AppliedGpu>) -> Self {
        Self { gpus }
    }

    /// Returns the GPU instances that the change created.
    pub fn created(&self) -> impl Iterator<Item = &AppliedGpuInstance> {
        self.gpus.iter().flat_map(AppliedGpu::created)
    }

    /// Returns the UUIDs of all MIG devices, created or kept.
    pub fn mig_uuids(&self) -> impl Iterator<Item = &str> {
        self.gpus.iter().flat_map(AppliedGpu::mig_uuids)
    }
}

impl AppliedGpu {
    /// Creates the result for a GPU, for example in a test.
    #[must_use]
    pub fn new(
        uuid: impl Into<String>,
        modes: Option<MigModes>,
        gpu_instances: Vec<AppliedGpuInstance>,
    ) -> Self {
        Self {
            uuid: uuid.into(),
            modes,
            gpu_instances,
        }
    }

    /// Returns the UUIDs of its MIG devices, created or kept.
    pub fn mig_uuids(&self) -> impl Iterator<Item = &str> {
        let inside = self.gpu_instances.iter();
        let inside = inside.flat_map(|gpu_instance| &gpu_instance.instance.compute_instances);
        inside.filter_map(|inside| inside.mig_uuid.as_deref())
    }

    /// Returns the GPU instances that the change created.
    pub fn created(&self) -> impl Iterator<Item = &AppliedGpuInstance> {
        let all = self.gpu_instances.iter();
        all.filter(|gpu_instance| gpu_instance.created)
    }
}

impl AppliedGpuInstance {
    /// Creates a GPU instance that was created, for example in a test.
    #[must_use]
    pub const fn new(
        id: GpuInstanceId,
        instance: PlacedGpuInstance<AppliedComputeInstance>,
    ) -> Self {
        Self {
            id,
            instance,
            created: true,
        }
    }

    /// Sets whether the change created it.
    #[must_use]
    pub fn with_created(self, created: bool) -> Self {
        Self { created, ..self }
    }
}

impl AppliedComputeInstance {
    /// Creates a compute instance that was created, for example in a test.
    #[must_use]
    pub const fn new(
        id: ComputeInstanceId,
        instance: PlacedComputeInstance,
        mig_uuid: Option<String>,
    ) -> Self {
        Self {
            id,
            instance,
            mig_uuid,
            created: true,
        }
    }

    /// Sets whether the change created it.
    #[must_use]
    pub fn with_created(self, created: bool) -> Self {
        Self { created, ..self }
    }
}
