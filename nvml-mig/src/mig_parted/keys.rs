//! The keys of the format, and what is wrong with others.

use super::map::Pair;
use super::node::Node;
use super::{Fault, MigPartedErrorKind};

/// The keys at the top of a file.
pub(super) const FILE_KEYS: [&str; 2] = ["version", "mig-configs"];

/// The keys of an entry.
pub(super) const ENTRY_KEYS: [&str; 4] = ["device-filter", "devices", "mig-enabled", "mig-devices"];

/// Where the keys of an entry belong.
pub(super) const ENTRY_PLACE: &str = "in an entry, in the list under the name of a configuration";

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
