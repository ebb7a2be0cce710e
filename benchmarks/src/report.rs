//! docs/BENCHMARKS.md.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use nvml_mig_sim::{GpuSpec, Simulator};

use crate::instructions::{Count, Counts};
use crate::questions::Questions;
use crate::trivial::package;
use crate::{builds, clock, machine, planner, python, start};

/// Measures all the rest, and writes the page.
pub fn write(library: &Path, counts: &Counts, questions: &Questions) -> Result<()> {
    let mut calls = String::new();
    instructions(&mut calls, counts)?;
    times(&mut calls, library)?;
    starts(&mut calls, library)?;
    let builds = builds::both()?;
    let mut page = String::from(HEAD);
    ratios(&mut page, counts, &builds)?;
    writeln!(page, "\nMeasured on {}.\n", machine::description())?;
    page += &calls;
    asked(&mut page, questions)?;
    planned(&mut page)?;
    built(&mut page, &builds)?;
    let path = package().join("../docs/BENCHMARKS.md");
    std::fs::write(&path, page)?;
    println!("wrote {}", path.display());
    Ok(())
}

const HEAD: &str = "# Benchmarks

This page is written by `cargo run --release --manifest-path benchmarks/Cargo.toml`, which anybody can run: it needs cargo
and valgrind, and no GPU. Calls go to a library that answers at once, so only what a binding adds is measured. Tasks go to
simulated GPUs, which count the questions. Instructions, allocations and questions are the same on every machine, and CI
keeps them below the limits in `benchmarks/src/limits.rs`; times are not, so look at their ratios.

## Ratios

nvml-mig to nvml-wrapper; less than 1 means that nvml-mig costs less.

| what | ratio |
|---|---|
";

fn ratios(page: &mut String, counts: &Counts, [ours, theirs]: &[builds::Build; 2]) -> Result<()> {
    for (question, ours, theirs) in questions_of_both(counts) {
        writeln!(
            page,
            "| instructions of `{question}` | {:.2} |",
            ours as f64 / theirs as f64
        )?;
    }
    let seconds = ours.seconds / theirs.seconds;
    writeln!(page, "| cold debug build of a dependent | {seconds:.2} |")?;
    let crates = ours.crates as f64 / theirs.crates as f64;
    writeln!(page, "| crates of that | {crates:.2} |")?;
    Ok(())
}

/// Questions that both have, with the instructions of each.
fn questions_of_both(counts: &Counts) -> Vec<(&str, u64, u64)> {
    fn both<'a>(counts: &Counts, name: &'a str, theirs: &Count) -> Option<(&'a str, u64, u64)> {
        let question = name.strip_prefix("wrapper_")?;
        let ours = counts.get(&format!("ours_{question}"))?;
        Some((question, ours.instructions, theirs.instructions))
    }
    counts
        .iter()
        .filter_map(|(name, theirs)| both(counts, name, theirs))
        .collect()
}

fn instructions(page: &mut String, counts: &Counts) -> Result<()> {
    writeln!(page, "## Instructions and heap allocations of a call\n")?;
    writeln!(
        page,
        "A round of a loop that uses the answer, less a round of an empty loop. The library's own are among them.\n"
    )?;
    writeln!(
        page,
        "| call | C | nvml-mig-sys | nvml-mig | nvml-wrapper | allocations | of nvml-wrapper |"
    )?;
    writeln!(page, "|---|---|---|---|---|---|---|")?;
    for (question, ours, theirs) in questions_of_both(counts) {
        let other = |binding: &str| {
            let count = counts.get(&format!("{binding}_{question}"));
            count.map_or(String::new(), |count| count.instructions.to_string())
        };
        let allocations = |binding: &str| {
            let count = counts.get(&format!("{binding}_{question}"));
            count.map_or(0, |count| count.allocations)
        };
        let (c, sys) = (other("c"), other("sys"));
        let (own, wrapper) = (allocations("ours"), allocations("wrapper"));
        writeln!(
            page,
            "| `{question}` | {c} | {sys} | {ours} | {theirs} | {own} | {wrapper} |"
        )?;
    }
    Ok(())
}

fn times(page: &mut String, library: &Path) -> Result<()> {
    writeln!(page, "\n## Nanoseconds of a call\n")?;
    writeln!(page, "| call | binding | ns |\n|---|---|---|")?;
    writeln!(page, "| `mig_mode` | C | {:.1} |", clock::c(library)?)?;
    for (question, ours, theirs) in clock::both(library)? {
        writeln!(page, "| `{question}` | nvml-mig | {ours:.1} |")?;
        writeln!(page, "| `{question}` | nvml-wrapper | {theirs:.1} |")?;
    }
    for (binding, question, time) in python::times(library)? {
        writeln!(page, "| `{question}` | {binding} (Python) | {time:.0} |")?;
    }
    Ok(())
}

/// Without these no binding opens a library.
const NEEDED: [&str; 4] = [
    "nvmlInit_v2",
    "nvmlInitWithFlags",
    "nvmlShutdown",
    "nvmlErrorString",
];

fn starts(page: &mut String, library: &Path) -> Result<()> {
    let every_second = nvml_mig_sim::exported_functions()?;
    let every_second = every_second
        .into_iter()
        // The simulator needs its own control function.
        .filter(|name| !name.starts_with("nvmlMigSim"))
        .filter(|name| !NEEDED.contains(&name.as_str()));
    let half = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .hide(every_second.step_by(2));
    let half = half.start()?;
    let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).start()?;
    writeln!(page, "\n## The first init of a process\n")?;
    writeln!(
        page,
        "| library | nvml-mig, µs | nvml-wrapper, µs |\n|---|---|---|"
    )?;
    let libraries = [
        ("all functions (simulator)", simulator.library_path()),
        ("those that are measured here", library),
        ("half of all functions (simulator)", half.library_path()),
    ];
    for (name, path) in libraries {
        let ours = start::microseconds("nvml-mig", path)?;
        let theirs = start::microseconds("nvml-wrapper", path)?;
        writeln!(page, "| {name} | {ours:.0} | {theirs:.0} |")?;
    }
    Ok(())
}

fn asked(page: &mut String, questions: &Questions) -> Result<()> {
    writeln!(page, "\n## Questions and time of a task\n")?;
    writeln!(
        page,
        "On simulated A100s of 40 GB with seven MIG devices each. A question to a real GPU is a call into the kernel.\n"
    )?;
    writeln!(page, "| task | questions | µs |\n|---|---|---|")?;
    for (task, asked) in questions {
        let time = asked.time.as_micros();
        writeln!(page, "| {task} | {} | {time} |", asked.questions)?;
    }
    Ok(())
}

fn planned(page: &mut String) -> Result<()> {
    writeln!(page, "\n## Planning\n")?;
    writeln!(
        page,
        "Microseconds to plan as many GPU instances of the smallest profile on an empty GPU.\n"
    )?;
    writeln!(page, "| board | GPU instances | µs |\n|---|---|---|")?;
    for (board, count, time) in planner::lines()? {
        writeln!(page, "| {board} | {count} | {time:.1} |")?;
    }
    for gpus in [1, 8] {
        let time = planner::of_gpus(gpus)?;
        writeln!(page, "| {gpus} x a100-sxm4-40gb | 7 each | {time:.1} |")?;
    }
    Ok(())
}

fn built(page: &mut String, [ours, theirs]: &[builds::Build; 2]) -> Result<()> {
    writeln!(page, "\n## Building\n")?;
    writeln!(
        page,
        "A program that depends on one of them alone, built for debugging from nothing.\n"
    )?;
    writeln!(page, "| dependency | seconds | crates |\n|---|---|---|")?;
    writeln!(page, "| nvml-mig | {:.1} | {} |", ours.seconds, ours.crates)?;
    writeln!(
        page,
        "| nvml-wrapper | {:.1} | {} |",
        theirs.seconds, theirs.crates
    )?;
    let size = builds::size_of_create_mig()?;
    writeln!(
        page,
        "\nThe example `create_mig`, stripped: {} KiB, the simulator in it.",
        size / 1024
    )?;
    Ok(())
}
