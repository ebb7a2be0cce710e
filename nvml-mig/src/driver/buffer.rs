//! NVML's ways of filling a caller's buffer.

use core::ffi::{CStr, c_char};

use crate::driver::call::{Failure, Text};
use crate::error::ReturnCode;

/// Maximum length of any list. Processes are the longest: a GPU with 4096 is not known, and each takes 64 bytes here. It keeps
/// an absurd count from causing a huge allocation.
pub(crate) const MOST: u32 = 4096;

/// Maximum number of attempts if a list keeps growing.
const CHANGES: u32 = 10;

/// Additional elements at the end of a buffer, in case a driver writes too many.
const SLACK: usize = 16;

/// Fills a list as the queries of instances and placements require: NVML does not take the length of the buffer and
/// writes all elements, so `capacity` must be at least the maximum number of elements (nvml.h). The buffer has spare
/// room for a driver that writes more or longer elements. A count above `capacity`, which no GPU has, is implausible;
/// `function` is the one that `query` calls.
pub(crate) fn unsized_list<T: Clone>(
    function: &'static str,
    capacity: u32,
    empty: T,
    query: impl FnOnce(&mut [T], &mut u32) -> Result<(), Failure>,
) -> Result<Vec<T>, Failure> {
    let mut count = capacity.min(MOST);
    let capacity = length(count);
    let mut buffer = vec![empty; 2 * capacity + SLACK];
    query(&mut buffer, &mut count)?;
    if length(count) > capacity {
        return Err(Failure::implausible(function));
    }
    buffer.truncate(length(count));
    Ok(buffer)
}

/// Fills a list of numbers as the queries of vGPUs require: NVML takes the length of the buffer, and refuses one that is too
/// short with the length that it needs. `query` gets the buffer, and the length, in whose place it puts the number of elements.
/// A number above the length is implausible; `function` is the one that `query` calls.
pub(crate) fn sized_list(
    function: &'static str,
    capacity: u32,
    mut query: impl FnMut(&mut [u32], &mut u32) -> Result<(), Failure>,
) -> Result<Vec<u32>, Failure> {
    let mut capacity = capacity;
    let mut answer = Err(Failure::implausible(function));
    for _ in 0..CHANGES {
        let mut buffer = vec![0; 2 * length(capacity) + SLACK];
        let mut count = capacity;
        answer = query(&mut buffer, &mut count);
        match answer {
            Ok(()) if count <= capacity => {
                buffer.truncate(length(count));
                return Ok(buffer);
            }
            Err(failure) if !failure.is(ReturnCode::InsufficientSize) => return Err(failure),
            Err(_) if count > capacity && count <= MOST => capacity = count,
            _ => return Err(Failure::implausible(function)),
        }
    }
    answer.and(Err(Failure::implausible(function)))
}

/// Reads a text that NVML writes into a buffer of `N` characters. It is copied once. The buffer has spare room for a driver
/// that writes more.
#[inline]
pub(crate) fn text<const N: usize>(
    query: impl FnOnce(Text<'_>, u32) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let mut buffer = [[0; N]; 2];
    let length = u32::try_from(N).unwrap_or(u32::MAX);
    query(Text(buffer.as_flattened_mut()), length)?;
    let [text, _] = &buffer;
    Ok(owned(text))
}

/// The text in a buffer up to its NUL, or all of it if there is none.
fn owned(buffer: &[u8]) -> String {
    let bytes = CStr::from_bytes_until_nul(buffer).map_or(buffer, CStr::to_bytes);
    match core::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The text in a C array up to its NUL, or all of it if there is none.
pub(crate) fn string(characters: &[c_char]) -> String {
    let bytes = characters
        .iter()
        .map(|character| character.to_ne_bytes()[0]);
    owned(&bytes.collect::<Vec<u8>>())
}

/// Converts a count from NVML to a length. It always fits: NVML does not exist for 16-bit targets.
pub(crate) fn length(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{CHANGES, MOST, sized_list, unsized_list};
    use crate::driver::call::Failure;
    use crate::error::ReturnCode;

    const FUNCTION: &str = "nvmlGpuInstanceGetCreatableVgpus";

    /// The number of elements, for a driver that says so many.
    fn taken(capacity: u32, said: u32) -> Option<usize> {
        let list = unsized_list("nvmlDeviceGetGpuInstances", capacity, 0, |_, count| {
            *count = said;
            Ok(())
        });
        list.ok().map(|list| list.len())
    }

    #[test]
    fn a_count_above_the_buffer_is_not_believed() {
        assert_eq!(taken(7, 0), Some(0));
        assert_eq!(taken(7, 7), Some(7));
        for said in [8, 14, 31, u32::MAX] {
            assert_eq!(taken(7, said), None, "{said}");
        }
    }

    const fn refused(code: ReturnCode) -> Failure {
        Failure {
            function: FUNCTION,
            code,
        }
    }

    /// The elements, or the code, for a driver that has so many, by turns; how often it was asked.
    fn asked(has: impl Fn(u32) -> u32) -> (Result<Vec<u32>, ReturnCode>, u32) {
        let mut turn = 0;
        let list = sized_list(FUNCTION, 2, |buffer, count| {
            let needed = has(turn);
            turn += 1;
            let fits = needed <= *count;
            *count = needed;
            buffer.fill(7);
            fits.then_some(())
                .ok_or(refused(ReturnCode::InsufficientSize))
        });
        (list.map_err(|failure| failure.code), turn)
    }

    #[test]
    fn a_list_that_is_longer_is_asked_for_again() {
        assert_eq!(asked(|_| 2), (Ok(vec![7; 2]), 1));
        assert_eq!(asked(|_| 5), (Ok(vec![7; 5]), 2));
        assert_eq!(asked(|turn| 5 - turn), (Ok(vec![7; 4]), 2));
        assert_eq!(asked(|turn| 3 + turn.min(3)), (Ok(vec![7; 6]), 5));
        assert_eq!(asked(|_| MOST), (Ok(vec![7; 4096]), 2));
        assert_eq!(
            asked(|turn| 3 + turn),
            (Err(ReturnCode::InsufficientSize), CHANGES)
        );
    }

    #[test]
    fn a_length_that_no_list_has_is_not_believed() {
        assert_eq!(asked(|_| MOST + 1), (Err(ReturnCode::Success), 1));
        assert_eq!(asked(|_| u32::MAX), (Err(ReturnCode::Success), 1));
    }

    #[test]
    fn a_driver_that_contradicts_itself_is_not_asked_again() {
        let mut turns = 0;
        let mut ask = |said: u32, answer: Result<(), Failure>| {
            let list = sized_list(FUNCTION, 2, |_, count| {
                turns += 1;
                *count = said;
                answer
            });
            list.map_err(|failure| failure.code)
        };
        // More than the buffer has, with success; and too short a buffer, though it has as much as is needed.
        assert_eq!(ask(3, Ok(())), Err(ReturnCode::Success));
        let too_short = Err(refused(ReturnCode::InsufficientSize));
        assert_eq!(ask(2, too_short), Err(ReturnCode::Success));
        let no_permission = Err(refused(ReturnCode::NoPermission));
        assert_eq!(ask(9, no_permission), Err(ReturnCode::NoPermission));
        assert_eq!(turns, 3);
    }
}
