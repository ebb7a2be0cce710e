//! The scheduler that shares a GPU instance between vGPUs. Defaults and limits are those that NVIDIA documents for the
//! registry key `RmPVMRL`.

use std::ops::RangeInclusive;

use nvml_mig_sys::{
    NVML_SCHEDULER_SW_MAX_LOG_ENTRIES, NVML_VGPU_SCHEDULER_ARR_DEFAULT,
    NVML_VGPU_SCHEDULER_ARR_DISABLE, NVML_VGPU_SCHEDULER_ARR_ENABLE,
    NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS, NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0,
    NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1, NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT,
    NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE, NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE,
};
use serde::{Deserialize, Serialize};

use crate::machine::refusal::{Answer, Refusal};

const NS_PER_MS: u32 = 1_000_000;
const NS_PER_S: u32 = 1_000_000_000;

const TIME_SLICE_NS: RangeInclusive<u32> = NS_PER_MS..=30 * NS_PER_MS;
const FREQUENCY_HZ: RangeInclusive<u32> = 63..=960;
const AVERAGING_FACTOR: RangeInclusive<u32> = 1..=60;
const DEFAULT_AVERAGING_FACTOR: u32 = 33;

/// Types of which more vGPUs fit get shorter time slices.
const FEW: u32 = 8;

/// The scheduler of one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VgpuScheduler {
    /// Number of the engine.
    pub engine: u32,
    /// Number of the scheduling policy.
    pub policy: u32,
    /// Number of the mode of Adaptive Round Robin (ARR).
    pub arr_mode: u32,
    /// Averaging factor of ARR; 0 for the default.
    pub averaging_factor: u32,
    /// Frequency of ARR in Hz; 0 for the default.
    pub frequency: u32,
    /// Time slice without ARR in nanoseconds; 0 for the default.
    pub time_slice: u32,
}

impl VgpuScheduler {
    /// Returns the scheduler as the driver starts it.
    #[must_use]
    pub fn of_engine(engine: u32) -> Self {
        Self {
            engine,
            policy: NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT,
            arr_mode: NVML_VGPU_SCHEDULER_ARR_DEFAULT,
            averaging_factor: 0,
            frequency: 0,
            time_slice: 0,
        }
    }

    /// Checks its numbers.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidArgument`] for a number that nvml.h does not have.
    pub fn check(&self) -> Answer {
        let policies =
            NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT..=NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE;
        let modes = [
            NVML_VGPU_SCHEDULER_ARR_DEFAULT,
            NVML_VGPU_SCHEDULER_ARR_DISABLE,
            NVML_VGPU_SCHEDULER_ARR_ENABLE,
        ];
        (policies.contains(&self.policy) && modes.contains(&self.arr_mode))
            .then_some(())
            .ok_or(Refusal::InvalidArgument)
    }

    /// Whether ARR is on, as it is by default.
    #[must_use]
    pub fn has_arr(&self) -> bool {
        self.arr_mode != NVML_VGPU_SCHEDULER_ARR_DISABLE
    }

    /// Returns averaging factor and time slice while vGPUs run of whose type so many fit. Best effort has no time slices.
    #[must_use]
    pub fn figures(&self, most: u32) -> (u32, u32) {
        let shares = [
            NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE,
            NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE,
        ];
        let (default_slice, default_frequency) = if most <= FEW {
            (2 * NS_PER_MS, 480)
        } else {
            (NS_PER_MS, 960)
        };
        match (shares.contains(&self.policy), self.has_arr()) {
            (false, _) => (0, 0),
            (true, false) => (0, chosen(self.time_slice, default_slice, TIME_SLICE_NS)),
            (true, true) => {
                let frequency = chosen(self.frequency, default_frequency, FREQUENCY_HZ);
                let factor = chosen(
                    self.averaging_factor,
                    DEFAULT_AVERAGING_FACTOR,
                    AVERAGING_FACTOR,
                );
                (factor, NS_PER_S / frequency)
            }
        }
    }
}

/// A value within its limits, or the default for 0.
fn chosen(value: u32, default: u32, limits: RangeInclusive<u32>) -> u32 {
    match value {
        0 => default,
        value => value.clamp(*limits.start(), *limits.end()),
    }
}

/// Checks that nvml.h has this engine, and that a GPU instance with so many encoders has it.
///
/// # Errors
///
/// [`Refusal::InvalidArgument`] for an unknown number, [`Refusal::NotSupported`] without the encoder.
pub(super) fn require_engine(engine: u32, encoders: u32) -> Answer {
    let needed = match engine {
        NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS => 0,
        NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0 => 1,
        NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1 => 2,
        _ => return Err(Refusal::InvalidArgument),
    };
    (encoders >= needed)
        .then_some(())
        .ok_or(Refusal::NotSupported)
}

/// A line of a scheduler's log: a run of a vGPU. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VgpuRun {
    /// When the run ended.
    pub timestamp: u64,
    /// How long the run list has run altogether.
    pub time_run_total: u64,
    /// How long this run took.
    pub time_run: u64,
    /// Number of the run list.
    pub sw_runlist_id: u32,
    /// The time slice that it was granted.
    pub target_time_slice: u64,
    /// How long the run list was preempted altogether.
    pub cumulative_preemption_time: u64,
    /// Weight of the run list, which only the second version of the log has.
    pub weight: u32,
}

/// The log of one engine's scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VgpuLog {
    /// Number of the engine.
    pub engine: u32,
    /// The newest runs, the last of them at the end.
    pub runs: Vec<VgpuRun>,
}

impl VgpuLog {
    /// How many runs a driver reports.
    pub const MOST: usize = NVML_SCHEDULER_SW_MAX_LOG_ENTRIES as usize;

    /// Adds a run; the oldest is dropped if the log is full.
    pub fn add(&mut self, run: VgpuRun) {
        if self.runs.len() >= Self::MOST {
            self.runs.remove(0);
        }
        self.runs.push(run);
    }
}
