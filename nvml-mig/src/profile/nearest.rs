//! Suggests profiles for a name that none has.

use super::ProfileName;
use super::listed::Listed;

/// Maximum number of suggestions.
const MOST: usize = 2;

/// Returns the profiles that are nearest to a name: those with the same slices and attributes, otherwise those with the same
/// slices, otherwise those with the same attributes; those with the nearest memory first. None if it has nothing in common
/// with any.
pub(super) fn nearest<T: Listed>(wanted: ProfileName, profiles: &[T]) -> Vec<&T> {
    let ranked = profiles.iter().filter_map(|profile| {
        let name = profile.name().parsed()?;
        Some((rank(wanted, name)?, difference(wanted, name), profile))
    });
    let mut ranked: Vec<(u32, (u32, u32), &T)> = ranked.collect();
    ranked.sort_by_key(|(rank, difference, _)| (*rank, *difference));
    let best = ranked.first().map(|(rank, ..)| *rank);
    let nearest = ranked
        .into_iter()
        .filter(|(rank, ..)| Some(*rank) == best)
        .map(|(.., profile)| profile);
    nearest.take(MOST).collect()
}

/// Less is nearer.
fn rank(wanted: ProfileName, name: ProfileName) -> Option<u32> {
    let slices = |name: ProfileName| (name.compute_slices, name.gpu_slices);
    let attributes = |name: ProfileName| (name.media, name.graphics);
    match (
        slices(wanted) == slices(name),
        attributes(wanted) == attributes(name),
    ) {
        (true, true) => Some(0),
        (true, false) => Some(1),
        (false, true) => Some(2),
        (false, false) => None,
    }
}

/// By memory, then by slices.
const fn difference(wanted: ProfileName, name: ProfileName) -> (u32, u32) {
    (
        wanted.memory_gb.abs_diff(name.memory_gb),
        wanted.gpu_slices.abs_diff(name.gpu_slices),
    )
}
