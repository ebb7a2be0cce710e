//! Suggests the closest board for a mistyped key.

use std::cmp::Reverse;

/// A wrong character costs more than a missing or trailing one: people shorten names and add to them.
const WRONG: usize = 2;
const MISSING: usize = 1;
const SURPLUS: usize = 1;

/// Returns the key of the closest board, such as `h100-sxm5-80gb` for `H100 SXM`.
#[must_use]
pub fn nearest(key: &str) -> &'static str {
    let written: String = key
        .chars()
        .map(|c| match c {
            ' ' | '_' => '-',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    super::all()
        .map(|board| board.key)
        .min_by_key(|key| (distance(&written, key), Reverse(common(&written, key))))
        .unwrap_or_default()
}

/// Returns the length of the common prefix.
fn common(written: &str, key: &str) -> usize {
    let pairs = written.chars().zip(key.chars());
    pairs.take_while(|(wrote, meant)| wrote == meant).count()
}

/// Returns the cost of turning `written` into `key` or a prefix of it; the rest of the key is free.
fn distance(written: &str, key: &str) -> usize {
    // Costs of turning the characters so far into the first 0, 1, 2, ... characters of the key.
    let mut costs: Vec<usize> = (0..=key.chars().count()).map(|n| n * MISSING).collect();
    let mut best = usize::MAX;
    for (index, wrote) in written.chars().enumerate() {
        // The key may end here; the remaining characters of `written` are superfluous.
        if let Some(cost) = costs.last() {
            best = best.min(cost + (written.chars().count() - index) * SURPLUS);
        }
        let mut cost = costs.first().map_or(0, |dropped| dropped + WRONG);
        let mut next = vec![cost];
        for (pair, meant) in costs.windows(2).zip(key.chars()) {
            let &[kept, dropped] = pair else { continue };
            let kept = kept + if wrote == meant { 0 } else { WRONG };
            cost = kept.min(dropped + WRONG).min(cost + MISSING);
            next.push(cost);
        }
        costs = next;
    }
    costs.into_iter().fold(best, usize::min)
}
