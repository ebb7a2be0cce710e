//! vGPUs on GPU instances, which only a vGPU host has.

mod heterogeneous_mode;
mod lists;
mod placements;
mod scheduler_log;
mod scheduler_settings;
mod scheduler_state;
mod scheduler_words;

pub use placements::VgpuPlacements;
pub use scheduler_log::{VgpuSchedulerLog, VgpuSchedulerLogEntry};
pub use scheduler_settings::{VgpuRoundRobin, VgpuSchedulerSettings};
pub use scheduler_state::{
    VgpuArrMode, VgpuSchedulerEngine, VgpuSchedulerPolicy, VgpuSchedulerState,
};
