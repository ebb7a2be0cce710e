//! Every variant of every public error, with its text and the texts of its sources, as ERRORS.md has them.

mod applied;
mod asked;
mod cdi;
mod files;
mod planned;

use std::error::Error;
use std::path::Path;

use crate::support::chain::texts;

/// The variants with their texts: each error's own first.
struct Table(Vec<(String, Vec<String>)>);

impl Table {
    /// Adds an error; `folder` is a temporary one, which has another name each time.
    fn add(&mut self, variant: impl Into<String>, error: &dyn Error, folder: Option<&Path>) {
        let folder = folder.map(|folder| folder.display().to_string());
        let stable = |text: String| match &folder {
            Some(folder) => text.replace(folder, "/folder"),
            None => text,
        };
        let texts = texts(error).into_iter().map(stable);
        self.0.push((variant.into(), texts.collect()));
    }

    fn all() -> Self {
        let mut table = Self(Vec::new());
        asked::add_to(&mut table);
        files::add_to(&mut table);
        planned::add_to(&mut table);
        cdi::add_to(&mut table);
        applied::add_to(&mut table);
        table
    }

    fn page(&self) -> String {
        let mut page = String::from(
            "# Errors\n\nEach error prints what it knows itself; `source()` has the next level, so a program that wants the \
             whole story prints the chain, as anyhow's `{:#}` does. This table is written by the test `error_table`, which \
             makes each of these errors.\n\n| error | text | sources |\n|---|---|---|\n",
        );
        for (variant, texts) in &self.0 {
            let texts: Vec<String> = texts.iter().map(|text| text.replace('|', "\\|")).collect();
            let (own, sources) = texts.split_first().expect("an error has a text");
            page += &format!("| `{variant}` | {own} | {} |\n", sources.join("<br>"));
        }
        page
    }
}

/// No text stands twice in a chain, and none is empty.
#[test]
fn each_level_says_its_own() {
    let table = Table::all();
    assert!(table.0.len() > 50, "{}", table.0.len());
    for (variant, texts) in &table.0 {
        for (level, text) in texts.iter().enumerate() {
            assert!(!text.is_empty(), "{variant}");
            for below in texts.iter().skip(level + 1) {
                assert!(!text.contains(below.as_str()), "{variant}: {texts:?}");
            }
        }
    }
}

/// With `NVML_MIG_WRITE_DOCS` set, the page is written instead.
#[test]
fn the_page_has_them_all() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ERRORS.md");
    let page = Table::all().page();
    if std::env::var_os("NVML_MIG_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page);
}
