//! Watching GPUs: changes of the MIG configuration, and performance counters.

mod gpm;
mod watch;

pub use gpm::{GpmMetric, GpmSample};
pub use watch::{MigConfigChange, MigWatch};
