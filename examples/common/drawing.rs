//! Lines of boxes: slices, with what stands on them.

/// Characters that a slice is wide; a GPU of 12 slices still fits into 80 columns.
const SLICE: usize = 6;

/// A box to be drawn.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// First slice.
    pub(crate) start: u32,
    /// Number of slices.
    pub(crate) size: u32,
    /// What stands in it.
    pub(crate) label: String,
}

/// The numbers of so many slices, each over its own.
pub(crate) fn numbers(slices: u32) -> String {
    let numbers: String = (0..slices)
        .map(|slice| format!("{slice:<SLICE$}"))
        .collect();
    numbers.trim_end().to_owned()
}

/// A line of boxes; slices that no box takes are drawn one by one as free.
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

/// A box of `size` slices. A label that does not fit is cut off, at best behind the instance's id.
fn filled(size: u32, label: &str) -> String {
    let width = (SLICE * usize::try_from(size).unwrap_or(1)).saturating_sub(2);
    let id = label.split(':').next().unwrap_or(label);
    let text = if label.len() <= width { label } else { id };
    format!("[{text:^width$.width$}]")
}
