//! The arguments that say what is wanted, and what may be changed for it.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::environment::is_true;
use crate::exit::Usage;

/// The desired layout.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("target").args(["layout", "file"])))]
pub(crate) struct Target {
    /// The layout of each GPU, such as '3g.20gb, 2*2g.10gb'; 'none' means no GPU instance, 'off' turns MIG mode off
    pub(crate) layout: Option<String>,
    /// A configuration file of NVIDIA's mig-parted, or `-` for standard input; without a layout, by default that in the
    /// environment variable `MIG_PARTED_CONFIG_FILE`
    #[arg(long, short, value_name = "FILE", alias = "config-file")]
    pub(crate) file: Option<PathBuf>,
    /// The configuration in the file; optional if there is only one, or if `MIG_PARTED_SELECTED_CONFIG` names it
    #[arg(
        long,
        short,
        value_name = "NAME",
        alias = "selected-config",
        conflicts_with = "layout"
    )]
    pub(crate) config: Option<String>,
    /// Only MIG modes: the instances stay as they are where MIG mode is to be on; for a file, also if
    /// `MIG_PARTED_MODE_CHANGE_ONLY` is true
    #[arg(long, short)]
    mode_only: bool,
}

impl Target {
    /// Returns whether only MIG modes are wanted. The variable of mig-parted is about its files: a layout on the command line would
    /// silently not be made.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a variable that is neither true nor false.
    pub(crate) fn is_mode_only(&self) -> Result<bool, Usage> {
        self.is_wanted(self.mode_only, "MIG_PARTED_MODE_CHANGE_ONLY")
    }

    /// Returns whether only the file is to be checked, not the GPUs.
    ///
    /// # Errors
    ///
    /// As [`is_mode_only`](Self::is_mode_only).
    pub(crate) fn is_only_checked(&self, valid_config: bool) -> Result<bool, Usage> {
        self.is_wanted(valid_config, "MIG_PARTED_VALID_CONFIG")
    }

    fn is_wanted(&self, option: bool, variable: &str) -> Result<bool, Usage> {
        let by_variable = self.layout.is_none() && is_true(variable)?;
        Ok(option || by_variable)
    }
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
