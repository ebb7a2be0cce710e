//! The file from which a function was loaded.

use std::fs;
use std::path::PathBuf;

/// Returns the file that is mapped at an address of this process, as Linux lists it in /proc/self/maps.
pub(crate) fn of_address(address: usize) -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps
        .lines()
        .find(|line| covers(line, address) == Some(true))?;
    // Five columns precede the path, which may contain spaces.
    let (_, path) = line.split_once('/')?;
    Some(PathBuf::from(format!("/{path}")))
}

/// Whether a line such as `7f0a4000-7f0a5000 r-xp 00001000 fe:00 1234 /usr/lib/libc.so.6` covers the address.
fn covers(line: &str, address: usize) -> Option<bool> {
    let (range, _) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let hexadecimal = |text| usize::from_str_radix(text, 16).ok();
    Some((hexadecimal(start)?..hexadecimal(end)?).contains(&address))
}
