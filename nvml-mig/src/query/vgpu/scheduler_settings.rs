//! What a vGPU scheduler can be set to.

use nvml_mig_sys as sys;

use super::scheduler_state::{VgpuArrMode, VgpuSchedulerEngine, VgpuSchedulerPolicy};
use crate::driver::call::{Failure, call, or_older};
use crate::driver::roomy::Roomy;
use crate::query::GpuInstance;

/// How the vGPU scheduler of an engine of a GPU instance is to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlVgpuSchedulerState_t")]
#[doc(alias = "nvmlVgpuSchedulerState_v2_t")]
#[non_exhaustive]
pub struct VgpuSchedulerSettings {
    /// The engine.
    pub engine: VgpuSchedulerEngine,
    /// The policy.
    pub policy: VgpuSchedulerPolicy,
    /// How the vGPUs take turns.
    pub round_robin: VgpuRoundRobin,
}

/// How vGPUs take turns on an engine. `None` and 0 mean the driver's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum VgpuRoundRobin {
    /// Adaptive Round Robin (ARR): so often, with time slices that make up for exceeded ones.
    #[doc(alias = "NVML_VGPU_SCHEDULER_ARR_ENABLE")]
    Adaptive {
        /// Over how many time slices an exceeded one is made up for.
        averaging_factor: Option<u32>,
        /// How often the work of a vGPU is scheduled, in Hz.
        frequency_hz: Option<u32>,
    },
    /// Time slices of this length.
    #[doc(alias = "NVML_VGPU_SCHEDULER_ARR_DISABLE")]
    TimeSlice {
        /// Length of a time slice in nanoseconds.
        time_slice_ns: Option<u32>,
    },
}

impl VgpuSchedulerSettings {
    /// Creates settings for the graphics engine, with Adaptive Round Robin and the driver's defaults.
    #[must_use]
    pub const fn new(policy: VgpuSchedulerPolicy) -> Self {
        Self {
            engine: VgpuSchedulerEngine::Graphics,
            policy,
            round_robin: VgpuRoundRobin::Adaptive {
                averaging_factor: None,
                frequency_hz: None,
            },
        }
    }

    /// Sets the engine.
    #[must_use]
    pub const fn with_engine(self, engine: VgpuSchedulerEngine) -> Self {
        Self { engine, ..self }
    }

    /// Sets how the vGPUs take turns.
    #[must_use]
    pub const fn with_round_robin(self, round_robin: VgpuRoundRobin) -> Self {
        Self {
            round_robin,
            ..self
        }
    }
}

impl GpuInstance {
    /// Sets the scheduler by the newest function that can. Version 2 has Adaptive Round Robin only.
    pub(crate) fn set_vgpu_scheduler_or_failure(
        &self,
        settings: &VgpuSchedulerSettings,
    ) -> Result<(), Failure> {
        match settings.round_robin {
            VgpuRoundRobin::Adaptive {
                averaging_factor,
                frequency_hz,
            } => {
                let factor = averaging_factor.unwrap_or_default();
                let frequency = frequency_hz.unwrap_or_default();
                or_older(self.set_v2(settings, factor, frequency), || {
                    let with_arr = sys::nvmlVgpuSchedulerSetParams_t__bindgen_ty_1 {
                        avgFactor: factor,
                        frequency,
                    };
                    let params = sys::nvmlVgpuSchedulerSetParams_t {
                        vgpuSchedDataWithARR: with_arr,
                    };
                    self.set_v1(settings, VgpuArrMode::Enabled, params)
                })
            }
            VgpuRoundRobin::TimeSlice { time_slice_ns } => {
                let without_arr = sys::nvmlVgpuSchedulerSetParams_t__bindgen_ty_2 {
                    timeslice: time_slice_ns.unwrap_or_default(),
                };
                let mut params = sys::nvmlVgpuSchedulerSetParams_t::default();
                params.vgpuSchedData = without_arr;
                self.set_v1(settings, VgpuArrMode::Disabled, params)
            }
        }
    }

    fn set_v2(
        &self,
        settings: &VgpuSchedulerSettings,
        factor: u32,
        frequency: u32,
    ) -> Result<(), Failure> {
        let library = self.device().driver().library();
        let mut raw = Roomy::new(sys::nvmlVgpuSchedulerState_v2_t {
            engineId: settings.engine.number(),
            schedulerPolicy: settings.policy.number(),
            avgFactor: factor,
            frequency,
        });
        call!(library.nvmlGpuInstanceSetVgpuSchedulerState_v2(self.handle(), raw.place()))
    }

    fn set_v1(
        &self,
        settings: &VgpuSchedulerSettings,
        arr_mode: VgpuArrMode,
        params: sys::nvmlVgpuSchedulerSetParams_t,
    ) -> Result<(), Failure> {
        let library = self.device().driver().library();
        let mut raw = Roomy::new(sys::nvmlVgpuSchedulerState_t {
            version: sys::nvmlVgpuSchedulerState_v1,
            engineId: settings.engine.number(),
            schedulerPolicy: settings.policy.number(),
            enableARRMode: arr_mode.number(),
            schedulerParams: params,
        });
        call!(library.nvmlGpuInstanceSetVgpuSchedulerState(self.handle(), raw.place()))
    }
}
