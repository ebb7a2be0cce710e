//! JSON with a version number.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::plan::{format_version, json_text};

/// The written form.
#[derive(Serialize)]
struct Written<'a, T> {
    version: u32,
    gpus: &'a [T],
}

/// The complete form, read after the version was checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<T> {
    #[serde(rename = "version")]
    _version: u32,
    gpus: Vec<T>,
}

/// Why a text can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VersionedError {
    /// The text is not valid JSON of this form.
    #[error("it is damaged")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("its version is {found}, which this version of nvml-mig does not support")]
    Version {
        /// The version.
        found: u32,
    },
}

pub(crate) fn write<T: Serialize>(version: u32, gpus: &[T]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Written { version, gpus })
}

pub(crate) fn read<T: DeserializeOwned>(
    version: u32,
    text: &str,
) -> Result<Vec<T>, VersionedError> {
    let found = format_version::in_json(text)?;
    if found != version {
        return Err(VersionedError::Version { found });
    }
    let Read { gpus, .. } = json_text::read(text)?;
    Ok(gpus)
}
