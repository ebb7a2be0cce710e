//! Whether every public method is used by a test: a new one without any is noticed here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

/// All files of a folder and those below it, one after the other.
fn text_of(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &text_of(&path);
        } else {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

/// The name in `pub fn name(` and `pub const fn name(`; what only the crate sees has another beginning.
fn public_method(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = rest.strip_prefix("const ").unwrap_or(rest);
    let name = rest.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

#[test]
fn each_is_called() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (source, tests) = (
        text_of(&package.join("src")),
        text_of(&package.join("tests")),
    );
    let methods: Vec<&str> = source.lines().filter_map(public_method).collect();
    assert!(methods.len() > 100, "{methods:?}");
    let is_called = |name: &str| {
        let ends = ['(', ')', ':', ',', '<'];
        let calls = [".", "::"].map(|before| format!("{before}{name}"));
        let called = |call: &String| {
            let mut found = tests.match_indices(call.as_str());
            found.any(|(at, _)| tests[at + call.len()..].starts_with(ends))
        };
        calls.iter().any(called)
    };
    let untested: Vec<&str> = methods
        .into_iter()
        .filter(|name| !is_called(name))
        .collect();
    assert_eq!(untested, [""; 0], "no test calls these");
}
