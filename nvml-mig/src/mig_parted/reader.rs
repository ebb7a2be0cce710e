//! Reads a file of mig-parted: the document with its named configurations.

use super::entry::{self, ENTRY_KEYS, is_entry};
use super::map::{Pair, pairs};
use super::node::Node;
use super::tree::{Documents, Origin};
use super::{
    Fault, Label, Mark, MigPartedConfig, MigPartedError, MigPartedErrorKind, MigPartedFile,
    MigPartedWarningKind, Remark, VERSION, config_map, similar,
};

/// The keys at the top of a file.
pub(super) const FILE_KEYS: [&str; 2] = ["version", "mig-configs"];

pub(super) fn read(name: String, text: &str) -> Result<MigPartedFile, MigPartedError> {
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
    let [version, configs] = known(&pairs, FILE_KEYS, |pair| file_key(pair, &pairs))?;
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
        return Err(misplaced(pair, entry::PLACE, "under mig-configs"));
    }
    Ok(pairs.iter().map(|pair| label(file, pair)).collect())
}

fn label(file: &str, pair: &Pair) -> Label {
    let mut remarks = Vec::new();
    let entries = entry::entries(&pair.value, &mut remarks);
    if pair.written != pair.key {
        let (name, read_as) = (pair.written.clone(), pair.key.clone());
        let kind = MigPartedWarningKind::NameNotQuoted { name, read_as };
        let mark = pair.mark;
        remarks.push(Remark { mark, kind });
    }
    let config = entries.map(|entries| MigPartedConfig {
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
fn file_key(pair: &Pair, pairs: &[Pair]) -> Fault {
    let top = "at the top of the file";
    if ENTRY_KEYS.contains(&pair.key.as_str()) {
        return misplaced(pair, entry::PLACE, top);
    }
    if is_list_of_entries(&pair.value) {
        return misplaced(pair, "under mig-configs", top);
    }
    let nested = pairs.iter().find_map(|pair| {
        let (key, mark) = nested(&pair.value)?;
        let (belongs, found) = (top, format!("under {}", pair.written));
        let kind = MigPartedErrorKind::MisplacedKey {
            key,
            belongs,
            found,
        };
        Some(Fault::new(mark, kind))
    });
    nested.unwrap_or_else(|| unknown(pair, &FILE_KEYS))
}

/// Returns the key mig-configs that is deeper in a map, also if it is mistyped.
fn nested(node: &Node) -> Option<(String, Mark)> {
    let mut pairs = node.as_map()?.iter();
    pairs.find_map(|(key, value)| match key.text() {
        Some(text) if similar::nearest(text, &["mig-configs"]).is_some() => {
            Some((text.to_owned(), key.mark()))
        }
        _ => nested(value),
    })
}

pub(super) fn is_list_of_entries(node: &Node) -> bool {
    let items = node.items().unwrap_or_default();
    items.iter().any(is_entry)
}

/// Returns the values of these keys; `fault` says what is wrong with the first other key.
pub(super) fn known<'a, const N: usize>(
    pairs: &'a [Pair],
    names: [&'static str; N],
    fault: impl Fn(&Pair) -> Fault,
) -> Result<[Option<&'a Pair>; N], Fault> {
    let is_known = |pair: &&Pair| names.contains(&pair.key.as_str());
    if let Some(pair) = pairs.iter().find(|pair| !is_known(pair)) {
        return Err(fault(pair));
    }
    Ok(names.map(|name| pairs.iter().find(|pair| pair.key == name)))
}

pub(super) fn required<'a>(
    of: &Node,
    pair: Option<&'a Pair>,
    key: &'static str,
) -> Result<&'a Node, Fault> {
    let pair = pair.ok_or_else(|| of.error(MigPartedErrorKind::MissingKey { key }))?;
    Ok(&pair.value)
}

pub(super) fn unknown(pair: &Pair, known: &[&'static str]) -> Fault {
    let (key, known) = (pair.written.clone(), known.to_vec());
    pair.error(MigPartedErrorKind::UnknownKey { key, known })
}

pub(super) fn misplaced(pair: &Pair, belongs: &'static str, found: &str) -> Fault {
    let (key, found) = (pair.written.clone(), found.to_owned());
    pair.error(MigPartedErrorKind::MisplacedKey {
        key,
        belongs,
        found,
    })
}
