//! What all examples share: which library, which GPU, and how a failure is told.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use nvml_mig::{Device, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

/// The board that stands in on a machine without an NVML library.
const STAND_IN: &str = "a30";

/// Options of every example.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The GPU: its index, its UUID or its PCI address
    #[arg(long, value_name = "GPU")]
    device: Option<String>,
    /// Use a simulated GPU of this board, such as a30 or a100-sxm4-40gb; nothing real is changed
    #[arg(long, value_name = "BOARD", conflicts_with = "library")]
    simulate: Option<String>,
    /// Where the simulated machine is kept between runs
    #[arg(long, value_name = "FILE", requires = "simulate")]
    state: Option<PathBuf>,
    /// Use the NVML library at this path and not the driver's
    #[arg(long, value_name = "PATH")]
    library: Option<PathBuf>,
}

/// An open library, and the simulator behind it if there is one.
#[derive(Debug)]
pub(crate) struct Session {
    nvml: Nvml,
    simulated: Option<(Simulator, PathBuf)>,
}

impl Options {
    /// Opens what the options name; without any, the driver's library, or a simulated GPU where there is none.
    ///
    /// # Errors
    ///
    /// A library that is there and refuses is an error: only a machine without any gets a simulated GPU.
    fn open(&self) -> Result<Session, Box<dyn Error>> {
        if let Some(board) = &self.simulate {
            return self.simulate(board, "");
        }
        if let Some(path) = &self.library {
            return Ok(Session::real(Nvml::init_from(path)?));
        }
        match Nvml::init() {
            Err(nvml_mig::Error::LibraryNotFound(_)) => {
                self.simulate(STAND_IN, "no NVML library on this machine: ")
            }
            opened => Ok(Session::real(opened?)),
        }
    }

    fn simulate(&self, board: &str, why: &str) -> Result<Session, Box<dyn Error>> {
        let state = match &self.state {
            Some(path) => path.clone(),
            None => nvml_mig_sim::shared_state_file(board)?,
        };
        let gpu = GpuSpec::new(board);
        let simulator = Simulator::builder().gpu(gpu).state_file(&state).start()?;
        eprintln!(
            "{why}using a simulated {board}; nothing real is changed; its state is kept in {}",
            state.display()
        );
        let nvml = Nvml::init_from(simulator.library_path())?;
        Ok(Session {
            nvml,
            simulated: Some((simulator, state)),
        })
    }

    /// Opens as [`open`](Self::open), does the job, and tells how it went in the exit code.
    pub(crate) fn run(&self, job: impl FnOnce(&Session) -> Result<(), Box<dyn Error>>) -> ExitCode {
        match self.open() {
            Ok(session) => session.finish(job(&session)),
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }

    /// The GPU that `--device` names; the first one without it.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if there is no such GPU.
    pub(crate) fn device(&self, session: &Session) -> Result<Device, nvml_mig::Error> {
        let nvml = &session.nvml;
        let name = self.device.as_deref().unwrap_or("0");
        match name.parse() {
            Ok(index) => nvml.device_by_index(index),
            Err(_) if name.contains(':') => nvml.device_by_pci_bus_id(name),
            Err(_) => nvml.device_by_uuid(name),
        }
    }

    /// The GPU that `--device` names; all of them without it.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if there is no such GPU.
    pub(crate) fn devices(&self, session: &Session) -> Result<Vec<Device>, nvml_mig::Error> {
        match &self.device {
            Some(_) => Ok(vec![self.device(session)?]),
            None => session.nvml.devices(),
        }
    }
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no error.
///
/// # Errors
///
/// Any other failure to write.
pub(crate) fn print(text: &str) -> Result<(), Box<dyn Error>> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

impl Session {
    /// The open library.
    pub(crate) const fn nvml(&self) -> &Nvml {
        &self.nvml
    }

    fn real(nvml: Nvml) -> Self {
        let simulated = None;
        Self { nvml, simulated }
    }

    /// Prints what went wrong, if anything, and gives the exit code.
    fn finish(&self, outcome: Result<(), Box<dyn Error>>) -> ExitCode {
        let Err(error) = outcome else {
            return ExitCode::SUCCESS;
        };
        eprintln!("error: {error}");
        if let Some((_, state)) = &self.simulated {
            eprintln!(
                "note: this GPU is simulated; delete {} to begin anew",
                state.display()
            );
        }
        ExitCode::FAILURE
    }
}
