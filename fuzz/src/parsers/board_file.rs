//! Captured boards, and machines that have them.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use nvml_mig_sim::GpuSpec;
use nvml_mig_sim::board_file::BoardFile;
use nvml_mig_sim::machine::{HandleKind, Machine, MachineSpec};
use serde_json::json;

use crate::checks;

/// The simulator keeps each board as long as the process lives: more would be too much memory.
const MOST_BOARDS: usize = 20_000;

static BOARDS: AtomicUsize = AtomicUsize::new(0);

pub(super) fn parse(folder: &Path, bytes: &[u8]) -> Result<bool> {
    let path = folder.join("board.json");
    fs::write(&path, bytes)?;
    let board = match BoardFile::read(&path) {
        Ok(board) => board,
        Err(problem) => return checks::refused(&problem),
    };
    if let Err(flaw) = board.check() {
        return checks::refused(&flaw);
    }
    if BOARDS.fetch_add(1, Ordering::Relaxed) >= MOST_BOARDS {
        return Ok(false);
    }
    fs::write(&path, board.to_text()?)?;
    ensure!(
        BoardFile::read(&path)? == board,
        "{board:?} is read back as another"
    );
    match GpuSpec::from_board_file(&path) {
        Ok(gpu) => simulate(&gpu, &board),
        Err(problem) => checks::refused(&problem),
    }
}

/// As many instances as fit on a machine with this GPU, each with all compute instances that fit.
fn simulate(gpu: &GpuSpec, board: &BoardFile) -> Result<bool> {
    let mut spec = serde_json::to_value(MachineSpec::default())?;
    spec["gpus"] = json!([gpu]);
    let mut machine = match Machine::new(&serde_json::from_value(spec)?) {
        Ok(machine) => machine,
        Err(problem) => return checks::refused(&problem),
    };
    let gpu = machine.handle(HandleKind::Gpu, 0);
    for profile in &board.profiles {
        while let Ok(instance) = machine.create_gpu_instance(gpu, profile.id, None) {
            for inside in &profile.compute_profiles {
                while machine
                    .create_compute_instance(instance, inside.id, None)
                    .is_ok()
                {}
            }
            machine.check()?;
        }
    }
    Ok(true)
}
