//! Checks names by the rules of CDI.

use super::cdi_error::CdiError;

/// Splits a valid kind such as `nvidia.com/gpu` into vendor and class.
pub(super) fn vendor_and_class(kind: &str) -> Result<(&str, &str), CdiError> {
    match kind.split_once('/') {
        Some((vendor, class)) if is_label(vendor, 253) && is_label(class, 63) => {
            Ok((vendor, class))
        }
        _ => Err(CdiError::Kind {
            kind: kind.to_owned(),
        }),
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

/// Rejects device names that CDI does not allow, such as the MIG UUIDs of drivers before R470,
/// `MIG-GPU-<uuid>/1/0`.
pub(super) fn check_device(name: &str) -> Result<(), CdiError> {
    let is_end = |end: char| end.is_ascii_alphanumeric();
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    if name.starts_with(is_end) && name.ends_with(is_end) && name.chars().all(is_inside) {
        return Ok(());
    }
    Err(CdiError::Name {
        name: name.to_owned(),
    })
}
