//! Another specification on the machine.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use saphyr::{LoadableYamlNode, Yaml};

use crate::node::yaml_limits;

/// What a specification defines.
#[derive(Debug)]
pub(super) struct OtherSpec {
    pub(super) kind: String,
    /// Names of the devices.
    pub(super) devices: Vec<String>,
}

impl OtherSpec {
    /// Reads YAML, of which JSON is a part. The error says what is wrong.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = text(path).map_err(|error| error.to_string())?;
        if let Some((line, problem)) = yaml_limits::excess(&text) {
            return Err(format!("line {line}: {problem}"));
        }
        let documents = Yaml::load_from_str(&text).map_err(|error| error.to_string())?;
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
    let mut text = String::new();
    File::open(path)?
        .take(yaml_limits::MOST_BYTES as u64 + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}
