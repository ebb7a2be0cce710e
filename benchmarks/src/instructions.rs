//! Instructions and heap allocations of single calls, counted by valgrind through gungraun.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::trivial::{package, target};

/// gungraun's own program; it must be of the version of the crate.
const RUNNER: &str = "gungraun-runner";
const RUNNER_VERSION: &str = "0.20.0";

/// Rounds by which the long loop is longer than the short one (benches/calls.rs).
const ROUNDS: u64 = 1000;

/// What one call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub instructions: u64,
    pub allocations: u64,
}

/// Counts by the names of the loops, such as `ours_mig_mode`; the loop's own cost is taken off.
pub type Counts = BTreeMap<String, Count>;

/// Runs the loops under valgrind.
pub fn counts(library: &Path) -> Result<Counts> {
    let found = target().join("gungraun/nvml-mig-benchmarks/calls/calls");
    if found.exists() {
        std::fs::remove_dir_all(&found)?;
    }
    let ran = Command::new("cargo")
        .args([
            "bench",
            "--quiet",
            "--locked",
            "--workspace",
            "--bench",
            "calls",
        ])
        .arg("--manifest-path")
        .arg(package().join("Cargo.toml"))
        .env("NVML_MIG_TRIVIAL_LIBRARY", library)
        .env("GUNGRAUN_RUNNER", runner()?)
        .env("GUNGRAUN_SAVE_SUMMARY", "json")
        .env("GUNGRAUN_HOME", target().join("gungraun"))
        .output()?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(
        ran.status.success(),
        "the loops could not be counted: {said}"
    );
    per_round(&found)
}

/// Installs gungraun's program, once.
fn runner() -> Result<PathBuf> {
    let folder = target().join(format!("{RUNNER}-{RUNNER_VERSION}"));
    let program = folder.join("bin").join(RUNNER);
    if !program.exists() {
        let installed = Command::new("cargo")
            .args(["install", "--quiet", "--locked", "--debug", RUNNER])
            .args(["--version", RUNNER_VERSION, "--root"])
            .arg(&folder)
            .status()?;
        ensure!(installed.success(), "{RUNNER} could not be installed");
    }
    Ok(program)
}

fn per_round(found: &Path) -> Result<Counts> {
    let mut loops: BTreeMap<String, [Count; 2]> = BTreeMap::new();
    for entry in std::fs::read_dir(found)? {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let Some((name, length)) = name.split_once('.') else {
            continue;
        };
        let none = Count {
            instructions: 0,
            allocations: 0,
        };
        let [short, long] = loops.entry(name.to_owned()).or_insert([none; 2]);
        *(if length == "long" { long } else { short }) = read(&folder.join("summary.json"))?;
    }
    // What is not the same in every round is rounded up.
    let round = |of: fn(&Count) -> u64, [short, long]: &[Count; 2]| {
        of(long).saturating_sub(of(short)).div_ceil(ROUNDS)
    };
    let empty = loops
        .remove("empty")
        .context("the empty loop was not counted")?;
    let empty = round(|count| count.instructions, &empty);
    let count = |both: &[Count; 2]| Count {
        instructions: round(|count| count.instructions, both).saturating_sub(empty),
        allocations: round(|count| count.allocations, both),
    };
    Ok(loops
        .iter()
        .map(|(name, both)| (name.clone(), count(both)))
        .collect())
}

/// A summary has a profile of each tool: callgrind counts instructions, dhat blocks of the heap.
fn read(summary: &Path) -> Result<Count> {
    let text = std::fs::read_to_string(summary);
    let text = text.with_context(|| format!("could not read {}", summary.display()))?;
    let json: Value = serde_json::from_str(&text)?;
    let profiles = json["profiles"].as_array().context("no profiles")?;
    let find = |metric: &str| {
        let value = |profile: &Value| {
            let metrics = &profile["data"]["parts"][0]["metrics"];
            metrics[metric]["values"]["new"].as_u64()
        };
        let found = profiles.iter().find_map(value);
        found.with_context(|| format!("{} has no {metric}", summary.display()))
    };
    Ok(Count {
        instructions: find("Ir")?,
        allocations: find("TotalBlocks")?,
    })
}
