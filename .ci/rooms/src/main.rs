//! Keeps the rooms of `nvml-mig` and `nvml-mig-sim`: which module may use which. See docs/ROOMS.md.
//!
//! It reads names: imports, paths in expressions, types and attributes, and paths among the tokens of macros. A method
//! called on a value is not seen, since the type of the value is not known. Test modules are not read. A file that uses what
//! the module around it defines makes no circle: the two are one part and its details.

mod arrows;
mod circles;
mod house;
mod map;
mod modules;
mod names;
mod rules;
#[cfg(test)]
mod tests;
mod tokens;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use house::{HOUSES, House};
use modules::Modules;

#[derive(Parser)]
enum Command {
    /// Fail unless every room keeps its floor and docs/ROOMS.md is what `map` writes.
    Check,
    /// Write docs/ROOMS.md from the code.
    Map,
}

const MAP: &str = "docs/ROOMS.md";

fn main() -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let houses = read(&root)?;
    let map = map::draw(&root, &houses)?;
    let broken = match Command::parse() {
        Command::Check => check(&root, &houses, &map)?,
        Command::Map => {
            write(&root, &map)?;
            Vec::new()
        }
    };
    for sentence in &broken {
        println!("{sentence}");
    }
    Ok(ExitCode::from(u8::from(!broken.is_empty())))
}

fn read(root: &Path) -> Result<Vec<(&'static House, Modules)>> {
    HOUSES
        .iter()
        .map(|house| Ok((house, Modules::read(root, house.package)?)))
        .collect()
}

fn write(root: &Path, map: &str) -> Result<()> {
    let file = root.join(MAP);
    fs::create_dir_all(file.with_file_name(""))?;
    fs::write(file, map).with_context(|| format!("writing {MAP}"))
}

/// One sentence for each broken rule.
fn check(root: &Path, houses: &[(&'static House, Modules)], map: &str) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for (house, modules) in houses {
        broken.extend(rules::broken(house, modules));
        broken.extend(rules::crowded(root, house)?);
    }
    let committed = fs::read_to_string(root.join(MAP)).with_context(|| format!("reading {MAP}"))?;
    if committed != map {
        broken.push(format!(
            "{MAP} is not what the code gives: run `cargo run --manifest-path .ci/rooms/Cargo.toml -- map`"
        ));
    }
    Ok(broken)
}
