//! Shared by all examples: selects the library and the GPU, and prints errors.
#![allow(dead_code, reason = "each example uses only a part of this module")]

pub(crate) mod drawing;
mod gpu_names;
pub(crate) mod readable;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nvml_mig::device::DeviceSelector;
use nvml_mig::node::DriverFiles;
use nvml_mig::sys::OpenError;
use nvml_mig::{AnyDevice, Device, Nvml};
/// Each error of nvml-mig prints only its own level.
pub(crate) use nvml_mig_sim::chain;
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, catalogue};

use readable::{Each, by_index};

/// The board of the simulated machine that stands in for a missing NVML library, unless `nvml-mig-sim` made it.
const STAND_IN: &str = "a30";

/// Command-line options of all examples.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The GPU, as an index, a UUID or the beginning of one, or a PCI address; separate several with commas
    #[arg(long, value_name = "GPU", value_delimiter = ',', global = true)]
    device: Vec<DeviceSelector>,
    /// Use a simulated GPU with this board, such as a30 or a100-sxm4-40gb; separate several with commas; no real GPU is
    /// touched
    #[arg(
        long,
        value_name = "BOARD",
        conflicts_with = "library",
        value_delimiter = ',',
        global = true
    )]
    simulate: Vec<String>,
    /// File in which the simulated machine is kept between runs
    #[arg(long, value_name = "FILE", requires = "simulate", global = true)]
    state: Option<PathBuf>,
    /// Use the NVML library at this path instead of the driver's
    #[arg(long, value_name = "PATH", global = true)]
    library: Option<PathBuf>,
    /// Fail on a machine without an NVML library, instead of using a simulated GPU
    #[arg(long, conflicts_with = "simulate", global = true)]
    real: bool,
}

/// An open library, and its simulator if it is simulated.
#[derive(Debug)]
pub(crate) struct Session {
    nvml: Nvml,
    simulated: Option<(Simulator, PathBuf)>,
}

impl Options {
    /// Opens the library that the options select. By default that is the driver's library, or a simulated GPU if there
    /// is none.
    ///
    /// # Errors
    ///
    /// Any error of an existing library: the simulated GPU is used only if no library is found.
    pub(crate) fn open(&self) -> Result<Session, Box<dyn Error>> {
        if !self.simulate.is_empty() {
            return self.simulate(&self.simulate);
        }
        if let Some(path) = &self.library {
            return Ok(Session::real(Nvml::init_from(path)?));
        }
        match Nvml::init() {
            Err(nvml_mig::Error::LibraryNotFound(error)) if !self.real => {
                let state = nvml_mig_sim::default_state_file()?;
                let reason = no_library(&error.error);
                start(&[STAND_IN.to_owned()], state, &reason)
            }
            opened => Ok(Session::real(opened?)),
        }
    }

    /// Each set of boards has a state file of its own.
    fn simulate(&self, boards: &[String]) -> Result<Session, Box<dyn Error>> {
        let all = boards.join("+");
        let state = match &self.state {
            Some(path) => path.clone(),
            None => nvml_mig_sim::default_state_file()?.with_file_name(format!("{all}.json")),
        };
        let labels: Vec<String> = boards.iter().map(|board| label(board)).collect();
        let what = format!("using a simulated {}", labels.join("+"));
        start(boards, state, &what)
    }

    /// Opens the library, runs the job, and returns its outcome as an exit code.
    pub(crate) fn run(&self, job: impl FnOnce(&Session) -> Result<(), Box<dyn Error>>) -> ExitCode {
        match self.open() {
            Ok(session) => session.finish(job(&session)),
            Err(error) => exit_code(Err(error)),
        }
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

    /// Returns the GPU that `--device` selects, by default the first that supports MIG.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if there is no such GPU, or an error if `--device` selects several, or a MIG device.
    pub(crate) fn device(&self, session: &Session) -> Result<Device, Box<dyn Error>> {
        gpu(self.any_device(session)?)
    }

    /// Returns the GPU or MIG device that `--device` selects, by default the first GPU that supports MIG. One that can't be
    /// opened may be it, so none behind it is taken.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if there is no such device, or an error if `--device` selects several.
    pub(crate) fn any_device(&self, session: &Session) -> Result<AnyDevice, Box<dyn Error>> {
        let nvml = &session.nvml;
        match self.device.as_slice() {
            [] => {
                let first = nvml.each_mig_capable_device()?.next();
                let first = first.map_or_else(|| nvml.device_by_index(0), |(_, device)| device);
                Ok(first.map(AnyDevice::Gpu)?)
            }
            [selector] => Ok(nvml.find_device(selector)?),
            _ => Err("--device must name only one GPU for this command".into()),
        }
    }

    /// Returns whether `--device` selects GPUs: then one that can't be read is a failure, although the others are shown.
    pub(crate) fn selects_gpus(&self) -> bool {
        !self.device.is_empty()
    }

    /// Checks that every GPU that `--device` selects could be read. The others were shown.
    ///
    /// # Errors
    ///
    /// A sentence that says so.
    pub(crate) fn check_selected(
        &self,
        refused: Option<&nvml_mig::Error>,
    ) -> Result<(), Box<dyn Error>> {
        if self.selects_gpus() && refused.is_some() {
            return Err("not all of the selected GPUs can be read".into());
        }
        Ok(())
    }

    /// Returns each GPU that `--device` selects, by default each of the machine, or why it can't be opened.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if NVML does not count the GPUs, or an error if `--device` selects a MIG device.
    pub(crate) fn each_device(&self, session: &Session) -> Result<Each<Device>, Box<dyn Error>> {
        if !self.selects_gpus() {
            return Ok(by_index(session.nvml.each_device()?));
        }
        let each = self.device.iter().map(|selector| {
            let text = selector.to_string();
            let is_uuid = text.starts_with("GPU-");
            let name = if is_uuid { text } else { format!("GPU {text}") };
            match session.nvml.find_device(selector) {
                Ok(device) => Ok((name, Ok(gpu(device)?))),
                Err(error) => Ok((name, Err(error))),
            }
        });
        each.collect()
    }

    /// Returns each GPU that `--device` selects, by default each one that supports MIG. If none that can be read supports
    /// it, all are returned, and what needs MIG fails.
    ///
    /// # Errors
    ///
    /// As [`each_device`](Self::each_device).
    pub(crate) fn each_mig_device(
        &self,
        session: &Session,
    ) -> Result<Each<Device>, Box<dyn Error>> {
        if !self.selects_gpus() {
            let capable = by_index(session.nvml.each_mig_capable_device()?);
            if capable.iter().any(|(_, device)| device.is_ok()) {
                return Ok(capable);
            }
        }
        self.each_device(session)
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
    let mut reason = "no NVML library on this machine: using a simulated machine".to_owned();
    if let OpenError::NotFound { elsewhere, .. } = error
        && let [file, ..] = elsewhere.as_slice()
    {
        reason = format!(
            "the dynamic linker finds no NVML library, but there is one at {0} (to use it: --library {0}): using a simulated \
             machine",
            file.display()
        );
    }
    reason
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

impl Session {
    /// Returns the open library.
    pub(crate) const fn nvml(&self) -> &Nvml {
        &self.nvml
    }

    /// Returns the state file of the simulated machine, or `None` for a real one.
    pub(crate) fn state(&self) -> Option<&Path> {
        let simulated = self.simulated.as_ref();
        simulated.map(|(_, state)| state.as_path())
    }

    fn real(nvml: Nvml) -> Self {
        let simulated = None;
        Self { nvml, simulated }
    }

    /// Prints the error, if any, and returns the exit code.
    fn finish(&self, outcome: Result<(), Box<dyn Error>>) -> ExitCode {
        let Err(error) = outcome else {
            return ExitCode::SUCCESS;
        };
        self.tell(&*error);
        ExitCode::FAILURE
    }

    /// For a real GPU that is in use, prints the processes that have the driver's device files open; without root, only those
    /// of this user.
    pub(crate) fn tell_users(&self) {
        if self.simulated.is_some() {
            return;
        }
        for user in DriverFiles::new().device_file_users().unwrap_or_default() {
            let paths: Vec<String> = user.paths.iter().map(|p| p.display().to_string()).collect();
            let (pid, name, paths) = (user.pid, user.name, paths.join(", "));
            note(&format!("note: process {pid} ({name}) has {paths} open"));
        }
    }

    /// Prints an error and, for a real GPU that is in use, who holds the driver's device files open.
    pub(crate) fn tell(&self, error: &(dyn Error + 'static)) {
        let text = self.gpu_names().in_text(&chain(error));
        note(&format!("error: {text}"));
        if is_in_use(error) {
            self.tell_users();
        }
        if let Some(state) = self.state() {
            note(&format!(
                "note: this GPU is simulated; delete {} to start over",
                state.display()
            ));
        }
    }
}

/// Returns whether NVML refused because something is in use.
fn is_in_use(error: &(dyn Error + 'static)) -> bool {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    let mut errors = chain.filter_map(|error| error.downcast_ref::<nvml_mig::Error>());
    errors.any(|error| error.code() == Some(nvml_mig::ReturnCode::InUse))
}
