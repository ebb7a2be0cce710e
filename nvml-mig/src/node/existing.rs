//! MIG devices that still exist.

use crate::error::Error;
use crate::query::MigDevice;

/// Reads something of each MIG device and leaves out those that no longer exist.
///
/// # Errors
///
/// The first of a device that exists; that of one that is gone if no other is left.
pub(super) fn read_each<'a, T>(
    devices: impl IntoIterator<Item = &'a MigDevice>,
    read: impl Fn(&MigDevice) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let (mut found, mut gone) = (Vec::new(), None);
    for device in devices {
        match read(device) {
            Ok(item) => found.push(item),
            Err(error) if device.is_gone() => gone = gone.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match gone {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}
