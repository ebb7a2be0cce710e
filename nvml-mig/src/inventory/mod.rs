//! Reads the current state of a GPU.

mod expected;
mod inventory;
mod live;
mod mig_devices;
mod model;
mod partition;
mod present;

pub(crate) use expected::Expected;
pub use inventory::Inventory;
pub use live::{LiveGpuInstance, LiveMigDevice};
pub(crate) use present::present;
