//! The current state of a GPU as input of the planner.

use super::{Inventory, LiveGpuInstance};
use crate::error::{Cause, Error};
use crate::id::GpuInstanceId;
use crate::plan::{PresentComputeInstance, PresentGpuInstance};
use crate::query::{Device, ProcessInfo, ProcessKind};

impl PresentGpuInstance {
    /// Reads all GPU instances of this GPU with their compute instances; none is pinned. Those with processes in one
    /// of NVML's lists are busy, and all are if a list does not say on which instance a process runs, or names one that is not
    /// there. For some callers the lists do not contain the processes of other users.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// use nvml_mig::plan::PresentGpuInstance;
    ///
    /// let present = PresentGpuInstance::read_all(&device)?;
    /// let idle = present.iter().filter(|instance| !instance.busy);
    /// println!("{} of {} GPU instances are idle", idle.count(), present.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Inventory::read`] and [`Device::processes`].
    pub fn read_all(device: &Device) -> Result<Vec<Self>, Error> {
        Inventory::read(device)?.present()
    }
}

impl Inventory {
    /// Returns the instances as input of the planner, marked as busy if processes run on them. All are, if the driver's list
    /// of processes can't be right.
    ///
    /// # Errors
    ///
    /// As [`gpu_instances`](Self::gpu_instances) and [`Device::processes`].
    pub fn present(&self) -> Result<Vec<PresentGpuInstance>, Error> {
        Ok(self.present_and_processes()?.0)
    }

    /// Returns the instances, and the processes that are known.
    pub(crate) fn present_and_processes(
        &self,
    ) -> Result<(Vec<PresentGpuInstance>, Vec<ProcessInfo>), Error> {
        let listed = self.gpu_instances()?;
        if listed.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        match self.device().processes() {
            // An answer that can't be right may hide a process on any instance.
            Err(error) if error.cause() == Some(Cause::ImplausibleAnswer) => {
                let any = ProcessInfo::new(0, ProcessKind::Compute);
                Ok((present(listed, &[any]), Vec::new()))
            }
            processes => {
                let processes = processes?;
                Ok((present(listed, &processes), processes))
            }
        }
    }
}

/// Converts live instances, and marks those as busy on which one of these processes runs.
pub(crate) fn present(
    live: &[LiveGpuInstance],
    processes: &[ProcessInfo],
) -> Vec<PresentGpuInstance> {
    let ids = live.iter().map(|live| live.gpu_instance.id());
    let is_listed = |id: GpuInstanceId| ids.clone().any(|listed| listed == id);
    live.iter()
        .map(|live| {
            let id = live.gpu_instance.id();
            // A process whose instance is not known may be on any.
            let may_be_on_it = |process: &&ProcessInfo| {
                let on = process.gpu_instance_id;
                on.is_none_or(|on| on == id || !is_listed(on))
            };
            let on_it: Vec<_> = processes.iter().filter(may_be_on_it).collect();
            gpu_instance(live, &on_it)
        })
        .collect()
}

/// Converts a live instance on which these processes may run.
fn gpu_instance(live: &LiveGpuInstance, on_it: &[&ProcessInfo]) -> PresentGpuInstance {
    let is_busy = |id| {
        let mut processes = on_it.iter();
        processes.any(|process| process.compute_instance_id.is_none_or(|on| on == id))
    };
    let placed = live.placed();
    let compute_instances = live.compute_instances.iter();
    let present = compute_instances
        .zip(placed.compute_instances.clone())
        .map(|(live, placed)| {
            let busy = is_busy(live.id());
            PresentComputeInstance::new(live.id(), placed).with_busy(busy)
        })
        .collect();
    let id = live.gpu_instance.id();
    PresentGpuInstance::new(id, placed.with_compute_instances(present)).with_busy(!on_it.is_empty())
}
