//! Checks that a board from a file agrees with what is known about its kind of chip.

use crate::machine::occupancy::Occupancy;
use crate::machine::spans::{Chip, MissingSlot};
use nvml_mig_boards::board_file::BoardFlaw;
use nvml_mig_boards::catalogue::{Board, GpuInstanceProfile};

/// Checks placements and counts, whose figures are already known to be in bounds.
pub(super) fn check(board: &Board) -> Result<(), BoardFlaw> {
    board.profiles.iter().try_for_each(|profile| {
        let checked = check_placements(board, profile);
        let checked = checked.and_then(|()| check_count(board, profile));
        checked.map_err(|flaw| flaw.of(profile.name))
    })
}

/// The simulator places instances by the chip's spans, and reports the placements of the profile.
fn check_placements(board: &Board, profile: &GpuInstanceProfile) -> Result<(), BoardFlaw> {
    let starts = Chip::of(board, MissingSlot::Seven).starts(profile);
    if starts == profile.starts {
        return Ok(());
    }
    let (slices, size) = (board.memory_slices, profile.size);
    Err(BoardFlaw::new(format!(
        "placements {{{}}}:{size} are not those of a GPU with {slices} memory slices, {{{}}}:{size}",
        list(profile.starts),
        list(&starts),
    )))
}

/// Returns how many instances of a profile fit on an empty GPU, if its placements are those of its chip.
pub(super) fn fitting(board: &Board, profile: &GpuInstanceProfile) -> Option<u32> {
    let placed = check_placements(board, profile);
    placed.ok().map(|()| capacity(board, profile))
}

fn capacity(board: &Board, profile: &GpuInstanceProfile) -> u32 {
    let all = board.profiles.iter().max_by_key(|profile| profile.size);
    let chip = Chip::of(board, MissingSlot::Seven);
    let empty = Occupancy::empty(chip, all.map(|profile| profile.engines));
    empty.capacity(profile)
}

/// A client has room for as many handles as the profile's count.
fn check_count(board: &Board, profile: &GpuInstanceProfile) -> Result<(), BoardFlaw> {
    let (most, count) = (capacity(board, profile), profile.instances);
    if most <= count {
        return Ok(());
    }
    Err(BoardFlaw::new(format!(
        "instances is {count}, but {most} fit on an empty GPU"
    )))
}

fn list(starts: &[u32]) -> String {
    let starts: Vec<String> = starts.iter().map(ToString::to_string).collect();
    starts.join(",")
}
