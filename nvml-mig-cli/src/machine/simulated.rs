//! Simulated GPUs instead of the machine's.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder, SimulatorError, catalogue};

use crate::console::{chain, note};
use crate::exit::Usage;

/// Options for simulated GPUs.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Machine and output")]
pub(crate) struct SimulationOptions {
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
}

/// A simulated machine.
#[derive(Debug)]
pub(crate) struct Simulation {
    simulator: Simulator,
    state: PathBuf,
}

impl SimulationOptions {
    pub(crate) fn is_wanted(&self) -> bool {
        !self.simulate.is_empty()
    }

    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if self.is_wanted() {
            arguments.extend(["--simulate".into(), self.simulate.join(",").into()]);
        }
        if let Some(state) = &self.state {
            arguments.extend(["--state".into(), state.into()]);
        }
        arguments
    }

    /// Starts the simulated machine, if one is wanted. Each set of boards has a state file of its own.
    ///
    /// # Errors
    ///
    /// Unknown boards, and a state file that can't be used.
    pub(crate) fn start(&self) -> Result<Option<Simulation>, Box<dyn Error>> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let all = self.simulate.join("+");
        let state = match &self.state {
            Some(path) => path.clone(),
            None => nvml_mig_sim::default_state_file()?.with_file_name(format!("{all}.json")),
        };
        let builder = Simulator::builder().state_file(&state);
        let gpus = self.simulate.iter().map(GpuSpec::new);
        let started = gpus.fold(builder, SimulatorBuilder::gpu).start();
        let simulator = started.map_err(wrong_board)?;
        let labels: Vec<String> = self.simulate.iter().map(|board| label(board)).collect();
        let (labels, file) = (labels.join("+"), state.display());
        note(&format!(
            "using a simulated {labels}; no real GPU is touched; its state is kept in {file}"
        ));
        Ok(Some(Simulation { simulator, state }))
    }
}

impl Simulation {
    pub(crate) fn library(&self) -> &Path {
        self.simulator.library_path()
    }

    /// A simulated machine has its own lock.
    pub(crate) fn lock_folder(&self) -> PathBuf {
        let mut folder = self.state.clone().into_os_string();
        folder.push(".apply");
        folder.into()
    }
}

/// A machine that nobody can describe so is the fault of the command line.
fn wrong_board(error: SimulatorError) -> Box<dyn Error> {
    match error {
        SimulatorError::UnknownBoard(error) => Usage(chain(&error)).into(),
        error => error.into(),
    }
}

/// Returns the key of a board, which says if figures of the board are derived.
fn label(board: &str) -> String {
    let provisional = catalogue::find(board).is_some_and(|board| board.provisional);
    let note = if provisional { " (provisional)" } else { "" };
    format!("{board}{note}")
}

#[cfg(test)]
mod tests {
    use super::SimulationOptions;
    use crate::exit::{Exit, code_of};

    #[test]
    fn an_unknown_board_is_a_wrong_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let options = SimulationOptions {
            simulate: vec!["a30".to_owned(), "b99".to_owned()],
            state: Some(folder.path().join("state.json")),
        };
        let error = options.start().unwrap_err();
        assert_eq!(code_of(&*error), Exit::Usage, "{error}");
        assert!(error.to_string().contains("unknown board `b99`"), "{error}");
        assert!(error.to_string().contains("a100-sxm4-40gb"), "{error}");
    }
}
