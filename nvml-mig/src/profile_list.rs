//! Lists of profiles, of a GPU or of a GPU instance.

use crate::call::Failure;
use crate::error::Error;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::profile_info::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
use crate::profile_name::ProfileName;
use crate::return_code::ReturnCode;

/// More profiles than any driver has; it stops the walk with a driver that never says where its list ends.
const MOST_PROFILES: u32 = 64;

/// All profiles that `query` answers for, from number 0 upwards: `NOT_SUPPORTED` is a hole and
/// `INVALID_ARGUMENT` is the end (nvml.h). The count that a header was compiled with is not asked.
///
/// With holes only, there may be profiles that the driver does not show while MIG mode is off: the failure of
/// the first one is the answer then.
pub(crate) fn all<T>(query: impl Fn(u32) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    let mut profiles = Vec::new();
    let mut first_hole = None;
    for number in 0..MOST_PROFILES {
        match query(number) {
            Ok(profile) => profiles.push(profile),
            Err(failure) if failure.is(ReturnCode::NotSupported) => {
                first_hole.get_or_insert(failure);
            }
            Err(failure) if failure.is(ReturnCode::InvalidArgument) && number > 0 => break,
            Err(failure) => return Err(failure),
        }
    }
    match first_hole {
        Some(failure) if profiles.is_empty() => Err(failure),
        _ => Ok(profiles),
    }
}

/// What both kinds of profile info have.
pub(crate) trait Listed {
    fn name(&self) -> &str;
    fn id(&self) -> u32;
}

impl Listed for GpuInstanceProfileInfo {
    fn name(&self) -> &str {
        &self.name
    }
    fn id(&self) -> u32 {
        let id: GpuInstanceProfileId = self.id;
        id.number()
    }
}

impl Listed for ComputeInstanceProfileInfo {
    fn name(&self) -> &str {
        &self.name
    }
    fn id(&self) -> u32 {
        let id: ComputeInstanceProfileId = self.id;
        id.number()
    }
}

/// The profile of this name; `of` is whose profiles they are, for the message.
pub(crate) fn by_name<T: Listed>(name: &str, profiles: Vec<T>, of: &str) -> Result<T, Error> {
    let bare = name.trim().strip_prefix("MIG ").unwrap_or(name.trim());
    let literal = profiles.iter().position(|profile| profile.name() == bare);
    let index = match literal {
        Some(index) => Some(index),
        None => {
            let wanted: ProfileName = bare.parse()?;
            let is_wanted = |profile: &T| {
                profile
                    .name()
                    .parse()
                    .is_ok_and(|name: ProfileName| name == wanted)
            };
            profiles.iter().position(is_wanted)
        }
    };
    match index {
        Some(index) => profiles
            .into_iter()
            .nth(index)
            .ok_or_else(|| Error::input(format!("no profile '{bare}'"))),
        None => Err(unknown(&format!("'{bare}'"), &profiles, of)),
    }
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
    let names: Vec<String> = profiles
        .iter()
        .map(|profile| format!("{} (id {})", profile.name(), profile.id()))
        .collect();
    names.join(", ")
}
