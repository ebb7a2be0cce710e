//! The command-line arguments.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::common::Options;

/// Check whether a layout fits, plan the changes, and apply them; roll back if something fails
///
/// Exit codes: 0 success or assertion true, 1 assertion false, 2 invalid command line or file, 3 layout does not fit,
/// 4 no permission, 5 in use, 6 GPU reset needed, 7 failed without lasting changes, 8 failed and not completely
/// rolled back, 9 no GPU matches the layout or file. GPUs that can't be read are left out, with a line each on standard error; `apply`, `restore` and `assert`
/// then end with 4 or 7, and so do the others if `--device` names such a GPU. `apply` changes nothing in that case.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report what still fits on the GPUs, or whether a layout fits; changes nothing
    Fit {
        /// The layout, such as '3g.20gb, 2*2g.10gb'
        layout: Option<String>,
    },
    /// Show the changes that lead to a layout; changes nothing
    Plan {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        limits: Limits,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Apply a layout to all GPUs that can be read or, if that fails, to none
    Apply {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        consent: Consent,
    },
    /// Check whether the GPUs have a layout: exit code 0 if they do, 1 if not
    Assert {
        #[command(flatten)]
        target: Target,
    },
    /// Print the current partitioning
    Export {
        /// The output format
        #[arg(long, default_value = "mig-parted")]
        format: Format,
        /// The name of the configuration in the mig-parted format
        #[arg(long, default_value = "current", value_name = "NAME")]
        config: String,
    },
    /// Print the current partitioning with all placements, to restore it later
    Snapshot,
    /// Restore a partitioning that `snapshot` printed
    Restore {
        /// A file with the output of `snapshot`
        file: PathBuf,
        /// Match the GPUs by PCI address instead of UUID
        #[arg(long)]
        by_pci_address: bool,
        /// Allow changing MIG mode
        #[arg(long)]
        change_mig_mode: bool,
        #[command(flatten)]
        consent: Consent,
    },
}

/// The desired layout.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("target").required(true).args(["layout", "file"])))]
pub(crate) struct Target {
    /// The layout of each GPU, such as '3g.20gb, 2*2g.10gb'; 'none' means no GPU instance, 'off' turns MIG mode off
    pub(crate) layout: Option<String>,
    /// A configuration file of NVIDIA's mig-parted, or `-` for standard input
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The configuration in the file; optional if there is only one
    #[arg(long, short, value_name = "NAME", requires = "file")]
    pub(crate) config: Option<String>,
}

/// What a plan may change.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Limits {
    /// Allow changing MIG mode
    #[arg(long)]
    pub(crate) change_mig_mode: bool,
    /// Destroy nothing, not even idle instances
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Options for changing GPUs.
#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// Show the changes without making them
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
    /// The folder of the locks and journals; all processes on the machine should use the same folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) lock_folder: Option<PathBuf>,
    /// Leave GPUs as they are that an interrupted change left and that can't be restored
    #[arg(long)]
    pub(crate) give_up: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A configuration file of NVIDIA's mig-parted, without placements
    MigParted,
    /// A layout for each GPU, with placements
    Text,
}
