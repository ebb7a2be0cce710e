//! The command-line arguments.

#[cfg(feature = "kubernetes")]
mod agent_options;
mod called_as;
mod check;
mod consent;
mod environment;
mod go_flags;
#[cfg(feature = "kubernetes")]
mod gpu_client;
#[cfg(feature = "kubernetes")]
mod node_names;
mod restore;
mod snapshot;
mod target;
mod uses;
mod variables;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::machine::MachineOptions;

#[cfg(feature = "kubernetes")]
pub(crate) use agent_options::{AgentOptions, RebootPolicy};
pub(crate) use check::CheckOptions;
pub(crate) use consent::{Consent, LockArguments};
pub(crate) use environment::{is_true, variable};
#[cfg(feature = "kubernetes")]
pub(crate) use gpu_client::GpuClient;
pub(crate) use restore::RestoreOptions;
pub(crate) use snapshot::SnapshotOptions;
pub(crate) use target::{Limits, Target};
pub(crate) use variables::Variables;

/// What `--help` says at its end.
const EXIT_CODES: &str = "\
Exit codes:
  0  success, or the assertion is true
  1  the assertion is false, check found a difference, or preflight no GPU on
     which an instance can be created
  2  the command line or a file is wrong
  3  the layout does not fit
  4  no permission
  5  in use
  6  a GPU reset or a reboot is needed first; the MIG mode stays pending
  7  failed without lasting changes, or done except for GPUs that can't be read,
     or for figures that check can't read
  8  failed and not completely rolled back; or done, but the last hook or the
     CDI specification failed; or nodes, cdi and slurm show devices of a GPU
     that an interrupted change left
  9  no GPU matches the layout or the file, or a snapshot is restored except for GPUs that are gone

A GPU that can't be read is left out, with a line on standard error, and commands for the others end with 4 or 7, except list, \
preflight and watch. If --device names such a GPU, nothing is changed.";

/// Partition NVIDIA GPUs with Multi-Instance GPU (MIG)
///
/// Changes are made completely or not at all: if a step fails, the GPUs are as before.
#[derive(Debug, Parser)]
#[command(name = "nvml-mig", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) machine: MachineOptions,
    /// Print JSON, also for errors
    #[arg(long, global = true, help_heading = "Machine and output")]
    pub(crate) json: bool,
    /// Accepted for scripts of mig-parted, and without effect
    #[arg(long, short, global = true, hide = true)]
    debug: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List GPUs, profiles, placements, instances and MIG devices, and draw the slices
    List {
        /// Write the drawing to this file as an SVG picture, and print only what could not be read
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Create instances beside the existing ones
    Create {
        /// The instances, such as '3g.20gb, 2*1g.5gb'; each GPU instance gets one compute instance unless others are named, as in
        /// '3g.20gb(1c,2c)'
        layout: String,
        #[command(flatten)]
        consent: Consent,
        /// Allow enabling MIG mode
        #[arg(long)]
        change_mig_mode: bool,
    },
    /// Destroy instances
    #[command(group(ArgGroup::new("which").required(true).args(["instances", "all"])))]
    Destroy {
        /// GPU instances such as 1, compute instances such as 1/0, or MIG devices such as MIG-...
        #[arg(value_name = "INSTANCE")]
        instances: Vec<String>,
        /// Destroy all instances
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// Show or change MIG mode
    Mode {
        /// The action
        #[arg(default_value = "show")]
        action: ModeAction,
        #[command(flatten)]
        consent: Consent,
    },
    /// Report what prevents creating instances on this machine
    Preflight,
    /// Compare what the driver reports with the catalogue of boards and with the rules that nvml-mig relies on; changes nothing
    Check(CheckOptions),
    /// Print changes of the partitioning as they happen
    Watch {
        /// Stop after this many seconds; by default, run until interrupted
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
    },
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
    },
    /// Apply a layout to all GPUs that can be read or, if that fails, to none
    Apply {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        consent: Consent,
        /// A hooks file of mig-parted: commands to run before and after the change; needs --yes
        #[arg(long, short = 'k', value_name = "FILE", env = "MIG_PARTED_HOOKS_FILE")]
        hooks_file: Option<PathBuf>,
        /// With --mode-only, a MIG mode that stays pending is a success: the caller resets the GPU or reboots. A GPU is never
        /// reset here. Also if `MIG_PARTED_SKIP_RESET` is true
        #[arg(long, short)]
        skip_reset: bool,
    },
    /// Check whether the GPUs have a layout: exit code 0 if they do, 1 if not
    Assert {
        #[command(flatten)]
        target: Target,
        /// Check only that the file is right, and has the configuration; needs no GPU
        #[arg(long, short = 'a', conflicts_with = "layout")]
        valid_config: bool,
    },
    /// Print a file of mig-parted with the configurations that these GPUs can have
    #[command(alias = "generate-config")]
    Generate {
        #[command(flatten)]
        output: OutputFormat,
        /// Write it to this file instead
        #[arg(long, short, value_name = "FILE", alias = "output-file")]
        file: Option<PathBuf>,
    },
    /// Print the current partitioning
    Export {
        /// The notation
        #[arg(long, default_value = "mig-parted")]
        format: Format,
        #[command(flatten)]
        output: OutputFormat,
        /// The name of the configuration in the mig-parted format
        #[arg(
            long,
            default_value = "current",
            value_name = "NAME",
            alias = "config-label",
            short_alias = 'l',
            env = "MIG_PARTED_CONFIG_LABEL"
        )]
        config: String,
    },
    /// Print the current partitioning with all placements, to restore it later
    #[command(alias = "checkpoint")]
    Snapshot(SnapshotOptions),
    /// Restore a partitioning that `snapshot` printed
    Restore(RestoreOptions),
    /// Report or create the device nodes that containers need for the MIG devices
    Nodes {
        /// Create the nodes that are missing
        #[arg(long)]
        create: bool,
        #[command(flatten)]
        lock: LockArguments,
    },
    /// Print a CDI specification of the MIG devices, for container engines
    Cdi {
        /// The kind of the devices
        #[arg(long, value_name = "VENDOR/CLASS")]
        kind: Option<String>,
    },
    /// Print Slurm's gres.conf for the MIG devices, and for GPUs with MIG mode off
    Slurm,
    /// Keep the GPUs of a Kubernetes node in the layout that its label nvidia.com/mig.config names
    #[cfg(feature = "kubernetes")]
    Agent(Box<AgentOptions>),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the man pages to a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeAction {
    /// Print the current and the pending mode
    Show,
    /// Turn MIG mode on
    Enable,
    /// Destroy all instances, and turn MIG mode off
    Disable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A configuration file of NVIDIA's mig-parted, without placements
    MigParted,
    /// A layout for each GPU, with placements
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    Yaml,
    Json,
}

/// How a file of mig-parted is printed.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OutputFormat {
    /// The output format of a file of mig-parted
    #[arg(
        id = "output",
        long = "output",
        short = 'o',
        default_value = "yaml",
        value_name = "FORMAT",
        alias = "output-format",
        env = "MIG_PARTED_OUTPUT_FORMAT"
    )]
    pub(crate) format: FileFormat,
}

impl Command {
    /// The name, as on the command line.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::List { .. } => "list",
            Self::Create { .. } => "create",
            Self::Destroy { .. } => "destroy",
            Self::Mode { .. } => "mode",
            Self::Preflight => "preflight",
            Self::Check(_) => "check",
            Self::Watch { .. } => "watch",
            Self::Fit { .. } => "fit",
            Self::Plan { .. } => "plan",
            Self::Apply { .. } => "apply",
            Self::Assert { .. } => "assert",
            Self::Generate { .. } => "generate",
            Self::Export { .. } => "export",
            Self::Snapshot(_) => "snapshot",
            Self::Restore(_) => "restore",
            Self::Nodes { .. } => "nodes",
            Self::Cdi { .. } => "cdi",
            Self::Slurm => "slurm",
            #[cfg(feature = "kubernetes")]
            Self::Agent(_) => "agent",
            Self::Completions { .. } => "completions",
            Self::Man { .. } => "man",
        }
    }
}
