//! GPUs of which some can't be read.

use super::{chain, note};

/// What could be read, and the first error of the GPUs that can't be.
#[derive(Debug)]
pub(crate) struct Readable<T> {
    pub(crate) items: Vec<T>,
    pub(crate) refused: Option<nvml_mig::Error>,
}

impl<T> Readable<T> {
    pub(crate) const fn all(items: Vec<T>) -> Self {
        let refused = None;
        Self { items, refused }
    }
}

/// Sorts out the GPUs that can't be read, with a line for each on standard error.
///
/// # Errors
///
/// The first error if no GPU is left.
pub(crate) fn readable<T>(
    each: impl IntoIterator<Item = (u32, Result<T, nvml_mig::Error>)>,
) -> Result<Readable<T>, nvml_mig::Error> {
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (index, item) in each {
        match item {
            Ok(item) => items.push(item),
            Err(error) => errors.push((index, error)),
        }
    }
    if !items.is_empty() {
        for (index, error) in &errors {
            note(&format!("GPU {index}: can't be read: {}", chain(error)));
        }
    }
    match errors.into_iter().next() {
        Some((_, error)) if items.is_empty() => Err(error),
        first => Ok(Readable {
            items,
            refused: first.map(|(_, error)| error),
        }),
    }
}
