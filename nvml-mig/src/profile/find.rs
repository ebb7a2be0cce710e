//! Lists of profiles, of a GPU or of a GPU instance.

use core::fmt;

use super::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo, ProfileName};
use crate::error::Error;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};

/// What both kinds of profile info have.
pub(crate) trait Listed {
    type Id: Copy + Eq + fmt::Display;
    fn name(&self) -> &str;
    fn id(&self) -> Self::Id;
}

impl Listed for GpuInstanceProfileInfo {
    type Id = GpuInstanceProfileId;
    fn name(&self) -> &str {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
}

impl Listed for ComputeInstanceProfileInfo {
    type Id = ComputeInstanceProfileId;
    fn name(&self) -> &str {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
}

/// The profile of this name; `of` is whose profiles they are, for the message.
///
/// The driver's own name counts first. Else slices and attributes must be the same, and the memory may be what
/// another driver rounds it to: 3g.39gb and 3g.40gb are the same profile on an A100 of 80 GB.
pub(crate) fn by_name<T: Listed>(name: &str, mut profiles: Vec<T>, of: &str) -> Result<T, Error> {
    let bare = name.trim().strip_prefix("MIG ").unwrap_or(name.trim());
    let literal = profiles.iter().position(|profile| profile.name() == bare);
    let index = literal.map_or_else(
        || lenient_position(bare, &profiles),
        |index| Ok(Some(index)),
    )?;
    match index {
        Some(index) if index < profiles.len() => Ok(profiles.swap_remove(index)),
        _ => Err(unknown(&format!("'{bare}'"), &profiles, of)),
    }
}

/// The one profile that `bare` may mean up to rounding; `None` if there is none.
fn lenient_position<T: Listed>(bare: &str, profiles: &[T]) -> Result<Option<usize>, Error> {
    let wanted: ProfileName = bare.parse()?;
    let distance = |profile: &T| {
        let name: ProfileName = profile.name().parse().ok()?;
        let near =
            name.matches_but_for_memory(wanted) && is_rounding(name.memory_gb, wanted.memory_gb);
        near.then(|| name.memory_gb.abs_diff(wanted.memory_gb))
    };
    let near: Vec<(usize, u32)> = profiles
        .iter()
        .enumerate()
        .filter_map(|(index, profile)| Some((index, distance(profile)?)))
        .collect();
    let nearest = near.iter().map(|(_, distance)| *distance).min();
    let candidates: Vec<usize> = near
        .iter()
        .filter(|(_, distance)| Some(*distance) == nearest)
        .map(|(index, _)| *index)
        .collect();
    match candidates.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => Err(ambiguous(
            bare,
            several.iter().filter_map(|index| profiles.get(*index)),
        )),
    }
}

/// Whether two drivers may print one amount of memory as these two, which differ by a tenth at most.
const fn is_rounding(one: u32, other: u32) -> bool {
    one.abs_diff(other) as u64 * 10 <= one as u64
}

fn ambiguous<'a, T: Listed + 'a>(bare: &str, candidates: impl Iterator<Item = &'a T>) -> Error {
    let candidates: Vec<String> = candidates.map(describe).collect();
    Error::input(format!(
        "'{bare}' may mean {}: write one of these",
        candidates.join(" or ")
    ))
}

/// The error for a profile that is not there, with those that are.
pub(crate) fn unknown<T: Listed>(wanted: &str, profiles: &[T], of: &str) -> Error {
    Error::input(format!(
        "this {of} has no profile {wanted}; it has {}",
        names(profiles)
    ))
}

/// Such as `1g.6gb (id 14), 2g.12gb (id 5)`.
pub(crate) fn names<T: Listed>(profiles: &[T]) -> String {
    let names: Vec<String> = profiles.iter().map(describe).collect();
    names.join(", ")
}

/// Such as `1g.6gb (id 14)`.
fn describe<T: Listed>(profile: &T) -> String {
    format!("{} (id {})", profile.name(), profile.id())
}

/// The same by its id; without the name where it is not among the profiles.
pub(crate) fn describe_id<T: Listed>(id: T::Id, profiles: &[T]) -> String {
    let listed = profiles.iter().find(|profile| profile.id() == id);
    listed.map_or_else(|| format!("id {id}"), describe)
}

/// Its name alone; `id 5` where it is not among the profiles.
pub(crate) fn name_of_id<T: Listed>(id: T::Id, profiles: &[T]) -> String {
    let listed = profiles.iter().find(|profile| profile.id() == id);
    listed.map_or_else(|| format!("id {id}"), |profile| profile.name().to_owned())
}
