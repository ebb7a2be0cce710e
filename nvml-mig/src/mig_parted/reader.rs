//! Reads a file of mig-parted: the document with its named configurations.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::entry::{entries, is_entry};
use super::keys::{
    ENTRY_KEYS, ENTRY_PLACE, FILE_KEYS, inside, known, misplaced, required, unknown,
};
use super::map::{Pair, pairs};
use super::node::Node;
use super::tree::{Documents, Origin};
use super::{
    Fault, Label, MigPartedConfig, MigPartedError, MigPartedErrorKind, MigPartedFile,
    MigPartedWarningKind, Remark, VERSION, config_map, similar,
};
use crate::node::yaml;

impl MigPartedFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if the file can't be read or has no configurations.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, MigPartedError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let file = fs::File::open(path);
        let file = file.map_err(|error| unreadable(&name, error))?;
        Self::from_reader(name, file)
    }

    /// Reads and parses what a reader has, such as standard input; `name` stands for the file in error messages.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if it can't be read or has no configurations.
    pub fn from_reader(name: impl Into<String>, reader: impl Read) -> Result<Self, MigPartedError> {
        let (name, mut text) = (name.into(), String::new());
        // One byte more than is parsed, which the parser reports.
        let most = yaml::MOST_BYTES as u64 + 1;
        let read = reader.take(most).read_to_string(&mut text);
        read.map_err(|error| unreadable(&name, error))?;
        Self::parse(name, &text)
    }

    /// Parses a text; `name` stands for the file in error messages.
    ///
    /// # Errors
    ///
    /// [`MigPartedError`] if the text has no configurations. An error in a configuration does not make the others unusable:
    /// [`config`](Self::config) returns it.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, MigPartedError> {
        parse(name.into(), text)
    }
}

fn unreadable(name: &str, error: io::Error) -> MigPartedError {
    MigPartedError::of_file(name, MigPartedErrorKind::Read(error))
}

fn parse(name: String, text: &str) -> Result<MigPartedFile, MigPartedError> {
    let mut remarks = Vec::new();
    let document = document(text, &mut remarks).map_err(|fault| fault.in_file(&name))?;
    let Some(document) = document.filter(|document| !document.is_null()) else {
        return Err(MigPartedError::of_file(&name, MigPartedErrorKind::Empty));
    };
    let configs = configs(&name, &document, &mut remarks).map_err(|fault| fault.in_file(&name))?;
    let unusable = configs.iter().filter_map(Label::remark);
    remarks.extend(unusable);
    let in_file = |remark: Remark| remark.in_file(&name);
    Ok(MigPartedFile {
        warnings: remarks.into_iter().map(in_file).collect(),
        name,
        configs,
    })
}

/// Returns the document that counts: the first, or that in a `ConfigMap`.
fn document(text: &str, remarks: &mut Vec<Remark>) -> Result<Option<Node>, Fault> {
    let mut documents = Documents::new(text, Origin::File)?;
    let first = documents.next()?;
    match first {
        Some(first) if config_map::is_object(&first) => {
            let inner = config_map::inner(first, &mut documents)?;
            remarks.push(inner.remark);
            only_document(Documents::new(&inner.text, inner.origin)?, remarks)
        }
        first => {
            remarks.extend(second(&mut documents)?);
            Ok(first)
        }
    }
}

fn only_document(
    mut documents: Documents<'_>,
    remarks: &mut Vec<Remark>,
) -> Result<Option<Node>, Fault> {
    let first = documents.next()?;
    remarks.extend(second(&mut documents)?);
    Ok(first)
}

fn second(documents: &mut Documents<'_>) -> Result<Option<Remark>, Fault> {
    let second = documents.another()?;
    let kind = MigPartedWarningKind::SecondDocument;
    Ok(second.map(|mark| Remark { mark, kind }))
}

fn configs(file: &str, document: &Node, remarks: &mut Vec<Remark>) -> Result<Vec<Label>, Fault> {
    if is_list_of_entries(document) {
        return Err(document.error(MigPartedErrorKind::Unnamed));
    }
    let pairs = pairs(document, "the keys version and mig-configs", remarks)?;
    let [version, configs] = known(&pairs, FILE_KEYS, |pair| file_key(document, pair))?;
    let version = required(document, version, "version")?;
    if version.text() != Some(VERSION) {
        return Err(version.error(MigPartedErrorKind::Version));
    }
    labels(file, required(document, configs, "mig-configs")?, remarks)
}

fn labels(file: &str, node: &Node, remarks: &mut Vec<Remark>) -> Result<Vec<Label>, Fault> {
    if is_list_of_entries(node) {
        return Err(node.error(MigPartedErrorKind::Unnamed));
    }
    let pairs = pairs(node, "named configurations", remarks)?;
    if pairs.is_empty() {
        return Err(node.unexpected("at least one configuration"));
    }
    let is_of_entry = |pair: &&Pair| ENTRY_KEYS.contains(&pair.key.as_str());
    if let Some(pair) = pairs
        .iter()
        .filter(is_of_entry)
        .find(|pair| pair.value.items().is_none())
    {
        return Err(misplaced(pair, ENTRY_PLACE, "under mig-configs"));
    }
    Ok(pairs.iter().map(|pair| label(file, pair)).collect())
}

fn label(file: &str, pair: &Pair) -> Label {
    let mut remarks = Vec::new();
    let read = entries(&pair.value, &mut remarks);
    if pair.written != pair.key {
        let (name, read_as) = (pair.written.clone(), pair.key.clone());
        let kind = MigPartedWarningKind::NameNotQuoted { name, read_as };
        let mark = pair.mark;
        remarks.push(Remark { mark, kind });
    }
    let config = read.map(|entries| MigPartedConfig {
        file: file.to_owned(),
        name: pair.written.clone(),
        entries,
        remarks,
    });
    Label {
        name: pair.written.clone(),
        read_as: pair.key.clone(),
        config: config.map_err(|fault| fault.in_file(file)),
    }
}

/// Returns what is wrong with an unknown key at the top of a file.
fn file_key(document: &Node, pair: &Pair) -> Fault {
    let top = "at the top of the file";
    if ENTRY_KEYS.contains(&pair.key.as_str()) {
        return misplaced(pair, ENTRY_PLACE, top);
    }
    if is_list_of_entries(&pair.value) {
        return misplaced(pair, "under mig-configs", top);
    }
    // Also if it is mistyped.
    let is_configs = |text: &str| similar::nearest(text, &["mig-configs"]).is_some();
    inside(document, top, &is_configs).unwrap_or_else(|| unknown(pair, &FILE_KEYS))
}

fn is_list_of_entries(node: &Node) -> bool {
    let items = node.items().unwrap_or_default();
    items.iter().any(is_entry)
}
