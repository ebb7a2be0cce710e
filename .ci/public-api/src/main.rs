//! Keeps the public interface of the library crates as lists in docs/api, and fails where a list and the code differ: a name
//! that changes is seen in review. It also fails for a type that can't go to another thread, or can't be printed with `{:?}`.
//!
//! `cargo run --manifest-path .ci/public-api/Cargo.toml -- write` writes the lists, `-- check` compares them. Both need libclang:
//! `export LIBCLANG_PATH=$(.ci/fetch libclang)`.

mod derived;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use public_api::Builder;

const CRATES: [&str; 4] = [
    "nvml-mig",
    "nvml-mig-boards",
    "nvml-mig-sim",
    "nvml-mig-sys",
];

/// What all types are.
const BOUNDS: [&str; 3] = [
    "core::marker::Send",
    "core::marker::Sync",
    "core::fmt::Debug",
];

fn main() -> Result<ExitCode> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = workspace.canonicalize()?;
    let command = std::env::args().nth(1);
    let mut is_right = true;
    let folder = rustdoc(&workspace)?;
    for name in CRATES {
        let json = folder.join(format!("{}.json", name.replace('-', "_")));
        let path = workspace.join("docs/api").join(format!("{name}.txt"));
        let list = list(&json)?;
        match command.as_deref() {
            Some("write") => std::fs::write(&path, &list)?,
            Some("check") => is_right &= is_kept(&path, &list)?,
            _ => bail!("say `check` or `write`"),
        }
        for lacking in lacking_bounds(&json)? {
            println!("{lacking}");
            is_right = false;
        }
    }
    Ok(if is_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Writes what rustdoc knows of each crate into a file in the folder that is returned. With all features, as clippy is, so that no
/// dependency is compiled again.
fn rustdoc(workspace: &Path) -> Result<PathBuf> {
    let target = target(workspace);
    let status = Command::new("cargo")
        .args([
            "doc",
            "--quiet",
            "--lib",
            "--no-deps",
            "--workspace",
            "--all-features",
        ])
        .env(
            "RUSTDOCFLAGS",
            "-Zunstable-options --output-format json --cap-lints allow",
        )
        // rustdoc's JSON has no stable format yet.
        .env("RUSTDOC", workspace.join(".ci/rustdoc"))
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(workspace)
        .status()?;
    ensure!(status.success(), "rustdoc failed");
    Ok(target.join("doc"))
}

/// The public items, a line each; then what each type derives, in one line.
fn list(json: &Path) -> Result<String> {
    let written = items(json, true)?;
    let known: BTreeSet<&String> = written.iter().collect();
    let all = items(json, false)?;
    let derived = all.iter().filter(|item| !known.contains(item));
    let lines = written.iter().cloned().chain(derived::lines(derived));
    Ok(lines.map(|line| line + "\n").collect())
}

/// The public items, without blanket implementations and auto traits.
fn items(json: &Path, omit_derived: bool) -> Result<Vec<String>> {
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(omit_derived)
        .build()?;
    Ok(api.items().map(ToString::to_string).collect())
}

/// The types that lack one of the bounds.
fn lacking_bounds(json: &Path) -> Result<Vec<String>> {
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .build()?;
    let items: Vec<String> = api.items().map(ToString::to_string).collect();
    let types: BTreeSet<&str> = items.iter().filter_map(|item| type_name(item)).collect();
    ensure!(!types.is_empty(), "no type was found");
    let implemented: BTreeSet<(&str, &str)> = items
        .iter()
        .filter_map(|item| implementation(item))
        .collect();
    let all = types
        .iter()
        .flat_map(|name| BOUNDS.map(|bound| (bound, *name)));
    let lacking = all.filter(|pair| !implemented.contains(pair));
    Ok(lacking
        .map(|(bound, name)| format!("{name} is not {bound}"))
        .collect())
}

/// The name in the declaration of a type, without the module: a type may be reached by two.
fn type_name(item: &str) -> Option<&str> {
    let item = item.trim_start_matches("#[non_exhaustive] ");
    let declared = item
        .strip_prefix("pub struct ")
        .or_else(|| item.strip_prefix("pub enum "))?;
    last_segment(declared)
}

/// Trait and type of `impl<T> core::marker::Send for nvml_mig::Device where ...`.
fn implementation(item: &str) -> Option<(&str, &str)> {
    let (implemented, of) = item.strip_prefix("impl")?.split_once(" for ")?;
    let implemented = implemented.split(' ').next_back()?;
    Some((implemented, last_segment(of)?))
}

fn last_segment(path: &str) -> Option<&str> {
    let path = path.split(['<', '(', ' ']).next()?;
    path.rsplit("::").next()
}

/// Whether the list is the one in the repository; the lines that differ are printed.
fn is_kept(path: &Path, list: &str) -> Result<bool> {
    let kept = std::fs::read_to_string(path);
    let kept = kept.with_context(|| format!("could not read {}", path.display()))?;
    for line in kept
        .lines()
        .filter(|line| !list.lines().any(|other| other == *line))
    {
        println!("- {line}");
    }
    for line in list
        .lines()
        .filter(|line| !kept.lines().any(|other| other == *line))
    {
        println!("+ {line}");
    }
    Ok(kept == list)
}

fn target(workspace: &Path) -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    folder.unwrap_or_else(|| workspace.join("target"))
}
