//! A grid of characters to draw on.

use std::collections::BTreeMap;

/// Indent of the whole drawing.
const INDENT: &str = "  ";

/// The columns of a box's left and right border.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Characters by row and column.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    rows: BTreeMap<u32, BTreeMap<u32, char>>,
}

impl Canvas {
    pub(super) fn write(&mut self, column: u32, row: u32, text: &str) {
        for (column, character) in (column..).zip(text.chars()) {
            self.put(column, row, character);
        }
    }

    /// Writes between the borders of a box, after a space if there is room for one; text that is too long is cut.
    pub(super) fn write_inside(&mut self, range: &Range, row: u32, text: &str) {
        let room = usize::try_from(range.to - range.from).unwrap_or_default();
        let room = room.saturating_sub(1);
        let margin = u32::from(text.chars().count() < room);
        let text: String = text.chars().take(room).collect();
        self.write(range.from + 1 + margin, row, &text);
    }

    /// Draws the borders of a box; adjacent boxes share them.
    pub(super) fn frame(&mut self, range: &Range, top: u32, bottom: u32) {
        for row in top + 1..bottom {
            self.put(range.from, row, '|');
            self.put(range.to, row, '|');
        }
        for row in [top, bottom] {
            for column in range.from + 1..range.to {
                self.line(column, row);
            }
            self.put(range.from, row, '+');
            self.put(range.to, row, '+');
        }
    }

    /// Returns the rows as text.
    pub(super) fn text(&self) -> String {
        self.rows.values().map(of_row).collect()
    }

    /// Draws a horizontal border character, without overwriting a corner.
    fn line(&mut self, column: u32, row: u32) {
        let place = self.rows.entry(row).or_default().entry(column);
        place.or_insert('-');
    }

    fn put(&mut self, column: u32, row: u32, character: char) {
        self.rows.entry(row).or_default().insert(column, character);
    }
}

fn of_row(row: &BTreeMap<u32, char>) -> String {
    let end = row.keys().next_back().map_or(0, |last| last + 1);
    let characters = (0..end).map(|column| row.get(&column).copied().unwrap_or(' '));
    let text: String = characters.collect();
    format!("{INDENT}{text}\n")
}
