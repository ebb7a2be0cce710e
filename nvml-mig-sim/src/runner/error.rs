//! Error messages of the commands, one sentence each, and their exit codes.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use nvml_mig_sim::SimulatorError;
use nvml_mig_sim::board_file::BoardFileError;
use nvml_mig_sim::machine::Flaw;
use nvml_mig_sim::store::StoreError;

use super::capture::CaptureError;

#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "there is no simulated machine in {path}; `nvml-mig-sim run --gpu BOARD -- COMMAND` creates one",
        path = .0.display()
    )]
    NoMachine(PathBuf),
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    #[error(
        "unknown board `{key}`; the closest is `{nearest}`, and `nvml-mig-sim list-boards` lists all"
    )]
    UnknownBoard { key: String, nearest: &'static str },
    #[error(transparent)]
    BoardFile(#[from] BoardFileError),
    #[error("--gpu {option}: {problem} (at character {position})")]
    GpuOption {
        option: String,
        problem: String,
        position: usize,
    },
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error("there is no GPU {gpu}: the machine has {count}, counted from 0")]
    NoGpu { gpu: u32, count: usize },
    #[error("GPU {gpu} has no {what}; `nvml-mig-sim show` shows what it has")]
    NoInstance { gpu: u32, what: String },
    #[error(
        "{0}; `nvml-mig-sim show` shows the machine, and `list-boards BOARD` lists the vGPU types"
    )]
    Vgpu(String),
    #[error("only a container can be limited to MIG devices")]
    NoContainer,
    #[error("there is no such MIG device; `nvml-mig-sim show` shows their UUIDs")]
    NoMigDevice,
    #[error("{metric} can't be {value}: a percentage is from 0 to 100, and a rate is not negative")]
    NoFigure { metric: &'static str, value: f64 },
    #[error("processes are running on GPU {0}; `nvml-mig-sim idle --gpu {0}` ends them")]
    GpuInUse(u32),
    #[error(
        "`{0}` is neither a number nor the name of an NVML return code such as NVML_ERROR_IN_USE"
    )]
    UnknownCode(String),
    #[error("`{0}` is not a driver version such as 550.163.01")]
    NoVersion(String),
    #[error("driver {0} has no MIG; 450 and newer drivers can be simulated")]
    DriverWithoutMig(String),
    #[error("{path} can't be on the library path: {problem}", path = path.display())]
    LibraryPath { path: PathBuf, problem: String },
    #[error("--machine needs a mount namespace, which this system refuses: {0}")]
    NoNamespace(io::Error),
    #[error("the machine can't be shown to the command: {0}")]
    NoView(io::Error),
    #[error("the command `{0}` was not found")]
    CommandNotFound(String),
    #[error("the command `{command}` can't be started")]
    CommandNotStarted { command: String, source: io::Error },
    /// `run` failed before it started the command.
    #[error(transparent)]
    NotRun(Box<Self>),
    #[error("{path} can't be removed", path = path.display())]
    NotRemoved { path: PathBuf, source: io::Error },
    #[error("the machine would be invalid")]
    Impossible(#[from] Flaw),
    #[error("can't write to standard output")]
    Output(#[source] io::Error),
}

impl Error {
    /// Returns the exit code. As in other programs that run commands (`env`, `timeout`), 125 and above mean that the
    /// command did not run.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::CommandNotFound(_) => 127,
            Self::CommandNotStarted { .. } => 126,
            Self::NotRun(_) => 125,
            _ => 1,
        })
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { path } => Self::NoMachine(path),
            other => Self::Store(other),
        }
    }
}
