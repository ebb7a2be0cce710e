//! The state of the scheduler that shares a GPU instance between vGPUs.

use nvml_mig_sys as sys;

use crate::driver::call::{Failure, call, or_older};
use crate::driver::in_place_of::{Address, in_place_of};
use crate::driver::roomy::Roomy;
use crate::id::c_enum;
use crate::query::GpuInstance;

c_enum! {
/// An engine with a vGPU scheduler. Not every GPU instance has all of them. Unknown numbers are preserved.
VgpuSchedulerEngine {
    /// Graphics and compute.
    Graphics = sys::NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS, "NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS";
    /// The second video encoder.
    Nvenc1 = sys::NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1, "NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1";
    /// The first video encoder.
    Nvenc0 = sys::NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0, "NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0";
}
}

c_enum! {
/// How a GPU instance is shared between its vGPUs. Unknown numbers are preserved.
VgpuSchedulerPolicy {
    /// The driver does not tell.
    Unknown = sys::NVML_VGPU_SCHEDULER_POLICY_UNKNOWN, "NVML_VGPU_SCHEDULER_POLICY_UNKNOWN";
    /// Any vGPU with work gets time, without a guaranteed share. This is the default.
    BestEffort = sys::NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT, "NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT";
    /// Running vGPUs get equal shares, so that a share changes when a vGPU starts or stops.
    EqualShare = sys::NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE, "NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE";
    /// Each vGPU gets the share that its type implies. Not possible in heterogeneous mode.
    FixedShare = sys::NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE, "NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE";
}
}

c_enum! {
/// Whether a scheduler uses Adaptive Round Robin (ARR), which makes up for time slices that were exceeded. Unknown numbers
/// are preserved.
VgpuArrMode {
    /// As the driver chooses.
    Default = sys::NVML_VGPU_SCHEDULER_ARR_DEFAULT, "NVML_VGPU_SCHEDULER_ARR_DEFAULT";
    /// Time slices of a fixed length.
    Disabled = sys::NVML_VGPU_SCHEDULER_ARR_DISABLE, "NVML_VGPU_SCHEDULER_ARR_DISABLE";
    /// Adaptive Round Robin.
    Enabled = sys::NVML_VGPU_SCHEDULER_ARR_ENABLE, "NVML_VGPU_SCHEDULER_ARR_ENABLE";
}
}

/// The state of the vGPU scheduler of an engine of a GPU instance. With [`VgpuSchedulerPolicy::BestEffort`] only the policy
/// has a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "nvmlVgpuSchedulerStateInfo_t")]
#[doc(alias = "nvmlVgpuSchedulerStateInfo_v2_t")]
#[non_exhaustive]
pub struct VgpuSchedulerState {
    /// The engine.
    pub engine: VgpuSchedulerEngine,
    /// The policy.
    pub policy: VgpuSchedulerPolicy,
    /// Whether it uses Adaptive Round Robin; `None` if the driver does not tell, as from R595 on.
    pub arr_mode: Option<VgpuArrMode>,
    /// Over how many time slices an exceeded one is made up for; 0 while nothing is scheduled, `None` without Adaptive Round
    /// Robin.
    pub averaging_factor: Option<u32>,
    /// Length of a time slice in nanoseconds; 0 while nothing is scheduled.
    pub time_slice_ns: u32,
}

impl VgpuSchedulerState {
    /// Creates a value for an engine, for example in a test: nothing is scheduled.
    #[must_use]
    pub const fn new(engine: VgpuSchedulerEngine, policy: VgpuSchedulerPolicy) -> Self {
        Self {
            engine,
            policy,
            arr_mode: None,
            averaging_factor: None,
            time_slice_ns: 0,
        }
    }

    /// Sets the averaging factor and the length of a time slice in nanoseconds.
    #[must_use]
    pub const fn with_figures(self, averaging_factor: Option<u32>, time_slice_ns: u32) -> Self {
        Self {
            averaging_factor,
            time_slice_ns,
            ..self
        }
    }

    /// Sets whether it uses Adaptive Round Robin.
    #[must_use]
    pub const fn with_arr_mode(self, arr_mode: Option<VgpuArrMode>) -> Self {
        Self { arr_mode, ..self }
    }
}

/// `nvmlVgpuSchedulerStateInfo_t`. Its union has an averaging factor and a time slice, or without ARR only a time slice.
#[derive(Debug, Default, Clone, Copy)]
#[repr(C)]
pub(super) struct StateV1 {
    version: u32,
    engine: u32,
    policy: u32,
    arr_mode: u32,
    parameters: [u32; 2],
}

in_place_of!(StateV1: sys::nvmlVgpuSchedulerStateInfo_t);

impl StateV1 {
    /// The structure with which to ask about an engine.
    pub(super) fn about(version: u32, engine: VgpuSchedulerEngine) -> Self {
        Self {
            version,
            engine: engine.number(),
            ..Self::default()
        }
    }

    pub(super) fn state(&self) -> VgpuSchedulerState {
        let arr_mode = VgpuArrMode::from_number(self.arr_mode);
        let [first, second] = self.parameters;
        let figures = match arr_mode {
            VgpuArrMode::Disabled => (None, first),
            _ => (Some(first), second),
        };
        state(self.engine, self.policy, figures).with_arr_mode(Some(arr_mode))
    }
}

/// The state that these numbers of a driver mean.
pub(super) fn state(
    engine: u32,
    policy: u32,
    (averaging_factor, time_slice_ns): (Option<u32>, u32),
) -> VgpuSchedulerState {
    let engine = VgpuSchedulerEngine::from_number(engine);
    VgpuSchedulerState::new(engine, VgpuSchedulerPolicy::from_number(policy))
        .with_figures(averaging_factor, time_slice_ns)
}

impl GpuInstance {
    /// Returns the state by the newest function that the driver has.
    pub(crate) fn vgpu_scheduler_state_or_failure(
        &self,
        engine: VgpuSchedulerEngine,
    ) -> Result<VgpuSchedulerState, Failure> {
        or_older(self.scheduler_state_v2(engine), || {
            self.scheduler_state_v1(engine)
        })
    }

    fn scheduler_state_v2(
        &self,
        engine: VgpuSchedulerEngine,
    ) -> Result<VgpuSchedulerState, Failure> {
        let library = self.device().driver().library();
        let mut raw = Roomy::<sys::nvmlVgpuSchedulerStateInfo_v2_t>::default();
        raw.value.engineId = engine.number();
        call!(library.nvmlGpuInstanceGetVgpuSchedulerState_v2(self.handle(), raw.place()))?;
        let raw = raw.value;
        let figures = (Some(raw.avgFactor), raw.timeslice);
        Ok(state(raw.engineId, raw.schedulerPolicy, figures))
    }

    fn scheduler_state_v1(
        &self,
        engine: VgpuSchedulerEngine,
    ) -> Result<VgpuSchedulerState, Failure> {
        let library = self.device().driver().library();
        let about = StateV1::about(sys::nvmlVgpuSchedulerStateInfo_v1, engine);
        let mut raw = Roomy::new(about);
        let place = Address(&mut raw);
        call!(library.nvmlGpuInstanceGetVgpuSchedulerState(self.handle(), place))?;
        Ok(raw.value.state())
    }
}
