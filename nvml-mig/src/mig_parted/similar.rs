//! Suggests the word that a mistyped one stands for.

/// Maximum number of characters that are compared.
const MOST: usize = 40;

/// Maximum number of characters that are missing, superfluous or wrong.
const MOST_WRONG: usize = 2;

/// Returns the word that is most like this one, if one is. Upper case, hyphens and underscores do not count.
pub(super) fn nearest<'a, T: AsRef<str>>(word: &str, known: &'a [T]) -> Option<&'a str> {
    let word = letters(word)?;
    let known = known.iter().map(AsRef::as_ref);
    let distances = known.filter_map(|other| Some((distance(&word, &letters(other)?), other)));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= MOST_WRONG.min(word.len() / 3)).then_some(nearest)
}

fn letters(word: &str) -> Option<Vec<char>> {
    let is_short = word.len() <= MOST;
    let letters = word.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
    is_short.then(|| letters.map(|c| c.to_ascii_lowercase()).collect())
}

/// Returns how many characters must be inserted, removed or replaced to make one of the other.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.iter().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(other) {
            let replaced = before + usize::from(letter != other);
            before = *cell;
            left = replaced.min(before + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_mistyped_word_is_suggested_and_another_is_not() {
        let known = ["devices", "device-filter", "mig-enabled", "mig-devices"];
        for (word, meant) in [
            ("mig-device", Some("mig-devices")),
            ("mig_devices", Some("mig-devices")),
            ("migDevices", Some("mig-devices")),
            ("device_filter", Some("device-filter")),
            ("deviceFilters", Some("device-filter")),
            ("device", Some("devices")),
            ("MIG-Enabled", Some("mig-enabled")),
            ("mig-enabel", Some("mig-enabled")),
            ("gpus", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), meant, "{word}");
        }
        let long = "mig-devices".repeat(1_000_000);
        assert_eq!(nearest(&long, &known), None);
    }
}
