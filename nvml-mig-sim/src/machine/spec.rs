//! The description from which a machine is built.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::machine::MachineError;
use crate::machine::board_ref::BoardRef;
use crate::machine::gpu::Virtualization;
use crate::machine::privilege::Caller;
use crate::machine::process::ProcessRecord;
use crate::machine::profile_versions::ProfileVersions;
use crate::machine::spans::MissingSlot;
use nvml_mig_boards::board_file::BoardFileError;

/// The description of a simulated GPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GpuSpec {
    pub(crate) board: WantedBoard,
    pub(crate) mig: bool,
    pub(crate) missing_slot: MissingSlot,
    pub(crate) virtualization: Virtualization,
    #[serde(default)]
    pub(crate) most_gpu_instances: Option<usize>,
    #[serde(default)]
    pub(crate) stale_mig_handles: bool,
    #[serde(default)]
    pub(crate) plain_media_names: bool,
    #[serde(default)]
    pub(crate) reported_instance_count: Option<u32>,
    #[serde(default)]
    pub(crate) reserved_memory_mib: u64,
}

/// The board of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum WantedBoard {
    /// The key of a board of the catalogue, if there is one.
    Key(String),
    /// A board that was found already.
    Found(BoardRef),
}

impl WantedBoard {
    pub(crate) fn find(&self) -> Result<BoardRef, MachineError> {
        match self {
            Self::Key(key) => {
                BoardRef::find(key).ok_or_else(|| MachineError::UnknownBoard(key.clone()))
            }
            Self::Found(board) => Ok(*board),
        }
    }
}

impl GpuSpec {
    /// Describes a GPU with a board of the [catalogue](nvml_mig_boards::catalogue), such as `a30`, and MIG mode on.
    #[must_use]
    pub fn new(board: impl Into<String>) -> Self {
        Self::with(WantedBoard::Key(board.into()))
    }

    /// Describes a GPU with the board in a file that `nvml-mig-sim capture` has written, and MIG mode on.
    ///
    /// # Errors
    ///
    /// [`BoardFileError`] if the file can't be read, or the board can't be simulated.
    pub fn from_board_file(path: impl AsRef<Path>) -> Result<Self, BoardFileError> {
        Ok(Self::from(BoardRef::read(path.as_ref())?))
    }

    fn with(board: WantedBoard) -> Self {
        Self {
            board,
            mig: true,
            missing_slot: MissingSlot::default(),
            virtualization: Virtualization::default(),
            most_gpu_instances: None,
            stale_mig_handles: false,
            plain_media_names: false,
            reported_instance_count: None,
            reserved_memory_mib: 0,
        }
    }

    /// Sets whether MIG mode is on.
    #[must_use]
    pub fn mig(mut self, on: bool) -> Self {
        self.mig = on;
        self
    }

    /// Selects one of the two kinds of 8-slot chip.
    #[must_use]
    pub fn missing_slot(mut self, slot: MissingSlot) -> Self {
        self.missing_slot = slot;
        self
    }

    /// Limits the number of GPU instances, even if counts and placements allow more, as was seen on a GB300.
    #[must_use]
    pub fn most_gpu_instances(mut self, most: usize) -> Self {
        self.most_gpu_instances = Some(most);
        self
    }

    /// Makes lookups by an index without a MIG device return a stale handle. Every query with such a handle fails.
    #[must_use]
    pub fn stale_mig_handles(mut self, on: bool) -> Self {
        self.stale_mig_handles = on;
        self
    }

    /// Names the MIG devices of `+me` GPU instances without `+me`, as one driver was reported to do (580.173 on an H100).
    /// The profiles keep their names.
    #[must_use]
    pub fn plain_media_names(mut self, on: bool) -> Self {
        self.plain_media_names = on;
        self
    }

    /// Reports this number as the `instanceCount` of every GPU instance profile. Placements and remaining capacities stay
    /// right. Some drivers report wrong counts for an A30; the wrong values are not known.
    #[must_use]
    pub fn reported_instance_count(mut self, count: u32) -> Self {
        self.reported_instance_count = Some(count);
        self
    }

    /// Sets how much memory of the whole GPU the driver reserves, in MiB. The default is 0. MIG devices have no reserved
    /// memory.
    #[must_use]
    pub fn reserved_memory_mib(mut self, reserved: u64) -> Self {
        self.reserved_memory_mib = reserved;
        self
    }

    /// Sets how the GPU is attached to the machine.
    #[must_use]
    pub fn virtualization(mut self, virtualization: Virtualization) -> Self {
        self.virtualization = virtualization;
        self
    }
}

impl From<BoardRef> for GpuSpec {
    fn from(board: BoardRef) -> Self {
        Self::with(WantedBoard::Found(board))
    }
}

/// The description of a simulated machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineSpec {
    pub(crate) driver_version: Option<String>,
    #[serde(default)]
    pub(crate) profile_versions: ProfileVersions,
    #[serde(default)]
    pub(crate) process_record: Option<ProcessRecord>,
    pub(crate) caller: Caller,
    pub(crate) seed: u64,
    /// Unique for each machine of a process, so that no machine accepts another's handles.
    pub(crate) salt: u16,
    pub(crate) gpus: Vec<GpuSpec>,
    /// Functions that answer as if the driver lacked them.
    #[serde(default)]
    pub(crate) hidden: Vec<String>,
    #[serde(default)]
    pub(crate) capabilities: Option<PathBuf>,
}

impl Default for MachineSpec {
    /// One A30 with MIG mode on.
    fn default() -> Self {
        Self {
            driver_version: None,
            profile_versions: ProfileVersions::default(),
            process_record: None,
            caller: Caller::default(),
            seed: 0,
            salt: 1,
            gpus: vec![GpuSpec::new("a30")],
            hidden: Vec::new(),
            capabilities: None,
        }
    }
}
