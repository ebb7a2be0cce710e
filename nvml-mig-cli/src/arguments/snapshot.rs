//! The options of `nvml-mig snapshot`.

use std::path::PathBuf;

use clap::Args;

use super::LockArguments;

/// Where the snapshot goes.
#[derive(Debug, Args)]
pub(crate) struct SnapshotOptions {
    /// Write it to this file instead. Waits for a change that is under way, first rolls back one that was interrupted, and replaces
    /// the file only if all GPUs can be read
    #[arg(long, short, value_name = "FILE", alias = "checkpoint-file")]
    pub(crate) file: Option<PathBuf>,
    /// Keep what the file says of GPUs that are not in this machine now
    #[arg(long, requires = "file")]
    pub(crate) keep_missing: bool,
    #[command(flatten)]
    pub(crate) lock: LockArguments,
}
