//! What no GPU has: an answer with such a figure is not used.

use crate::driver::call::Failure;

/// Limit for ids and slices, far above what any GPU has: the highest known id is 14, and no GPU has more than 8 slices.
const LIMIT: u32 = 64;

/// Fails if an answer of this function has an id that no instance has.
pub(super) fn id(function: &'static str, id: u32) -> Result<u32, Failure> {
    if id < LIMIT {
        Ok(id)
    } else {
        Err(Failure::implausible(function))
    }
}

/// Fails if an answer of this function has a placement that no GPU has. Its size may be 0 only where `or_empty` says so.
pub(super) fn placement(
    function: &'static str,
    (start, size): (u32, u32),
    or_empty: bool,
) -> Result<(), Failure> {
    let is_possible = start < LIMIT && size <= LIMIT && (size > 0 || or_empty);
    if is_possible {
        Ok(())
    } else {
        Err(Failure::implausible(function))
    }
}
