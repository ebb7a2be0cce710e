//! The version of data in serde's formats.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

#[cfg(feature = "json")]
use crate::plan::json_text;

/// Reads the version of `what`, which must be the one that this crate knows.
pub(crate) fn expect<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
    known: u32,
) -> Result<(), D::Error> {
    let found = u32::deserialize(deserializer)?;
    if found == known {
        return Ok(());
    }
    Err(D::Error::custom(format_args!(
        "the {what} has version {found}, but this program reads version {known}"
    )))
}

/// Reads only the version, which each format has at the same place.
#[cfg(feature = "json")]
pub(crate) fn in_json(text: &str) -> Result<u32, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(expecting = "an object with a version")]
    struct Versioned {
        version: u32,
    }
    json_text::read(text).map(|Versioned { version }| version)
}
