//! MIG devices that still exist.

use crate::driver::call::still_there;
use crate::error::Error;
use crate::query::MigDevice;

/// Whether a MIG device was destroyed, which other processes may do at any time.
pub(super) fn is_gone(device: &MigDevice) -> bool {
    still_there(device.gpu_instance_id_or_failure()).is_none()
}

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
            Err(error) if is_gone(device) => gone = gone.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match gone {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}
