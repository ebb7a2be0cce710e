//! The keys and values of a map as mig-parted reads them.

use std::collections::HashMap;

use super::node::Node;
use super::scalar::Scalar;
use super::{Fault, Mark, MigPartedErrorKind, MigPartedWarningKind, Remark};

/// A key of a map, and its value.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The key as mig-parted reads it.
    pub(super) key: String,
    /// The key as it is written.
    pub(super) written: String,
    /// The position of the key.
    pub(super) mark: Mark,
    pub(super) value: Node,
    is_merged: bool,
}

impl Pair {
    fn read(key: &Node, value: &Node) -> Option<Self> {
        let scalar = key.as_scalar()?;
        Some(Self {
            key: scalar.as_key()?,
            written: scalar.as_written().to_owned(),
            mark: key.mark(),
            value: value.clone(),
            is_merged: false,
        })
    }

    pub(super) fn error(&self, kind: MigPartedErrorKind) -> Fault {
        Fault::new(self.mark, kind)
    }
}

/// The pairs of a map, each key once, in the order of their first occurrence.
#[derive(Debug, Default)]
struct Pairs {
    pairs: Vec<Pair>,
    places: HashMap<String, usize>,
}

/// Returns the pairs of a map: of a repeated key, the last one counts, and the merge key `<<` stands for the keys of its
/// value, which replace those before it. `expected` describes the map in an error.
pub(super) fn pairs(
    node: &Node,
    expected: &str,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<Pair>, Fault> {
    let written = node.as_map().ok_or_else(|| node.unexpected(expected))?;
    let mut pairs = Pairs::default();
    for (key, value) in written {
        if key.as_scalar().is_some_and(Scalar::is_merge) {
            pairs.merge(key.mark(), value, remarks)?;
            continue;
        }
        let pair = Pair::read(key, value).ok_or_else(|| key.unexpected("a key that is a text"))?;
        remarks.extend(pairs.add(pair));
    }
    Ok(pairs.pairs)
}

impl Pairs {
    /// Adds the pairs of a map or of a list of maps, of which the first counts.
    fn merge(
        &mut self,
        merge_key: Mark,
        value: &Node,
        remarks: &mut Vec<Remark>,
    ) -> Result<(), Fault> {
        let maps = value.items().unwrap_or(std::slice::from_ref(value));
        for map in maps.iter().rev() {
            for pair in pairs(map, "a map or a list of maps to merge", remarks)? {
                let merged = Pair {
                    is_merged: true,
                    ..pair
                };
                let remark = self.add(merged);
                remarks.extend(remark.map(|remark| Remark {
                    mark: merge_key,
                    ..remark
                }));
            }
        }
        Ok(())
    }

    /// Returns what is odd about it.
    fn add(&mut self, pair: Pair) -> Option<Remark> {
        let Some(place) = self.places.get(&pair.key) else {
            self.places.insert(pair.key.clone(), self.pairs.len());
            self.pairs.push(pair);
            return None;
        };
        let known = self.pairs.get_mut(*place)?;
        let (mark, is_merged, key) = (pair.mark, pair.is_merged, pair.written.clone());
        let replaced = core::mem::replace(known, pair);
        let line = replaced.mark.line;
        let kind = match (replaced.is_merged, is_merged) {
            // That is what a merge is for.
            (true, _) => return None,
            (false, false) => MigPartedWarningKind::RepeatedKey { key, line },
            (false, true) => MigPartedWarningKind::MergedOver { key, line },
        };
        Some(Remark { mark, kind })
    }
}
