//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::common::Options;

/// Say whether a layout fits, plan the way to it, go there, and take everything back if something goes wrong
///
/// Exit codes: 0 done or true, 1 what was asserted is false, 2 command line or file wrong, 3 does not fit, 4 no
/// permission, 5 in use, 6 GPU reset needed, 7 failed and everything is as it was, 8 failed and not everything is as it
/// was.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what still fits on the GPUs, or whether a layout does; nothing is changed
    Fit {
        /// The layout, such as '3g.20gb, 2*2g.10gb'
        layout: Option<String>,
    },
    /// Show how the GPUs would get to a layout; nothing is changed
    Plan {
        #[command(flatten)]
        target: Target,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Bring the GPUs to a layout: all of them, or none
    Apply {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        consent: Consent,
    },
    /// Say by the exit code whether the GPUs have a layout: 0 if so, 1 if not
    Assert {
        #[command(flatten)]
        target: Target,
    },
    /// Print what the GPUs are now
    Export {
        /// In which form
        #[arg(long, default_value = "mig-parted")]
        format: Format,
        /// The name of the configuration in mig-parted's form
        #[arg(long, default_value = "current", value_name = "NAME")]
        config: String,
    },
    /// Print what the GPUs are now, with all places, to be restored later
    Snapshot,
    /// Make the GPUs what they were
    Restore {
        /// A file with what `snapshot` printed
        file: PathBuf,
        /// Find the GPUs by their PCI addresses and not by their UUIDs
        #[arg(long)]
        by_pci_address: bool,
        /// Change MIG mode if that is needed
        #[arg(long)]
        change_mig_mode: bool,
        #[command(flatten)]
        consent: Consent,
    },
}

/// What the GPUs shall be.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("target").required(true).args(["layout", "file"])))]
pub(crate) struct Target {
    /// The layout of each GPU, such as '3g.20gb, 2*2g.10gb'; none for no GPU instance, off for MIG mode off
    pub(crate) layout: Option<String>,
    /// A configuration file of NVIDIA's mig-parted
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Which configuration of the file; it may be left out if there is only one
    #[arg(long, short, value_name = "NAME", requires = "file")]
    pub(crate) config: Option<String>,
    /// Change MIG mode if that is needed
    #[arg(long)]
    pub(crate) change_mig_mode: bool,
    /// Destroy nothing, not even what nothing runs on
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Whether it is to be done without asking, or not at all.
#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// Show what would be done, and do nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Where the lock and the journal are; all processes of the machine should use the same
    #[arg(long, value_name = "FOLDER")]
    pub(crate) lock_folder: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A configuration file of NVIDIA's mig-parted; it has no places
    MigParted,
    /// A layout for each GPU, with places
    Text,
}
