//! Equal neighbours of a list, counted.

use core::fmt::Display;

/// The items with `separator` between them; a run of equal ones that `counted` allows is written `3*item`.
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
