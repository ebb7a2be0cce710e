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
    if let [(key, value)] = found.as_slice()
        && let Some(scalar) = value.as_scalar()
    {
        let text = scalar.as_written().to_owned();
        let origin = if scalar.is_literal {
            block(value.mark(), &text)
        } else {
            Origin::String(value.mark())
        };
        let (mark, key) = (key.mark(), name(key));
        let kind = MigPartedWarningKind::ConfigMap { key };
        return Ok(Inner {
            text,
            origin,
            remark: Remark { mark, kind },
        });
    }
    let keys = found.iter().map(|(key, _)| name(key)).collect();
    Err(Fault::new(mark, MigPartedErrorKind::Manifest { keys }))
}

/// Returns the keys and texts of an object that can be files of mig-parted. `kubectl get` prints several objects as a list.
fn files(object: &Node) -> Vec<(Node, Node)> {
    match object.get("kind").and_then(Node::text) {
        Some("ConfigMap") => in_data(object),
        Some("List" | "ConfigMapList") => {
            let items = object.get("items").and_then(Node::items);
            items.unwrap_or_default().iter().flat_map(files).collect()
        }
        _ => Vec::new(),
    }
}

fn in_data(config_map: &Node) -> Vec<(Node, Node)> {
    let pairs = config_map.get("data").and_then(Node::as_map);
    let is_file = |value: &Node| {
        let text = value.as_scalar();
        text.is_some_and(|text| text.as_written().contains("mig-configs"))
    };
    let files = pairs
        .unwrap_or_default()
        .iter()
        .filter(|(_, value)| is_file(value));
    files.cloned().collect()
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
