//! Which board somebody meant who wrote the name of none.

use super::BOARDS;

/// A character that was written and is wrong counts more than one that was left out: people shorten names.
const WRONG: usize = 3;
const LEFT_OUT: usize = 1;

/// The key of the board that `key` comes nearest to, such as `h100-sxm5-80gb` for `H100 SXM`.
#[must_use]
pub fn nearest(key: &str) -> &'static str {
    let written: String = key
        .chars()
        .map(|c| {
            if c == ' ' || c == '_' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    BOARDS
        .iter()
        .map(|board| board.key)
        .min_by_key(|key| distance(&written, key))
        .unwrap_or_default()
}

/// What it costs to turn `written` into the beginning of `key` to which it is nearest; the rest is free.
fn distance(written: &str, key: &str) -> usize {
    // Costs of turning the characters so far into none, one, two, ... characters of the key.
    let mut costs: Vec<usize> = (0..=key.chars().count()).map(|n| n * LEFT_OUT).collect();
    for wrote in written.chars() {
        let mut cost = costs.first().map_or(0, |dropped| dropped + WRONG);
        let mut next = vec![cost];
        for (pair, meant) in costs.windows(2).zip(key.chars()) {
            let &[kept, dropped] = pair else { continue };
            let kept = kept + if wrote == meant { 0 } else { WRONG };
            cost = kept.min(dropped + WRONG).min(cost + LEFT_OUT);
            next.push(cost);
        }
        costs = next;
    }
    costs.into_iter().min().unwrap_or_default()
}
