//! Instance counts that a driver has reported wrongly, as some drivers for the A30 do.

use super::board_ref::BoardRef;
use super::chip_check;
use nvml_mig_boards::board_file::{BoardFile, ProfileEntry};

/// Replaces counts that are impossible by the number of instances that fit on an empty GPU, and notes what the driver
/// reported. With a lower count the board could not be simulated: clients allocate room for as many handles.
pub fn correct_instance_counts(file: &mut BoardFile) {
    let fitting = fitting(file);
    for (profile, most) in file.profiles.iter_mut().zip(fitting) {
        let Some(most) = most.filter(|&most| !is_possible(profile, most)) else {
            continue;
        };
        let figure = format!("{}: instances", profile.name);
        let why = format!(
            "derived: {most} fit on an empty GPU; NVML reports {}",
            profile.instances
        );
        profile.instances = most;
        file.evidence.derive(&figure, &why);
    }
}

/// Returns how many instances of each profile fit. A profile whose placements are not those of a known chip has `None`,
/// and so has every profile of a board with other flaws.
fn fitting(file: &BoardFile) -> Vec<Option<u32>> {
    let mut file = file.clone();
    for profile in &mut file.profiles {
        profile.instances = 1;
    }
    let Ok(board) = BoardRef::unchecked(file) else {
        return Vec::new();
    };
    let profiles = board.profiles.iter();
    let counts = profiles.map(|profile| chip_check::fitting(board, profile));
    counts.collect()
}

/// Each instance has a placement of its own, but not all placements can be used at once.
fn is_possible(profile: &ProfileEntry, most: u32) -> bool {
    let placements = profile.placements.starts.len();
    profile.instances >= most && profile.instances as usize <= placements
}
