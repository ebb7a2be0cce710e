//! Parses `--gpu BOARD|FILE[,mig=on|off][,missing-slot=3|7][,virtualization=none|pass-through|vgpu-guest|vgpu-host]
//! [,me-name=full|plain][,instance-count=N][,most-instances=N][,stale-mig-handles=on|off]`.

use std::path::Path;
use std::str::FromStr;

use nvml_mig_sim::catalogue::{self, Board, vgpu_hosts, vgpu_types};
use nvml_mig_sim::machine::BoardRef;
use nvml_mig_sim::{GpuSpec, MissingSlot, Virtualization};

use super::error::Error;

const KEYS: &str = "mig, missing-slot, virtualization, me-name, instance-count, most-instances, stale-mig-handles, \
     reserved-memory";

/// Settings of boards with MIG.
const OF_MIG: [&str; 5] = [
    "mig",
    "me-name",
    "instance-count",
    "most-instances",
    "stale-mig-handles",
];

/// Parses the GPU that an option describes.
pub(super) fn parse(option: &str) -> Result<GpuSpec, Error> {
    let mut pieces = pieces(option);
    let board = match pieces.next() {
        Some((_, key)) if !key.is_empty() => board(key)?,
        _ => return Err(wrong(option, 1, "a board is missing".to_owned())),
    };
    pieces.try_fold(GpuSpec::from(board), |gpu, (position, piece)| {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        apply(gpu, &board, key, value).map_err(|problem| match problem {
            Problem::Key(what) => wrong(option, position, what),
            Problem::Value(what) => wrong(option, position + key.chars().count() + 1, what),
        })
    })
}

/// Which part of a setting is wrong: its name or its value.
enum Problem {
    Key(String),
    Value(String),
}

fn apply(gpu: GpuSpec, board: &Board, key: &str, value: &str) -> Result<GpuSpec, Problem> {
    let either = |choices: &str| Problem::Value(format!("`{value}` is not one of {choices}"));
    match (key, value) {
        (key, _) if OF_MIG.contains(&key) && board.profiles.is_empty() => {
            Err(Problem::Key(format!("`{}` has no MIG", board.key)))
        }
        ("mig", "on") => Ok(gpu.mig(true)),
        ("mig", "off") => Ok(gpu.mig(false)),
        ("mig", _) => Err(either("on, off")),
        ("missing-slot", _) if board.memory_slices != 8 => {
            let what = format!(
                "`{}` has no missing slot; only boards with 8 memory slices have one",
                board.key
            );
            Err(Problem::Key(what))
        }
        ("missing-slot", "3") => Ok(gpu.missing_slot(MissingSlot::Three)),
        ("missing-slot", "7") => Ok(gpu.missing_slot(MissingSlot::Seven)),
        ("missing-slot", _) => Err(either("3, 7")),
        ("virtualization", "none") => Ok(gpu.virtualization(Virtualization::None)),
        ("virtualization", "pass-through") => Ok(gpu.virtualization(Virtualization::PassThrough)),
        ("virtualization", "vgpu-guest") => Ok(gpu.virtualization(Virtualization::VgpuGuest)),
        ("virtualization", "vgpu-host") if vgpu_types(board.key).is_none() => {
            Err(Problem::Value(format!(
                "the vGPU types of `{}` are not known; those of {} are",
                board.key,
                vgpu_boards()
            )))
        }
        ("virtualization", "vgpu-host") => Ok(gpu.virtualization(Virtualization::VgpuHost)),
        ("virtualization", _) => Err(either("none, pass-through, vgpu-guest, vgpu-host")),
        ("me-name", "full") => Ok(gpu.plain_media_names(false)),
        ("me-name", "plain") => Ok(gpu.plain_media_names(true)),
        ("me-name", _) => Err(either("full, plain")),
        ("instance-count", count) => Ok(gpu.reported_instance_count(number(count)?)),
        ("reserved-memory", mib) => Ok(gpu.reserved_memory_mib(number(mib)?)),
        ("most-instances", count) => Ok(gpu.most_gpu_instances(number(count)?)),
        ("stale-mig-handles", "on") => Ok(gpu.stale_mig_handles(true)),
        ("stale-mig-handles", "off") => Ok(gpu.stale_mig_handles(false)),
        ("stale-mig-handles", _) => Err(either("on, off")),
        _ => Err(Problem::Key(format!("`{key}` is not one of {KEYS}"))),
    }
}

/// The boards that can be vGPU hosts.
fn vgpu_boards() -> String {
    let keys: Vec<&str> = vgpu_hosts().iter().map(|types| types.board).collect();
    keys.join(" and ")
}

fn number<T: FromStr>(value: &str) -> Result<T, Problem> {
    let wrong = |_| Problem::Value(format!("`{value}` is not a count such as 8"));
    value.parse().map_err(wrong)
}

/// Returns the board with this key, or the board in this file: a text with a slash, or with the ending of board files,
/// is a path.
pub(super) fn board(key: &str) -> Result<BoardRef, Error> {
    if key.contains('/') || key.ends_with(".json") {
        return Ok(BoardRef::read(Path::new(key))?);
    }
    BoardRef::find(key).ok_or_else(|| Error::UnknownBoard {
        key: key.to_owned(),
        nearest: catalogue::nearest(key),
    })
}

/// Splits at commas; each piece comes with the position of its first character, counted from 1.
fn pieces(option: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 1;
    option.split(',').map(move |piece| {
        let position = next;
        next += piece.chars().count() + 1;
        (position, piece)
    })
}

fn wrong(option: &str, position: usize, problem: String) -> Error {
    Error::GpuOption {
        option: option.to_owned(),
        problem,
        position,
    }
}
