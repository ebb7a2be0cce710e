//! Lists the boards that can be simulated.

use clap::Args;
use nvml_mig_sim::catalogue::{self, Board, GpuInstanceProfile, Weak};

use super::error::Error;
use super::gpu_option;

/// List the boards that can be simulated, or the profiles of one board and the sources of its figures
///
/// EVIDENCE rates a board's figures: `read`: all were read off real hardware; `weak`: some were not; `inferred`: almost
/// none were. `list-boards BOARD` gives the details.
#[derive(Debug, Args)]
pub(super) struct ListBoards {
    /// The board, such as a30
    board: Option<String>,
}

impl ListBoards {
    pub(super) fn perform(&self) -> Result<String, Error> {
        match &self.board {
            Some(key) => Ok(details(gpu_option::board(key)?)),
            None => Ok(all()),
        }
    }
}

fn all() -> String {
    let head = row("BOARD", "MIB", "SLICES", "EVIDENCE", "NAME");
    let boards = catalogue::boards().iter();
    let rows = boards.chain(catalogue::boards_without_mig()).map(|board| {
        let (mib, slices) = (board.memory_mib.to_string(), slices(board));
        row(board.key, &mib, &slices, evidence(board), board.name)
    });
    std::iter::once(head).chain(rows).collect()
}

fn slices(board: &Board) -> String {
    match board.memory_slices {
        0 => "no MIG".to_owned(),
        slices => slices.to_string(),
    }
}

fn evidence(board: &Board) -> &'static str {
    let all = |weak: &Weak| {
        weak.figure.starts_with("everything but") && weak.source.starts_with("inferred")
    };
    match board.weak {
        [] => "read",
        weak if weak.iter().any(all) => "inferred",
        _ => "weak",
    }
}

fn row(key: &str, mib: &str, slices: &str, evidence: &str, name: &str) -> String {
    format!("{key:<24} {mib:>6} {slices:>6}  {evidence:<8}  {name}\n")
}

fn details(board: &Board) -> String {
    let (name, mib, slices) = (board.name, board.memory_mib, board.memory_slices);
    if slices == 0 {
        return format!("{name}, {mib} MiB, without MIG\n");
    }
    let head = format!("{name}, {mib} MiB, {slices} memory slices\n\n");
    let columns = "PROFILE                ID     MIB  SMS  MOST  PLACEMENTS\n".to_owned();
    let profiles = board.profiles.iter().map(profile);
    let weak = board.weak.iter();
    let weak = weak.map(|weak| format!("  {}: {}\n", weak.figure, weak.source));
    let title = match board.weak {
        [] => "\nAll figures were read off real hardware.\n",
        _ => "\nNot read off real hardware:\n",
    };
    let profiles = [head, columns].into_iter().chain(profiles);
    profiles.chain([title.to_owned()]).chain(weak).collect()
}

fn profile(profile: &GpuInstanceProfile) -> String {
    let (name, id, mib) = (profile.name, profile.id, profile.memory_mib);
    let (sms, most, size) = (profile.multiprocessors, profile.instances, profile.size);
    let starts: Vec<String> = profile.starts.iter().map(ToString::to_string).collect();
    let starts = starts.join(",");
    format!("{name:<21} {id:>3} {mib:>7} {sms:>4} {most:>5}  {{{starts}}}:{size}\n")
}
