//! Tables for people.

use std::io::{IsTerminal, stdout};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

/// Formats rows as a table whose first row is the header. On a terminal it is as wide as that, with wrapped cells; otherwise
/// as wide as the rows. Cells are wrapped between words and behind commas: UUIDs, which people copy, stay whole.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    match terminal_width() {
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width.saturating_sub(INDENT)),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        let cells: Vec<&str> = rows
            .iter()
            .filter_map(|row| Some(row.get(index)?.as_str()))
            .collect();
        column.set_padding((0, 1));
        if cells.iter().any(|cell| cell.contains(',')) {
            column.set_delimiter(',');
            continue;
        }
        // Only the words of a cell are put on lines of their own.
        let words = cells.iter().flat_map(|cell| cell.split(' '));
        let longest = words.map(str::len).max().unwrap_or(0);
        let width = u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(1);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
    }
    let lines = table.lines();
    let lines = lines.map(|line| format!("  {}\n", line.trim_end()));
    lines.collect()
}

/// Breaks a line behind commas where it is wider than the terminal, with further lines indented below it.
pub(crate) fn wrapped(line: &str) -> String {
    match terminal_width() {
        Some(width) => wrapped_at(line, width.into()),
        None => line.to_owned(),
    }
}

fn wrapped_at(line: &str, width: usize) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for part in line.split_inclusive(", ") {
        if column > 0 && column + part.trim_end().len() > width {
            text.truncate(text.trim_end().len());
            text += "\n    ";
            column = 4;
        }
        text += part;
        column += part.len();
    }
    text
}

const INDENT: u16 = 2;

/// The width of the terminal, if standard output is one.
fn terminal_width() -> Option<u16> {
    if !stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| width.0)
}

#[cfg(test)]
mod tests {
    use super::wrapped_at;

    #[test]
    fn a_long_line_is_broken_behind_commas() {
        let instances = (0..7).map(|start| format!("1g.10gb:{start}"));
        let line = format!("GPU 0: {}", instances.collect::<Vec<_>>().join(", "));
        let wrapped = wrapped_at(&line, 80);
        assert!(wrapped.lines().all(|line| line.len() <= 80), "{wrapped}");
        assert_eq!(wrapped.lines().count(), 2);
        assert_eq!(wrapped.replace(",\n    ", ", "), line);
        assert_eq!(wrapped_at(&line, 82), line);
        assert_eq!(wrapped_at("GPU 0: none", 5), "GPU 0: none");
    }
}
