//! Files of mig-parted that are wrong: one sentence says what, where, and what to do.

mod config_maps;
mod configurations;
mod keys;
mod nested_texts;
mod values;

use crate::support::chain::chain;
use nvml_mig::mig_parted::{MigPartedError, MigPartedFile};

/// A file whose fourth line begins an entry with this text.
fn with_entry(entry: &str) -> String {
    format!("version: v1\nmig-configs:\n  one:\n    - {entry}")
}

/// The error of the file or of the configuration named one.
fn refused(text: &str) -> MigPartedError {
    match MigPartedFile::parse("f", text) {
        Ok(file) => file.config("one").unwrap_err(),
        Err(error) => error,
    }
}

/// The position of the error and its sentence.
fn told(text: &str) -> (usize, usize, String) {
    let error = refused(text);
    assert!(error.to_string().starts_with("f:"), "{error}");
    let place = error.line().zip(error.column());
    let (line, column) = place.unwrap_or_else(|| panic!("{error}"));
    (line, column, chain(error.kind()))
}

fn assert_told(text: &str, place: (usize, usize), sentence: &str) {
    let (line, column, found) = told(text);
    assert!(found.contains(sentence), "{found}\nof\n{text}");
    assert_eq!((line, column), place, "{found}\nof\n{text}");
}

/// The text of a `ConfigMap` with this data.
fn config_map(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mig\ndata:\n{data}")
}
