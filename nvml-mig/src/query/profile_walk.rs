//! Enumerates profiles by number.

use crate::driver::call::Failure;
use crate::error::ReturnCode;

/// Limit for the enumeration, in case a driver never reports the end: nvml.h has 18 profiles of GPU instances and 9 of compute
/// instances. That there is one with the last number is implausible; `function` is the one that `query` calls.
const MOST_PROFILES: u32 = 64;

/// Returns all profiles for which `query` succeeds, from number 0 upwards: `NOT_SUPPORTED` is a gap, and
/// `INVALID_ARGUMENT` is the end (nvml.h). The count in nvml.h is not used, and numbers that are not `possible` are
/// skipped.
///
/// The result is cached as long as the library is open, so a transient failure must not hide a profile: a gap or the
/// end counts only if the query fails twice.
///
/// If there are only gaps, the driver may hide its profiles while MIG mode is off; the failure of the first query is
/// returned then.
pub(super) fn all<T>(
    function: &'static str,
    possible: impl Fn(u32) -> bool,
    query: impl Fn(u32) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut profiles = Vec::new();
    let mut first_hole = None;
    for number in (0..MOST_PROFILES).filter(|number| possible(*number)) {
        let answer = query(number).or_else(|first| {
            let is_hole = first.is(ReturnCode::NotSupported);
            match query(number) {
                Err(second) if is_hole && second.is(ReturnCode::InvalidArgument) => Err(first),
                answer => answer,
            }
        });
        match answer {
            Ok(_) if number + 1 == MOST_PROFILES => return Err(Failure::implausible(function)),
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
