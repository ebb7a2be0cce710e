//! The arguments of all commands that change GPUs.

use std::path::PathBuf;

use clap::Args;

/// Options for changing GPUs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Consent {
    /// Show the changes without making them
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Write the CDI specification of all MIG devices to this file after the change, as container engines read it
    #[arg(long, value_name = "FILE", env = "NVML_MIG_CDI_SPEC")]
    pub(crate) cdi_spec: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lock: LockArguments,
    /// Leave GPUs as they are that an interrupted change left and that can't be restored
    #[arg(long, help_heading = "Lock")]
    pub(crate) give_up: bool,
}

/// How the lock is taken.
#[derive(Debug, Clone, Args)]
pub(crate) struct LockArguments {
    /// The folder of the locks and journals; all processes on the machine should use the same folder
    #[arg(
        long,
        value_name = "FOLDER",
        env = "NVML_MIG_LOCK_FOLDER",
        help_heading = "Lock"
    )]
    pub(crate) lock_folder: Option<PathBuf>,
    /// Give up if another process still partitions these GPUs after this many seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Lock")]
    pub(crate) lock_timeout: Option<u64>,
}
