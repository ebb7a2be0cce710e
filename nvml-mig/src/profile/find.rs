//! Finds profiles in the list of a GPU or a GPU instance.

use super::listed::Listed;
use super::nearest::nearest;
use super::rounding;
use super::{ProfileName, ReportedName};
use crate::error::{ListedProfile, ProfileError};

/// Finds a profile by the text of its name; `owner` names the owner of the profiles in errors.
///
/// The driver's own text is compared first, so that names that this crate can't parse are found too.
pub(crate) fn by_text<T: Listed>(
    text: &str,
    mut profiles: Vec<T>,
    owner: &str,
) -> Result<T, ProfileError> {
    let bare = text.trim().strip_prefix("MIG ").unwrap_or(text.trim());
    match profiles.iter().position(|profile| profile.name() == bare) {
        Some(index) => Ok(profiles.swap_remove(index)),
        None => by_name(bare.parse()?, profiles, owner),
    }
}

/// Finds a profile by its parsed name; `owner` names the owner of the profiles in errors.
///
/// Slices and attributes must be the same. The memory may be rounded as by another driver, see [`rounding`]. The smaller of
/// two compute instances of a 1g is the only one if it has no other.
pub(crate) fn by_name<T: Listed>(
    name: ProfileName,
    mut profiles: Vec<T>,
    owner: &str,
) -> Result<T, ProfileError> {
    let found = match position(name, &profiles)? {
        None if name.smaller => position(name.gpu_instance(), &profiles)?,
        found => found,
    };
    match found {
        Some(index) if index < profiles.len() => Ok(profiles.swap_remove(index)),
        _ => Err(not_named(name, &profiles, owner)),
    }
}

/// Returns the position of the profile that `wanted` selects; `None` if there is none.
fn position<T: Listed>(wanted: ProfileName, profiles: &[T]) -> Result<Option<usize>, ProfileError> {
    let is_exact = |profile: &T| profile.name().parsed() == Some(wanted);
    if let Some(exact) = profiles.iter().position(is_exact) {
        return Ok(Some(exact));
    }
    match rounding::positions(wanted, profiles).as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => Err(ambiguous(
            wanted,
            several.iter().filter_map(|index| profiles.get(*index)),
        )),
    }
}

fn ambiguous<'a, T: Listed + 'a>(
    wanted: ProfileName,
    candidates: impl Iterator<Item = &'a T>,
) -> ProfileError {
    ProfileError::Ambiguous {
        wanted: wanted.to_string(),
        candidates: candidates.map(listed).collect(),
    }
}

/// The error for a profile that `owner` lacks, with those that it has.
pub(crate) fn not_found<T: Listed>(wanted: &str, profiles: &[T], owner: &str) -> ProfileError {
    ProfileError::NotFound {
        owner: owner.to_owned(),
        wanted: wanted.to_owned(),
        available: profiles.iter().map(listed).collect(),
        nearest: Vec::new(),
    }
}

/// The same for a name, with the profiles that may have been meant.
fn not_named<T: Listed>(wanted: ProfileName, profiles: &[T], owner: &str) -> ProfileError {
    ProfileError::NotFound {
        owner: owner.to_owned(),
        wanted: format!("'{wanted}'"),
        available: profiles.iter().map(listed).collect(),
        nearest: nearest(wanted, profiles).into_iter().map(listed).collect(),
    }
}

/// Such as `1g.6gb (id 14), 2g.12gb (id 5)`.
pub(crate) fn names<T: Listed>(profiles: &[T]) -> String {
    let names: Vec<String> = profiles.iter().map(describe).collect();
    names.join(", ")
}

fn listed<T: Listed>(profile: &T) -> ListedProfile {
    ListedProfile::new(profile.name().as_str(), profile.id())
}

/// Such as `1g.6gb (id 14)`.
pub(crate) fn describe<T: Listed>(profile: &T) -> String {
    listed(profile).to_string()
}

/// The same by id; without the name if the profile is not in the list.
pub(crate) fn describe_id<T: Listed>(id: T::Id, profiles: &[T]) -> String {
    let listed = profiles.iter().find(|profile| profile.id() == id);
    listed.map_or_else(|| format!("id {id}"), describe)
}

/// Returns only the name, or text such as `id 5` if the profile is not in the list.
pub(crate) fn name_of_id<T: Listed>(id: T::Id, profiles: &[T]) -> ReportedName {
    let listed = profiles.iter().find(|profile| profile.id() == id);
    listed.map_or_else(
        || format!("id {id}").into(),
        |profile| profile.name().clone(),
    )
}
