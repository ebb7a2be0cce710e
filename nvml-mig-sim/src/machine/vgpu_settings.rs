//! What a GPU instance keeps for its vGPUs, until it is destroyed.

use nvml_mig_sys::NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE;
use serde::{Deserialize, Serialize};

use crate::machine::vgpu_scheduler::{VgpuLog, VgpuRun, VgpuScheduler};

/// Placements of a type can't be more than there are placement IDs on any GPU.
const MOST_PLACEMENTS: usize = 1024;

/// Settings of a GPU instance that concern vGPUs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VgpuSettings {
    /// Whether vGPUs with different amounts of memory can share it.
    #[serde(default)]
    pub heterogeneous: bool,
    /// Schedulers that were set, one for an engine.
    #[serde(default)]
    pub schedulers: Vec<VgpuScheduler>,
    /// Logs that were set, one for an engine.
    #[serde(default)]
    pub logs: Vec<VgpuLog>,
    /// Creatable placements that were set, one list for a type.
    #[serde(default)]
    pub placements: Vec<VgpuPlacements>,
}

/// The creatable placements of a vGPU type. No public source has those of GPU instances, so a test gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VgpuPlacements {
    /// Number of the type.
    pub vgpu_type: u32,
    /// Number of slots that a vGPU of this type occupies.
    pub size: u32,
    /// First slots.
    pub ids: Vec<u32>,
}

impl VgpuSettings {
    /// Whether a machine with these settings is possible.
    pub(crate) fn is_possible(&self) -> bool {
        self.schedulers.iter().all(|one| one.check().is_ok())
            && self.logs.iter().all(|log| log.runs.len() <= VgpuLog::MOST)
            && self
                .placements
                .iter()
                .all(|list| list.ids.len() <= MOST_PLACEMENTS)
    }

    /// Returns the log of an engine, which is empty unless a test has filled it.
    #[must_use]
    pub fn log(&self, engine: u32) -> &[VgpuRun] {
        let mut logs = self.logs.iter();
        let log = logs.find(|log| log.engine == engine);
        log.map_or(&[], |log| &log.runs)
    }

    /// Adds a run to the log of an engine.
    pub(super) fn add_run(&mut self, engine: u32, run: VgpuRun) {
        let mut logs = self.logs.iter_mut();
        match logs.find(|log| log.engine == engine) {
            Some(log) => log.add(run),
            None => self.logs.push(VgpuLog {
                engine,
                runs: vec![run],
            }),
        }
    }

    /// Returns the scheduler of an engine.
    #[must_use]
    pub fn scheduler(&self, engine: u32) -> VgpuScheduler {
        let mut all = self.schedulers.iter();
        let set = all.find(|scheduler| scheduler.engine == engine);
        set.copied()
            .unwrap_or_else(|| VgpuScheduler::of_engine(engine))
    }

    /// Whether an engine has a fixed share.
    pub(super) fn has_fixed_share(&self) -> bool {
        let mut all = self.schedulers.iter();
        all.any(|one| one.policy == NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE)
    }
}
