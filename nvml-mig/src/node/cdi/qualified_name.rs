//! Which names CDI allows.

use crate::error::Error;

/// Vendor and class of a kind that CDI allows: `nvidia.com` and `gpu`.
pub(super) fn vendor_and_class(kind: &str) -> Result<(&str, &str), Error> {
    match kind.split_once('/') {
        Some((vendor, class)) if is_label(vendor, 253) && is_label(class, 63) => {
            Ok((vendor, class))
        }
        _ => Err(Error::input(format!(
            "'{kind}' is no CDI kind: it must be like 'nvidia.com/gpu', of two parts that begin with a letter, end \
             with a letter or digit and have only these and '_', '-', '.'"
        ))),
    }
}

fn is_label(label: &str, most: usize) -> bool {
    label.len() <= most
        && label.starts_with(|first: char| first.is_ascii_alphabetic())
        && label.ends_with(|last: char| last.is_ascii_alphanumeric())
        && label
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Refuses a device name that CDI does not allow, as are the MIG UUIDs of drivers before R470:
/// `MIG-GPU-<uuid>/1/0`.
pub(super) fn check_device(name: &str) -> Result<(), Error> {
    let is_end = |end: char| end.is_ascii_alphanumeric();
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    if name.starts_with(is_end) && name.ends_with(is_end) && name.chars().all(is_inside) {
        return Ok(());
    }
    Err(Error::input(format!(
        "'{name}' can't be the name of a CDI device, which has only letters, digits and '_', '-', '.', ':'; drivers \
         before R470 write UUIDs of MIG devices with '/': take `CdiDeviceNames::Index` with them"
    )))
}
