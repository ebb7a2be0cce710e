//! The layouts of NVIDIA's MIG user guide that fill a GPU.

/// Those of a board, with every instance at its memory slice.
pub fn layouts(board: &str) -> Vec<String> {
    match board {
        "a100-sxm4-40gb" => EIGHT_SLICES.map(str::to_owned).to_vec(),
        "h100-sxm5-80gb" => EIGHT_SLICES.map(of_80_gb).to_vec(),
        "a30" => FOUR_SLICES.map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

/// The layouts of NVIDIA's MIG user guide that fill an A100 or H100, by compute slices and memory slice; the names are
/// those of an A100 of 40 GB.
const EIGHT_SLICES: [&str; 19] = [
    "7g.40gb:0",
    "4g.20gb:0, 3g.20gb:4",
    "4g.20gb:0, 2g.10gb:4, 1g.5gb:6",
    "4g.20gb:0, 1g.5gb:4, 1g.5gb:5, 1g.5gb:6",
    "3g.20gb:0, 3g.20gb:4",
    "3g.20gb:0, 2g.10gb:4, 1g.5gb:6",
    "3g.20gb:0, 1g.5gb:4, 1g.5gb:5, 1g.5gb:6",
    "2g.10gb:0, 2g.10gb:2, 3g.20gb:4",
    "2g.10gb:0, 1g.5gb:2, 1g.5gb:3, 3g.20gb:4",
    "1g.5gb:0, 1g.5gb:1, 2g.10gb:2, 3g.20gb:4",
    "1g.5gb:0, 1g.5gb:1, 1g.5gb:2, 1g.5gb:3, 3g.20gb:4",
    "2g.10gb:0, 2g.10gb:2, 2g.10gb:4, 1g.5gb:6",
    "2g.10gb:0, 2g.10gb:2, 1g.5gb:4, 1g.5gb:5, 1g.5gb:6",
    "2g.10gb:0, 1g.5gb:2, 1g.5gb:3, 2g.10gb:4, 1g.5gb:6",
    "2g.10gb:0, 1g.5gb:2, 1g.5gb:3, 1g.5gb:4, 1g.5gb:5, 1g.5gb:6",
    "1g.5gb:0, 1g.5gb:1, 2g.10gb:2, 2g.10gb:4, 1g.5gb:6",
    "1g.5gb:0, 1g.5gb:1, 2g.10gb:2, 1g.5gb:4, 1g.5gb:5, 1g.5gb:6",
    "1g.5gb:0, 1g.5gb:1, 1g.5gb:2, 1g.5gb:3, 2g.10gb:4, 1g.5gb:6",
    "1g.5gb:0, 1g.5gb:1, 1g.5gb:2, 1g.5gb:3, 1g.5gb:4, 1g.5gb:5, 1g.5gb:6",
];

/// Likewise for an A30.
const FOUR_SLICES: [&str; 5] = [
    "4g.24gb:0",
    "2g.12gb:0, 2g.12gb:2",
    "2g.12gb:0, 1g.6gb:2, 1g.6gb:3",
    "1g.6gb:0, 1g.6gb:1, 2g.12gb:2",
    "1g.6gb:0, 1g.6gb:1, 1g.6gb:2, 1g.6gb:3",
];

/// The same with the names of an H100 of 80 GB.
fn of_80_gb(layout: &str) -> String {
    let names = [
        ("7g.40gb", "7g.80gb"),
        (".20gb", ".40gb"),
        (".10gb", ".20gb"),
        (".5gb", ".10gb"),
    ];
    let renamed = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    names.iter().fold(layout.to_owned(), renamed)
}
