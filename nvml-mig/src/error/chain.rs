//! An error with its sources, as texts.

/// The texts below an error in its chain, from the top down.
#[cfg(feature = "serde")]
pub(crate) fn sources(error: &dyn core::error::Error) -> Vec<String> {
    texts(error).skip(1).collect()
}

/// The texts of an error and of all its sources, in one line.
#[cfg(any(feature = "serde", feature = "preflight"))]
pub(crate) fn chain(error: &dyn core::error::Error) -> String {
    texts(error).collect::<Vec<_>>().join(": ")
}

fn texts(error: &dyn core::error::Error) -> impl Iterator<Item = String> {
    core::iter::successors(Some(error), |error| error.source()).map(ToString::to_string)
}
