//! The options of `nvml-mig restore`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::environment::{is_true, variable};
use super::{Consent, Variables};
use crate::exit::Usage;

/// What is restored, and how.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("saved").args(["file", "checkpoint_file"])))]
pub(crate) struct RestoreOptions {
    /// A file with the output of `snapshot`, or a checkpoint of mig-parted; by default that in the environment variable
    /// `MIG_PARTED_CHECKPOINT_FILE`
    file: Option<PathBuf>,
    /// The same, for scripts of mig-parted
    #[arg(long, short = 'f', value_name = "FILE", hide = true)]
    checkpoint_file: Option<PathBuf>,
    /// Match the GPUs by PCI address instead of UUID
    #[arg(long)]
    pub(crate) by_pci_address: bool,
    /// Allow changing MIG mode
    #[arg(long)]
    pub(crate) change_mig_mode: bool,
    /// Restore only MIG modes: the instances stay as they are where MIG mode is to be on
    #[arg(long, short)]
    mode_only: bool,
    /// A hooks file of mig-parted: commands to run before and after the change; needs --yes
    #[arg(long, short = 'k', value_name = "FILE", env = "MIG_PARTED_HOOKS_FILE")]
    pub(crate) hooks_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

impl RestoreOptions {
    /// Returns the file, if there is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let named = self.file.clone().or_else(|| self.checkpoint_file.clone());
        named.or_else(|| variable("MIG_PARTED_CHECKPOINT_FILE").map(PathBuf::from))
    }

    /// Returns whether only MIG modes are wanted. The variable of mig-parted counts for a file that is named as there.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a variable that is neither true nor false.
    pub(crate) fn is_mode_only(&self) -> Result<bool, Usage> {
        let by_variable = self.file.is_none() && is_true("MIG_PARTED_MODE_CHANGE_ONLY")?;
        Ok(self.mode_only || by_variable)
    }

    /// Returns the variables that mig-parted gives to hooks.
    pub(crate) fn hook_variables(&self, mode_only: bool) -> Variables {
        let file = self.file().map(|path| path.display().to_string());
        vec![
            ("MIG_PARTED_CHECKPOINT_FILE", file.unwrap_or_default()),
            ("MIG_PARTED_MODE_CHANGE_ONLY", mode_only.to_string()),
        ]
    }
}
