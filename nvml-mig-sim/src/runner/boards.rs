//! Lists the boards that can be simulated.

use clap::Args;
use nvml_mig_sim::catalogue::{self, Board, GpuInstanceProfile, VgpuTypes};

use super::error::Error;
use super::gpu_option;

/// List the boards that can be simulated, or the profiles of one board and the sources of its figures
///
/// EVIDENCE is the source of a board's figures. `read`: read off real hardware; `except 4` means that 4 entries have
/// other sources. `inferred`: no table of this board was found, so that of a similar board is used. `alias`: the same,
/// because NVIDIA treats both boards alike. `provisional`: names, IDs, counts and placements are known, the other
/// figures are derived. `public`: taken from public output (GPUs without MIG). `list-boards BOARD` lists the source of
/// every figure.
#[derive(Debug, Args)]
pub(super) struct ListBoards {
    /// The board, such as a30, or the file of a board, such as ./board.json
    board: Option<String>,
}

impl ListBoards {
    pub(super) fn perform(&self) -> Result<String, Error> {
        match &self.board {
            Some(key) => Ok(details(&*gpu_option::board(key)?)),
            None => Ok(all()),
        }
    }
}

fn all() -> String {
    let head = row("BOARD", "MIB", "SLICES", "EVIDENCE", "NAME");
    let boards = catalogue::boards().iter();
    let rows = boards.chain(catalogue::boards_without_mig()).map(|board| {
        let (mib, slices) = (board.memory_mib.to_string(), slices(board));
        row(board.key, &mib, &slices, &evidence(board), board.name)
    });
    std::iter::once(head).chain(rows).collect()
}

fn slices(board: &Board) -> String {
    match board.memory_slices {
        0 => "no MIG".to_owned(),
        slices => slices.to_string(),
    }
}

fn evidence(board: &Board) -> String {
    let all = board.weak.iter().any(|weak| {
        weak.figure.starts_with("everything but") && weak.source.starts_with("inferred")
    });
    match board.weak.len() {
        _ if board.provisional => "provisional".to_owned(),
        _ if board.alias_of.is_some() => "alias".to_owned(),
        _ if all => "inferred".to_owned(),
        _ if board.profiles.is_empty() => "public".to_owned(),
        0 => "read".to_owned(),
        some => format!("read except {some}"),
    }
}

fn row(key: &str, mib: &str, slices: &str, evidence: &str, name: &str) -> String {
    format!("{key:<24} {mib:>6} {slices:>6}  {evidence:<13}  {name}\n")
}

fn details(board: &Board) -> String {
    let (name, mib, slices) = (board.name, board.memory_mib, board.memory_slices);
    if slices == 0 {
        return format!("{name}, {mib} MiB, without MIG\n");
    }
    let mut head = format!("{name}, {mib} MiB, {slices} memory slices\n");
    if let Some(other) = board.alias_of {
        head += &format!("Simulated like {other}\n");
    }
    if board.provisional {
        head +=
            "Provisional: no complete table of this board is known, and a rule derives figures\n";
    }
    head += "\n";
    let columns = "PROFILE                ID     MIB  SMS  MOST  PLACEMENTS\n".to_owned();
    let profiles = board.profiles.iter().map(profile);
    let weak = board.weak.iter();
    let weak = weak.map(|weak| format!("  {}: {}\n", weak.figure, weak.source));
    let title = match board.weak {
        [] => "\nAll figures were read off real hardware.\n",
        _ => "\nNot read off real hardware:\n",
    };
    let profiles = [head, columns].into_iter().chain(profiles);
    let all: String = profiles.chain([title.to_owned()]).chain(weak).collect();
    let of_host = catalogue::vgpu_types(board.key).map(vgpu_types);
    all + &of_host.unwrap_or_default()
}

/// What a board has as a vGPU host.
fn vgpu_types(all: &VgpuTypes) -> String {
    let head = "\nAs a vGPU host (virtualization=vgpu-host), without what has no source:\n";
    let columns = "VGPU TYPE       NUMBER     MIB  PROFILE ID  MOST\n";
    let rows = all.types.iter().map(|one| {
        let profile = one.gpu_instance_profile.map(|id| id.to_string());
        let profile = profile.unwrap_or_else(|| "no MIG".to_owned());
        let (name, number, mib, most) = (one.name, one.number, one.memory_mib, one.instances);
        format!("{name:<14} {number:>7} {mib:>7}  {profile:>10} {most:>5}\n")
    });
    let sources = all.sources.iter();
    let sources = sources.map(|weak| format!("  {}: {}\n", weak.figure, weak.source));
    let parts = [head.to_owned(), columns.to_owned()].into_iter();
    let parts = parts.chain(rows).chain(["\nSources:\n".to_owned()]);
    parts.chain(sources).collect()
}

fn profile(profile: &GpuInstanceProfile) -> String {
    let (name, id, mib) = (profile.name, profile.id, profile.memory_mib);
    let (sms, most, size) = (profile.multiprocessors, profile.instances, profile.size);
    let starts: Vec<String> = profile.starts.iter().map(ToString::to_string).collect();
    let starts = starts.join(",");
    format!("{name:<21} {id:>3} {mib:>7} {sms:>4} {most:>5}  {{{starts}}}:{size}\n")
}
