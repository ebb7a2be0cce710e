//! Captures the board of a real GPU.

mod call;
mod error;
mod lists;
mod nvml;
mod profile_infos;
mod profiles;
mod reading;

use std::path::PathBuf;

use clap::Args;
use nvml_mig_sim::board_file::BoardFile;
use nvml_mig_sim::machine::{BoardRef, correct_instance_counts};

pub(super) use error::CaptureError;

use super::error::Error;
use nvml::Nvml;

/// Describe a GPU of this machine in a file, so that its board can be simulated elsewhere: `capture > board.json`
///
/// Reads names, IDs, memory, profiles and placements through the installed NVML library, and changes nothing. It needs
/// root, since nobody else may read placements. With driver 535 or older, MIG mode must be on. UUID, serial number and
/// PCI address of the GPU are left out.
///
/// NVML reports compute instance profiles only inside a GPU instance. Those of profiles without an instance are derived
/// by a rule and marked so; --add completes the file once there are other instances.
///
/// `run --gpu ./board.json` simulates the board, and `list-boards ./board.json` shows it.
#[derive(Debug, Args)]
pub(super) struct Capture {
    /// Index or UUID of the GPU
    #[arg(long, value_name = "INDEX|UUID", default_value = "0")]
    gpu: String,
    /// The NVML library; by default libnvidia-ml.so.1, as the dynamic linker finds it
    #[arg(long, value_name = "FILE")]
    library: Option<PathBuf>,
    /// Complete this file, an earlier capture of the same board, with the compute instance profiles that can be read
    /// now; the file itself stays as it is, and the result is printed
    #[arg(long, value_name = "FILE")]
    add: Option<PathBuf>,
}

impl Capture {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let nvml = Nvml::open(self.library.as_deref())?;
        let mut read = nvml.gpu(&self.gpu)?.board()?;
        correct_instance_counts(&mut read);
        let board = match &self.add {
            Some(path) => {
                let mut earlier = BoardFile::read(path)?;
                earlier.add(&read).map_err(CaptureError::OtherBoard)?;
                earlier
            }
            None => read,
        };
        let text = board.to_text().map_err(CaptureError::Unwritable)?;
        // The file is useful even if this version can't simulate the board.
        if let Err(flaw) = BoardRef::of_file(board) {
            eprintln!("nvml-mig-sim: this version can't simulate the board: {flaw}");
        }
        Ok(text)
    }
}
