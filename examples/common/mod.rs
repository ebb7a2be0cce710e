//! Shared by the examples: chooses the library and the GPU, and prints errors.
#![allow(dead_code, reason = "each example uses only a part of this module")]

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nvml_mig::device::DeviceSelector;
use nvml_mig::sys::OpenError;
use nvml_mig::{AnyDevice, Device, Nvml};
/// Each error of nvml-mig prints only its own level.
pub(crate) use nvml_mig_sim::chain;
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, catalogue};

/// The board of the simulated machine that stands in for a missing NVML library, unless `nvml-mig-sim` made it.
const STAND_IN: &str = "a30";

/// Command-line options of all examples.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The GPU, as an index, a UUID or the beginning of one, or a PCI address
    #[arg(long, value_name = "GPU")]
    device: Option<DeviceSelector>,
    /// Use a simulated GPU with this board, such as a30 or a100-sxm4-40gb; separate several with commas; no real GPU is
    /// touched
    #[arg(
        long,
        value_name = "BOARD",
        conflicts_with = "library",
        value_delimiter = ','
    )]
    simulate: Vec<String>,
    /// File in which the simulated machine is kept between runs
    #[arg(long, value_name = "FILE", requires = "simulate")]
    state: Option<PathBuf>,
    /// Use the NVML library at this path instead of the driver's
    #[arg(long, value_name = "PATH")]
    library: Option<PathBuf>,
    /// Fail on a machine without an NVML library, instead of using a simulated GPU
    #[arg(long, conflicts_with = "simulate")]
    real: bool,
}

/// An open library, and its simulator if it is simulated.
#[derive(Debug)]
pub(crate) struct Session {
    nvml: Nvml,
    simulated: Option<(Simulator, PathBuf)>,
}

impl Options {
    /// Opens the library, runs the job, and returns its outcome as an exit code.
    pub(crate) fn run(&self, job: impl FnOnce(&Session) -> Result<(), Box<dyn Error>>) -> ExitCode {
        match self.open() {
            Ok(session) => session.finish(job(&session)),
            Err(error) => exit_code(Err(error)),
        }
    }

    /// Opens the library that the options select. By default that is the driver's library, or a simulated GPU if there
    /// is none.
    ///
    /// # Errors
    ///
    /// Any error of an existing library: the simulated GPU is used only if no library is found.
    fn open(&self) -> Result<Session, Box<dyn Error>> {
        if !self.simulate.is_empty() {
            return self.simulate();
        }
        if let Some(path) = &self.library {
            return Ok(Session::real(Nvml::init_from(path)?));
        }
        match Nvml::init() {
            Err(nvml_mig::Error::LibraryNotFound(error)) if !self.real => {
                let state = nvml_mig_sim::default_state_file()?;
                start(&[STAND_IN.to_owned()], state, &no_library(&error.error))
            }
            opened => Ok(Session::real(opened?)),
        }
    }

    /// Each set of boards has a state file of its own.
    fn simulate(&self) -> Result<Session, Box<dyn Error>> {
        let boards = &self.simulate;
        let state = match &self.state {
            Some(path) => path.clone(),
            None => {
                let name = format!("{}.json", boards.join("+"));
                nvml_mig_sim::default_state_file()?.with_file_name(name)
            }
        };
        let labels: Vec<String> = boards.iter().map(|board| label(board)).collect();
        let what = format!("using a simulated {}", labels.join("+"));
        start(boards, state, &what)
    }

    /// Returns the GPU or MIG device that `--device` selects, by default the first GPU that supports MIG. One that can't be
    /// opened may be it, so none behind it is taken.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if there is no such device.
    pub(crate) fn any_device(&self, nvml: &Nvml) -> Result<AnyDevice, nvml_mig::Error> {
        if let Some(selector) = &self.device {
            return nvml.find_device(selector);
        }
        let first = nvml.each_mig_capable_device()?.next();
        let first = first.map_or_else(|| nvml.device_by_index(0), |(_, device)| device);
        first.map(AnyDevice::Gpu)
    }

    /// Returns the GPU that `--device` selects, by default the first that supports MIG.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if there is no such GPU, or an error if `--device` selects a MIG device.
    pub(crate) fn device(&self, nvml: &Nvml) -> Result<Device, Box<dyn Error>> {
        gpu(self.any_device(nvml)?)
    }

    /// Returns whether the options select a library of the driver, which may be missing or broken.
    pub(crate) fn is_real(&self) -> bool {
        let stands_in = || matches!(Nvml::init(), Err(nvml_mig::Error::LibraryNotFound(_)));
        self.simulate.is_empty() && (self.real || self.library.is_some() || !stands_in())
    }

    /// Returns the path of the library, if the options name one.
    pub(crate) fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }
}

/// Returns the GPU, if it is one.
///
/// # Errors
///
/// A sentence that names the GPU of a MIG device.
pub(crate) fn gpu(device: AnyDevice) -> Result<Device, Box<dyn Error>> {
    match device {
        AnyDevice::Gpu(gpu) => Ok(gpu),
        AnyDevice::Mig(device) => {
            let (uuid, gpu) = (device.uuid()?, device.parent()?.index()?);
            Err(format!(
                "{uuid} is a MIG device, and this command works on whole GPUs: use --device {gpu}"
            )
            .into())
        }
        other => Err(format!("this command works on whole GPUs, not on a {other}").into()),
    }
}

/// Returns the key of a board, which says if figures of the board are derived.
fn label(board: &str) -> String {
    let provisional = catalogue::find(board).is_some_and(|board| board.provisional);
    let note = if provisional { " (provisional)" } else { "" };
    format!("{board}{note}")
}

/// Why a simulated machine stands in, and how to use a library that the dynamic linker does not find.
fn no_library(error: &OpenError) -> String {
    if let OpenError::NotFound { elsewhere, .. } = error
        && let [file, ..] = elsewhere.as_slice()
    {
        return format!(
            "the dynamic linker finds no NVML library, but there is one at {0} (to use it: --library {0}): using a simulated \
             machine",
            file.display()
        );
    }
    "no NVML library on this machine: using a simulated machine".to_owned()
}

/// Starts the simulated machine in a state file. If there is none, it gets these boards.
fn start(boards: &[String], state: PathBuf, what: &str) -> Result<Session, Box<dyn Error>> {
    let builder = Simulator::builder().state_file(&state);
    let gpus = boards.iter().map(GpuSpec::new);
    let simulator = gpus.fold(builder, SimulatorBuilder::gpu).start()?;
    note(&format!(
        "{what}; no real GPU is touched; its state is kept in {}",
        state.display()
    ));
    let nvml = Nvml::init_from(simulator.library_path())?;
    Ok(Session {
        nvml,
        simulated: Some((simulator, state)),
    })
}

impl Session {
    /// Returns the open library.
    pub(crate) const fn nvml(&self) -> &Nvml {
        &self.nvml
    }

    fn real(nvml: Nvml) -> Self {
        let simulated = None;
        Self { nvml, simulated }
    }

    fn finish(&self, outcome: Result<(), Box<dyn Error>>) -> ExitCode {
        let is_failure = outcome.is_err();
        let code = exit_code(outcome);
        if let (true, Some((_, state))) = (is_failure, &self.simulated) {
            note(&format!(
                "note: this GPU is simulated; delete {} to start over",
                state.display()
            ));
        }
        code
    }
}

/// Prints the error, if any, and returns the exit code.
pub(crate) fn exit_code(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    note(&format!("error: {}", chain(&*error)));
    ExitCode::FAILURE
}

/// Writes a line to standard error. If that is closed, nobody reads it, and the program goes on: it may be in the middle of a
/// change.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes to standard output. A reader that stops early, such as `head`, is not an error.
///
/// # Errors
///
/// Any other write error.
pub(crate) fn print(text: &str) -> Result<(), Box<dyn Error>> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
