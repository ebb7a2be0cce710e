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

#[cfg(test)]
mod tests {
    use super::{LIMIT, id, placement};

    const FUNCTION: &str = "nvmlGpuInstanceGetInfo";

    #[test]
    fn ids_and_placements_that_no_gpu_has_are_refused() {
        assert_eq!(id(FUNCTION, LIMIT - 1).ok(), Some(LIMIT - 1));
        for wrong in [LIMIT, u32::MAX - 1, u32::MAX] {
            assert!(id(FUNCTION, wrong).is_err(), "{wrong}");
        }
        assert!(placement(FUNCTION, (LIMIT - 1, LIMIT), false).is_ok());
        assert!(placement(FUNCTION, (0, 0), true).is_ok());
        for wrong in [(LIMIT, 1), (0, LIMIT + 1), (u32::MAX, u32::MAX), (0, 0)] {
            assert!(placement(FUNCTION, wrong, false).is_err(), "{wrong:?}");
        }
    }
}
