//! Draws slices as a line of boxes.

/// Width of a slice in characters; a GPU with 12 slices fits into 80 columns.
const SLICE: usize = 6;

/// A box to draw.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// First slice.
    pub(crate) start: u32,
    /// Number of slices.
    pub(crate) size: u32,
    /// Text inside the box.
    pub(crate) label: String,
}

/// Returns the slice numbers, each above its slice.
pub(crate) fn numbers(slices: u32) -> String {
    let numbers: String = (0..slices)
        .map(|slice| format!("{slice:<SLICE$}"))
        .collect();
    numbers.trim_end().to_owned()
}

/// Returns a line of boxes; slices without a box are drawn as free.
pub(crate) fn line(slices: u32, mut boxes: Vec<Drawn>) -> String {
    boxes.sort_by_key(|drawn| drawn.start);
    let mut text = String::new();
    let mut next = 0;
    for drawn in boxes {
        text += &free(next, drawn.start);
        text += &filled(drawn.size, &drawn.label);
        next = drawn.start + drawn.size;
    }
    text + &free(next, slices)
}

fn free(from: u32, to: u32) -> String {
    (from..to).map(|_| filled(1, "free")).collect()
}

/// Draws a box of `size` slices. Of a long label only the front is drawn: the instance ID, or the slices of a profile.
fn filled(size: u32, label: &str) -> String {
    let width = (SLICE * usize::try_from(size).unwrap_or(1)).saturating_sub(2);
    let front = label.split([':', '.']).next().unwrap_or(label);
    let text = if label.len() <= width { label } else { front };
    format!("[{text:^width$.width$}]")
}
