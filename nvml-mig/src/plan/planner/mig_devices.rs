//! Plans MIG devices regardless of GPU instances without compute instances.

use super::{Plan, PlanError, PlanOptions, PresentGpuInstance};
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::Layout;

/// # Plans for MIG devices
impl GpuModel {
    /// Returns the best plan to the MIG devices of a layout, as mig-parted counts them. If the GPU has exactly these, nothing
    /// changes: GPU instances without compute instances stay, since they have no MIG device. Otherwise it is that of
    /// [`plan`](Self::plan).
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
    ///
    /// let half = device.gpu_instance_profile_by_name("2g.12gb")?;
    /// let _mig_device = device.create_mig_device(half.id)?;
    /// let _empty = device.create_gpu_instance(half.id)?;
    /// let (model, present) = (GpuModel::read(&device)?, PresentGpuInstance::read_all(&device)?);
    ///
    /// let layout = "2g.12gb".parse()?;
    /// assert!(model.plan_mig_devices(&present, &layout, PlanOptions::new())?.changes_nothing());
    /// assert!(!model.plan(&present, &layout, PlanOptions::new())?.changes_nothing());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan).
    pub fn plan_mig_devices(
        &self,
        present: &[PresentGpuInstance],
        layout: &Layout,
        options: PlanOptions,
    ) -> Result<Plan, PlanError> {
        let is_empty = |instance: &&PresentGpuInstance| instance.compute_instances().is_empty();
        let (empty, in_use): (Vec<_>, Vec<_>) = present.iter().partition(is_empty);
        let in_use: Vec<PresentGpuInstance> = in_use.into_iter().cloned().collect();
        match self.plan(&in_use, layout, options) {
            Ok(plan) if plan.changes_nothing() => Ok(beside(plan, &empty)),
            answer if empty.is_empty() => answer,
            _ => self.plan(present, layout, options),
        }
    }
}

/// Adds GPU instances that are kept.
fn beside(mut plan: Plan, kept: &[&PresentGpuInstance]) -> Plan {
    plan.kept
        .extend(kept.iter().map(|present| Some(present.id)));
    plan.gpu_instances
        .extend(kept.iter().map(|present| present.placed()));
    plan
}
