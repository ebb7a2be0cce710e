//! The log of the scheduler that shares a GPU instance between vGPUs.

use nvml_mig_sys as sys;

use super::scheduler_state::{StateV1, VgpuSchedulerEngine, VgpuSchedulerState, state};
use crate::driver::buffer::length;
use crate::driver::call::{Failure, call, or_older};
use crate::driver::in_place_of::{Address, in_place_of};
use crate::driver::roomy::Roomy;
use crate::query::GpuInstance;

const MOST: usize = sys::NVML_SCHEDULER_SW_MAX_LOG_ENTRIES as usize;

/// The newest entries of the log of a vGPU scheduler, at most 200. NVIDIA says to read it five times a second to miss none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlVgpuSchedulerLogInfo_t")]
#[doc(alias = "nvmlVgpuSchedulerLogInfo_v2_t")]
#[non_exhaustive]
pub struct VgpuSchedulerLog {
    /// The state of the scheduler.
    pub state: VgpuSchedulerState,
    /// Runs of vGPUs, in the order of the driver.
    pub entries: Vec<VgpuSchedulerLogEntry>,
}

impl VgpuSchedulerLog {
    /// Creates a value from these entries, for example in a test.
    #[must_use]
    pub const fn new(state: VgpuSchedulerState, entries: Vec<VgpuSchedulerLogEntry>) -> Self {
        Self { state, entries }
    }
}

/// A run of a vGPU on an engine. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlVgpuSchedulerLogEntry_t")]
#[doc(alias = "nvmlVgpuSchedulerLogEntry_v2_t")]
#[non_exhaustive]
pub struct VgpuSchedulerLogEntry {
    /// When the run was preempted.
    pub timestamp_ns: u64,
    /// How long the run list has run altogether.
    pub time_run_total_ns: u64,
    /// How long this run took.
    pub time_run_ns: u64,
    /// Number of the run list, of which each vGPU has one.
    pub sw_runlist_id: u32,
    /// The time slice that the run was granted.
    pub target_time_slice_ns: u64,
    /// How long the run list was preempted altogether.
    pub cumulative_preemption_time_ns: u64,
    /// Weight of the run list; `None` with drivers before R595, which do not report it.
    pub weight: Option<u32>,
}

impl VgpuSchedulerLogEntry {
    fn from_v1(raw: &sys::nvmlVgpuSchedulerLogEntry_t) -> Self {
        Self {
            timestamp_ns: raw.timestamp,
            time_run_total_ns: raw.timeRunTotal,
            time_run_ns: raw.timeRun,
            sw_runlist_id: raw.swRunlistId,
            target_time_slice_ns: raw.targetTimeSlice,
            cumulative_preemption_time_ns: raw.cumulativePreemptionTime,
            weight: None,
        }
    }

    fn from_v2(raw: &sys::nvmlVgpuSchedulerLogEntry_v2_t) -> Self {
        Self {
            timestamp_ns: raw.timestamp,
            time_run_total_ns: raw.timeRunTotal,
            time_run_ns: raw.timeRun,
            sw_runlist_id: raw.swRunlistId,
            target_time_slice_ns: raw.targetTimeSlice,
            cumulative_preemption_time_ns: raw.cumulativePreemptionTime,
            weight: Some(raw.weight),
        }
    }
}

/// `nvmlVgpuSchedulerLogInfo_t`, which begins like the state.
#[repr(C)]
struct LogV1 {
    state: StateV1,
    count: u32,
    entries: [sys::nvmlVgpuSchedulerLogEntry_t; MOST],
}

in_place_of!(LogV1: sys::nvmlVgpuSchedulerLogInfo_t);

/// The entries that a driver has written, unless it claims more than there is room for.
fn written<'a, T>(
    function: &'static str,
    entries: &'a [T],
    count: u32,
) -> Result<&'a [T], Failure> {
    let written = entries.get(..length(count));
    written.ok_or(Failure::implausible(function))
}

impl GpuInstance {
    /// Returns the log by the newest function that the driver has.
    pub(crate) fn vgpu_scheduler_log_or_failure(
        &self,
        engine: VgpuSchedulerEngine,
    ) -> Result<VgpuSchedulerLog, Failure> {
        or_older(self.scheduler_log_v2(engine), || {
            self.scheduler_log_v1(engine)
        })
    }

    fn scheduler_log_v2(&self, engine: VgpuSchedulerEngine) -> Result<VgpuSchedulerLog, Failure> {
        let library = self.device().driver().library();
        // On the heap, as in version 1: the structure is 13 KB.
        let mut raw = Box::<Roomy<sys::nvmlVgpuSchedulerLogInfo_v2_t>>::default();
        raw.value.engineId = engine.number();
        call!(library.nvmlGpuInstanceGetVgpuSchedulerLog_v2(self.handle(), raw.place()))?;
        let raw = &raw.value;
        let function = "nvmlGpuInstanceGetVgpuSchedulerLog_v2";
        let entries = written(function, &raw.logEntries, raw.entriesCount)?;
        let entries = entries.iter().map(VgpuSchedulerLogEntry::from_v2);
        let figures = (Some(raw.avgFactor), raw.timeslice);
        let state = state(raw.engineId, raw.schedulerPolicy, figures);
        Ok(VgpuSchedulerLog::new(state, entries.collect()))
    }

    fn scheduler_log_v1(&self, engine: VgpuSchedulerEngine) -> Result<VgpuSchedulerLog, Failure> {
        let library = self.device().driver().library();
        let mut raw = Box::new(Roomy::new(LogV1 {
            state: StateV1::about(sys::nvmlVgpuSchedulerLogInfo_v1, engine),
            count: 0,
            entries: [Default::default(); MOST],
        }));
        let place = Address(&mut raw);
        call!(library.nvmlGpuInstanceGetVgpuSchedulerLog(self.handle(), place))?;
        let raw = &raw.value;
        let function = "nvmlGpuInstanceGetVgpuSchedulerLog";
        let entries = written(function, &raw.entries, raw.count)?;
        let entries = entries.iter().map(VgpuSchedulerLogEntry::from_v1);
        Ok(VgpuSchedulerLog::new(raw.state.state(), entries.collect()))
    }
}
