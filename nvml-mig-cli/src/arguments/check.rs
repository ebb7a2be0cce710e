//! The options of `nvml-mig check`.

use std::path::PathBuf;

use clap::Args;
use nvml_mig::device::DeviceSelector;

use super::LockArguments;

/// What is checked, and where the report goes.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// Also write the report to this file, as JSON. It has no UUID, serial number or PCI address
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Also create and destroy instances of all profiles on this GPU, which must have MIG mode on and nothing on it. At the end it
    /// is empty again, and the report is about it alone
    #[arg(long, value_name = "GPU", conflicts_with = "device")]
    pub(crate) change: Option<DeviceSelector>,
    /// With --change, how often a process is killed while it applies a layout
    #[arg(long, value_name = "NUMBER", default_value_t = 10, requires = "change")]
    pub(crate) kills: u32,
    #[command(flatten)]
    pub(crate) lock: LockArguments,
}
