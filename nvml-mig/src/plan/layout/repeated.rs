//! Formats a list and abbreviates equal neighbours.

use core::fmt::Display;

/// Joins the items with `separator`. A run of equal items is written `3*item` if `counted` allows it.
pub(crate) fn repeated<T: Display + PartialEq>(
    items: &[T],
    counted: impl Fn(&T) -> bool,
    separator: &str,
) -> String {
    let runs = items.chunk_by(|left, right| left == right && counted(left));
    let texts: Vec<String> = runs
        .filter_map(|run| {
            let item = run.first()?;
            Some(match run.len() {
                1 => item.to_string(),
                count => format!("{count}*{item}"),
            })
        })
        .collect();
    texts.join(separator)
}
