//! Finds a mig-parted file in the `ConfigMap` of a Kubernetes manifest.

use super::node::Node;
use super::tree::{Documents, Origin};
use super::{Fault, Mark, MigPartedErrorKind, MigPartedWarningKind, Remark};

/// A file in the data of a `ConfigMap`.
pub(super) struct Inner {
    pub(super) text: String,
    pub(super) origin: Origin,
    pub(super) remark: Remark,
}

/// Returns whether this is an object of Kubernetes.
pub(super) fn is_object(document: &Node) -> bool {
    document.get("apiVersion").is_some() && document.get("kind").is_some()
}

/// Returns the only mig-parted file in these objects, of which the first is read already. All documents are searched, since
/// a manifest has several as a rule.
pub(super) fn inner(first: Node, documents: &mut Documents<'_>) -> Result<Inner, Fault> {
    let (mark, mut next, mut found) = (first.mark(), Some(first), Vec::new());
    while let Some(document) = next {
        found.extend(files(&document));
        next = documents.next()?;
    }
    if let [one] = found.as_slice()
        && let Some(scalar) = one.value.as_scalar()
    {
        let text = scalar.as_written().to_owned();
        let origin = if scalar.is_literal {
            block(one.value.mark(), &text)
        } else {
            Origin::String(one.value.mark())
        };
        let (mark, key) = (one.key.mark(), name(&one.key));
        let kind = MigPartedWarningKind::ConfigMap { key };
        return Ok(Inner {
            text,
            origin,
            remark: Remark { mark, kind },
        });
    }
    let keys = found.iter().map(File::path).collect();
    Err(Fault::new(mark, MigPartedErrorKind::Manifest { keys }))
}

/// A text that can be a file of mig-parted.
struct File {
    /// The name of its `ConfigMap`.
    config_map: Option<String>,
    key: Node,
    value: Node,
}

impl File {
    /// Such as `default-mig-parted-config/config.yaml`.
    fn path(&self) -> String {
        let key = name(&self.key);
        match &self.config_map {
            Some(config_map) => format!("{config_map}/{key}"),
            None => key,
        }
    }
}

/// Returns the files in an object. `kubectl get` prints several objects as a list.
fn files(object: &Node) -> Vec<File> {
    let items = || {
        object
            .get("items")
            .and_then(Node::items)
            .unwrap_or_default()
    };
    match object.get("kind").and_then(Node::text) {
        Some("ConfigMap") => in_data(object),
        Some("List") => items().iter().flat_map(files).collect(),
        // The API server leaves the kind of each out.
        Some("ConfigMapList") => items().iter().flat_map(in_data).collect(),
        _ => Vec::new(),
    }
}

fn in_data(config_map: &Node) -> Vec<File> {
    let pairs = config_map.get("data").and_then(Node::as_map);
    let metadata = config_map.get("metadata");
    let name = metadata.and_then(|metadata| metadata.get("name"));
    let file = |(key, value): &(Node, Node)| {
        let is_file = value.as_scalar()?.as_written().contains("mig-configs");
        is_file.then(|| File {
            config_map: name.and_then(Node::text).map(str::to_owned),
            key: key.clone(),
            value: value.clone(),
        })
    };
    pairs.unwrap_or_default().iter().filter_map(file).collect()
}

fn name(key: &Node) -> String {
    let scalar = key.as_scalar();
    scalar.map_or_else(String::new, |scalar| scalar.as_written().to_owned())
}

/// Returns where the lines of a block begin, whose mark is at the first one that is not empty.
fn block(mark: Mark, text: &str) -> Origin {
    let empty = text.bytes().take_while(|byte| *byte == b'\n').count();
    Origin::Block {
        line: mark.line.saturating_sub(empty + 1),
        columns: mark.column.saturating_sub(1),
    }
}
