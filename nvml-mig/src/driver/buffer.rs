//! NVML's ways of filling a caller's buffer.

use core::ffi::{CStr, c_char};

use crate::driver::call::{Failure, Text};

/// More than any GPU has of anything in this crate: a driver's nonsense must not become a huge allocation.
pub(crate) const MOST: u32 = 4096;

/// Elements that no list should need.
const SLACK: usize = 16;

/// Fills a list by the protocol of the queries of instances and placements: NVML never asks how long the buffer is and
/// writes all that there are, so `capacity` must be at least as many as can exist (nvml.h). A driver that writes more,
/// or longer elements, stays within the buffer, and what it says it wrote is never believed beyond `capacity`.
pub(crate) fn unsized_list<T: Clone>(
    capacity: u32,
    empty: T,
    query: impl FnOnce(&mut [T], &mut u32) -> Result<(), Failure>,
) -> Result<Vec<T>, Failure> {
    let mut count = capacity.min(MOST);
    let capacity = length(count);
    let mut buffer = vec![empty; 2 * capacity + SLACK];
    query(&mut buffer, &mut count)?;
    buffer.truncate(length(count).min(capacity));
    Ok(buffer)
}

/// Reads a text that NVML writes into a buffer of `N` characters. It is copied once.
#[inline]
pub(crate) fn text<const N: usize>(
    query: impl FnOnce(Text<'_>, u32) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let mut buffer = [0; N];
    let length = u32::try_from(N).unwrap_or(u32::MAX);
    query(Text(&mut buffer), length)?;
    Ok(owned(&buffer))
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

/// A count of NVML as a length. Where it would not fit, on 16-bit targets, there is no NVML.
pub(crate) fn length(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
