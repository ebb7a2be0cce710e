//! Tables for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::wrapped::terminal_width;

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

const INDENT: u16 = 2;
