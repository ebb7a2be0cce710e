//! The walk through the numbers of profiles.

use crate::driver::call::Failure;
use crate::error::ReturnCode;

/// More profiles than any driver has; it stops the walk with a driver that never says where its list ends.
const MOST_PROFILES: u32 = 64;

/// All profiles that `query` answers for, from number 0 upwards: `NOT_SUPPORTED` is a hole and
/// `INVALID_ARGUMENT` is the end (nvml.h). The count that a header was compiled with is not asked, nor a number whose
/// profile is not `possible`.
///
/// What this gives is kept as long as the library is open, and a refusal that came only once must not hide a profile. So
/// the end and a hole are believed when they are said twice.
///
/// With holes only, there may be profiles that the driver does not show while MIG mode is off: the failure of
/// the first one is the answer then.
pub(super) fn all<T>(
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
