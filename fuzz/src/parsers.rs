//! Every parser, by the name of its target.

mod board_file;
mod cdi;
mod driver_files;
mod gpu_model;
mod identifiers;
mod locks;
mod mig_parted;
mod names;
mod serde_types;
mod snapshot;

use std::path::Path;

use anyhow::{Context, Result};

/// Parses an input, and returns whether it is accepted. Fails if the answer breaks a rule.
type Parse = Box<dyn Fn(&[u8]) -> Result<bool> + Send>;

/// A parser of the product.
pub struct Parser {
    /// Name of its target and of its corpus.
    pub name: &'static str,
    pub(crate) parse: Parse,
}

/// Returns all parsers.
///
/// # Errors
///
/// Those of the operating system: some parsers read files.
pub fn parsers() -> Result<Vec<Parser>> {
    Ok(vec![
        of_file("board-file", board_file::parse)?,
        of_file("cdi", cdi::parse)?,
        of_file("driver-files", driver_files::parse)?,
        of_text("gpu-model", gpu_model::parse),
        of_text("identifiers", identifiers::parse),
        of_file("journal", locks::parse_journal)?,
        of_text("layout", names::parse_layout),
        of_file("lock", locks::parse_lock)?,
        of_text("mig-parted", mig_parted::parse),
        of_text("profile-name", names::parse_profile_name),
        of_text("serde", serde_types::parse),
        of_text("snapshot", snapshot::parse),
    ])
}

/// Returns the parser with this name.
///
/// # Errors
///
/// If there is none.
pub fn parser(name: &str) -> Result<Parser> {
    let mut parsers = parsers()?.into_iter();
    let parser = parsers.find(|parser| parser.name == name);
    parser.with_context(|| format!("there is no parser {name}"))
}

/// A parser of texts. Bytes that are not UTF-8 are replaced, as those of most callers are.
fn of_text(name: &'static str, parse: fn(&str) -> Result<bool>) -> Parser {
    let parse = move |bytes: &[u8]| parse(&String::from_utf8_lossy(bytes));
    let parse = Box::new(parse);
    Parser { name, parse }
}

/// A parser of a file, in a folder of its own.
fn of_file(name: &'static str, parse: fn(&Path, &[u8]) -> Result<bool>) -> Result<Parser> {
    let folder = tempfile::tempdir()?;
    let parse = Box::new(move |bytes: &[u8]| parse(folder.path(), bytes));
    Ok(Parser { name, parse })
}
