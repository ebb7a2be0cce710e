//! The text of the journal: a line of JSON for the head, one for each entry, and one for the end.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::gpu_file::file_name;
use crate::plan::json_text;
use crate::quoted::Quoted;

/// Journals of other versions are rejected.
const VERSION: u32 = 3;
const NAME: &str = "nvml-mig journal";

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: String,
    version: u32,
    /// Number of entries.
    gpus: usize,
}

/// The version in the first line, which another version may have filled with other fields.
#[derive(Debug, Deserialize)]
struct AnyHead {
    format: String,
    version: u32,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// CRC-32 of all lines before.
    checksum: u32,
}

/// Why a text is not a journal that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    #[error("it is not a journal of nvml-mig; move it away")]
    Foreign,
    #[error(
        "it has version {found}, but this program reads version {VERSION}: recover with the program that wrote it"
    )]
    Version { found: u32 },
    #[error("it is cut off: its last line is missing")]
    CutOff,
    #[error("it is damaged: its checksum is wrong")]
    Checksum,
    #[error("it is damaged: it lists {found} GPUs, but announces {announced}")]
    Count { found: usize, announced: usize },
    #[error("it is damaged: it lists the same {what} twice")]
    Twice { what: &'static str },
    #[error("it is damaged: '{}' is not the UUID of a GPU", Quoted(uuid))]
    Uuid { uuid: String },
    #[error("line {line} is not as expected")]
    Line {
        line: usize,
        source: serde_json::Error,
    },
}

pub(super) fn write(entries: &[Entry]) -> Result<String, serde_json::Error> {
    let head = Head {
        format: NAME.to_owned(),
        version: VERSION,
        gpus: entries.len(),
    };
    let mut text = line(&head)?;
    for entry in entries {
        text += &line(entry)?;
    }
    let end = End {
        checksum: crc32fast::hash(text.as_bytes()),
    };
    Ok(text + &line(&end)?)
}

/// JSON never contains a line break.
fn line<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(|line| line + "\n")
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>, JournalError> {
    let first = text.lines().next().unwrap_or_default();
    let head: AnyHead = serde_json::from_str(first).map_err(|_| JournalError::Foreign)?;
    if head.format != NAME {
        return Err(JournalError::Foreign);
    }
    if head.version != VERSION {
        let found = head.version;
        return Err(JournalError::Version { found });
    }
    let lines = checked(text)?;
    let head: Head = parse(1, first)?;
    let entries = lines.lines().enumerate().skip(1);
    let entries: Vec<Entry> = entries
        .map(|(at, line)| parse(at + 1, line))
        .collect::<Result<_, _>>()?;
    if entries.len() != head.gpus {
        return Err(JournalError::Count {
            found: entries.len(),
            announced: head.gpus,
        });
    }
    let uuids: BTreeSet<&str> = entries.iter().map(|entry| entry.uuid.as_str()).collect();
    if uuids.len() != entries.len() {
        return Err(JournalError::Twice { what: "GPU" });
    }
    for Entry { uuid, .. } in &entries {
        file_name(uuid).map_err(|_| JournalError::Uuid { uuid: uuid.clone() })?;
    }
    if entries.iter().any(Entry::has_twice) {
        return Err(JournalError::Twice { what: "instance" });
    }
    Ok(entries)
}

/// The lines before the last one, which has their checksum.
fn checked(text: &str) -> Result<&str, JournalError> {
    let whole = text.strip_suffix('\n').ok_or(JournalError::CutOff)?;
    let (lines, last) = match whole.rfind('\n') {
        Some(at) => text.split_at(at + 1),
        None => return Err(JournalError::CutOff),
    };
    let end: End = serde_json::from_str(last).map_err(|_| JournalError::CutOff)?;
    if end.checksum == crc32fast::hash(lines.as_bytes()) {
        Ok(lines)
    } else {
        Err(JournalError::Checksum)
    }
}

fn parse<T: DeserializeOwned>(line: usize, text: &str) -> Result<T, JournalError> {
    json_text::read(text).map_err(|source| JournalError::Line { line, source })
}
