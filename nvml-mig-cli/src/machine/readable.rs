//! GPUs of which some can't be read.

use nvml_mig::Error;

use crate::console::{Unreadable, note};

/// GPUs or what is read of them, each with its name for messages.
pub(crate) type Each<T> = Vec<(String, Result<T, Error>)>;

/// What could be read, and what can't be.
#[derive(Debug)]
pub(crate) struct Readable<T> {
    pub(crate) items: Vec<T>,
    pub(crate) refused: Option<Unreadable>,
}

/// Names GPUs by index.
pub(crate) fn by_index<T>(each: impl IntoIterator<Item = (u32, Result<T, Error>)>) -> Each<T> {
    let each = each.into_iter();
    each.map(|(index, item)| (format!("GPU {index}"), item))
        .collect()
}

/// Sorts out the GPUs that can't be read, with a line for each on standard error.
///
/// # Errors
///
/// The first error if no GPU is left.
pub(crate) fn readable<T>(
    each: impl IntoIterator<Item = (String, Result<T, Error>)>,
) -> Result<Readable<T>, Error> {
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (gpu, item) in each {
        match item {
            Ok(item) => items.push(item),
            Err(error) => errors.push((gpu, error)),
        }
    }
    let refused = match Unreadable::of(errors) {
        Some(refused) if items.is_empty() => return Err(refused.into_first()),
        refused => refused,
    };
    for line in refused.iter().flat_map(Unreadable::lines) {
        note(&line);
    }
    Ok(Readable { items, refused })
}

/// Reads something of each GPU, as [`readable`].
///
/// # Errors
///
/// The first error if no GPU can be read.
pub(crate) fn read_each<T>(
    gpus: Each<nvml_mig::Device>,
    read: impl Fn(&nvml_mig::Device) -> Result<T, Error>,
) -> Result<Readable<T>, Error> {
    let each = gpus.into_iter();
    readable(each.map(|(gpu, device)| (gpu, device.and_then(|device| read(&device)))))
}
