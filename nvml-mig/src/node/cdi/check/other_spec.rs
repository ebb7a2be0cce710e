//! Another specification on the machine.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use saphyr::Yaml;

use crate::node::yaml;

/// What a specification defines.
#[derive(Debug)]
pub(super) struct OtherSpec {
    pub(super) kind: String,
    /// Names of the devices.
    pub(super) devices: HashSet<String>,
}

impl OtherSpec {
    /// Reads YAML, of which JSON is a part. The error says what is wrong.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = text(path).map_err(|error| error.to_string())?;
        let documents: Vec<Yaml<'_>> = yaml::load(&text).map_err(|error| {
            let (line, column) = (error.line, error.column);
            format!("line {line}, column {column}: {}", error.problem)
        })?;
        let document = documents.first().ok_or("it is empty")?;
        let kind = document.as_mapping_get("kind").and_then(Yaml::as_str);
        let kind = kind.ok_or("it has no kind, so it is not a CDI specification")?;
        let devices = document.as_mapping_get("devices");
        let devices = devices.and_then(Yaml::as_sequence).into_iter().flatten();
        let names = devices.filter_map(|device| device.as_mapping_get("name")?.as_str());
        Ok(Self {
            kind: kind.to_owned(),
            devices: names.map(str::to_owned).collect(),
        })
    }
}

fn text(path: &Path) -> io::Result<String> {
    // Opening a named pipe would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(yaml::MOST_BYTES as u64 + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}
