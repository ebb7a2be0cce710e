//! What a command does with the GPUs as they are.

use std::path::PathBuf;

use super::environment::variable;
use super::{Command, ModeAction};

impl Command {
    /// Returns whether it shows or uses the GPUs as they are now. The others first roll back what was interrupted, or need no GPU.
    pub(crate) const fn shows_instances(&self) -> bool {
        match self {
            Self::Mode { action, .. } => matches!(action, ModeAction::Show),
            Self::Snapshot(snapshot) => snapshot.file.is_none(),
            Self::List { .. }
            | Self::Preflight
            | Self::Check(_)
            | Self::Watch { .. }
            | Self::Fit { .. }
            | Self::Plan { .. }
            | Self::Assert { .. }
            | Self::Generate { .. }
            | Self::Export { .. } => true,
            _ => self.hands_devices_on(),
        }
    }

    /// Returns whether other programs get devices by what it prints or creates.
    pub(crate) const fn hands_devices_on(&self) -> bool {
        matches!(self, Self::Nodes { .. } | Self::Cdi { .. } | Self::Slurm)
    }

    /// Returns the folder of the locks and journals, if one is named.
    pub(crate) fn lock_folder(&self) -> Option<PathBuf> {
        let options = match self {
            Self::Mode { consent, .. } => Some(&consent.lock),
            Self::Snapshot(snapshot) => Some(&snapshot.lock),
            Self::Nodes { lock, .. } => Some(lock),
            _ => None,
        };
        let folder = options.and_then(|lock| lock.lock_folder.clone());
        folder.or_else(|| variable("NVML_MIG_LOCK_FOLDER").map(PathBuf::from))
    }
}
