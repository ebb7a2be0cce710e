//! The keys of the format, and what is wrong with others.

use super::map::Pair;
use super::node::Node;
use super::{Fault, Mark, MigPartedErrorKind};

/// Among how many keys a misplaced one is looked for. With aliases, a short text can have any number.
const MOST_KEYS: usize = 10_000;

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

/// Returns the value of a key of this map. If the key is missing there, it may be in a map inside.
pub(super) fn required<'a>(
    of: &Node,
    pair: Option<&'a Pair>,
    key: &'static str,
) -> Result<&'a Node, Fault> {
    let missing = || {
        let is_key = |text: &str| text == key;
        let belongs = if FILE_KEYS.contains(&key) {
            "at the top of the file"
        } else {
            "in the entry, with less indentation"
        };
        let inside = inside(of, belongs, &is_key);
        inside.unwrap_or_else(|| of.error(MigPartedErrorKind::MissingKey { key }))
    };
    Ok(&pair.ok_or_else(missing)?.value)
}

/// Returns the error of a key that is in a map inside this one, and belongs elsewhere.
pub(super) fn inside(
    of: &Node,
    belongs: &'static str,
    is_key: &dyn Fn(&str) -> bool,
) -> Option<Fault> {
    let (mut pairs, mut left) = (of.as_map()?.iter(), MOST_KEYS);
    pairs.find_map(|(parent, value)| {
        let (key, mark) = deeper(value, is_key, &mut left)?;
        let found = format!("under {}", parent.text()?);
        let kind = MigPartedErrorKind::MisplacedKey {
            key,
            belongs,
            found,
        };
        Some(Fault::new(mark, kind))
    })
}

/// Returns such a key of a map, or of one inside.
fn deeper(node: &Node, is_key: &dyn Fn(&str) -> bool, left: &mut usize) -> Option<(String, Mark)> {
    for (key, value) in node.as_map()? {
        *left = left.checked_sub(1)?;
        let found = match key.text() {
            Some(text) if is_key(text) => Some((text.to_owned(), key.mark())),
            _ => deeper(value, is_key, left),
        };
        if found.is_some() {
            return found;
        }
    }
    None
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
