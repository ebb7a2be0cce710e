//! Keeps `nvml-mig-sys/src/bindings.rs` honest. See CONTRIBUTING.md, "A new NVML version".

#[path = "../../../build.rs"]
#[allow(dead_code)] // Only its generating half is used; its main belongs to cargo.
mod build;
mod items;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Write the bindings anew from our header.
    Write,
    /// Fail unless the committed bindings are what our header gives, byte for byte.
    Drift,
    /// Fail unless the nvml.h in FOLDER gives the items that ours gives.
    Conform {
        folder: PathBuf,
        /// The header is older: it may lack items, and may differ where OLDER says so.
        #[arg(long)]
        older: bool,
    },
}

/// Where an older header may differ, and why that is harmless. Nothing else may.
const OLDER: &[(&str, &str)] = &[
    ("NVML_BRAND_COUNT", "counts brands"),
    ("NVML_VALUE_TYPE_COUNT", "counts value types"),
    ("NVML_GPM_METRIC_MAX", "counts metrics"),
    ("NVML_GPU_INSTANCE_PROFILE_COUNT", "counts profiles"),
    ("NVML_COMPUTE_INSTANCE_PROFILE_COUNT", "counts profiles"),
    (
        "nvmlGpmMetricsGet_t",
        "its array has NVML_GPM_METRIC_MAX elements; numMetrics says how many are used",
    ),
    (
        "nvmlValue_st",
        "11.8 has no siVal and usVal; the size is the same",
    ),
    (
        "nvmlProcessInfo_st",
        "11.8 has this tag for the structure that is nvmlProcessInfo_v2_st now; the layout is the same",
    ),
    (
        "NVML_DEVICE_ARCH_T23X",
        "12.9's name for NVML_DEVICE_ARCH_DLA",
    ),
];

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let package = root.join("nvml-mig-sys");
    let committed = package.join("src/bindings.rs");
    let generated = |headers: &Path| generate(&package, headers);
    match Command::parse() {
        Command::Write => fs::write(&committed, generated(&package.join("include"))?)?,
        Command::Drift => drift(
            &fs::read_to_string(&committed)?,
            &generated(&package.join("include"))?,
        )?,
        Command::Conform { folder, older } => {
            conform(
                &fs::read_to_string(&committed)?,
                &generated(&folder)?,
                older,
            )?;
        }
    }
    Ok(())
}

fn generate(package: &Path, headers: &Path) -> Result<String> {
    build::bindings(package, headers).map_err(anyhow::Error::msg)
}

fn drift(committed: &str, generated: &str) -> Result<()> {
    if committed != generated {
        let line = committed
            .lines()
            .zip(generated.lines())
            .take_while(|(a, b)| a == b)
            .count()
            + 1;
        bail!(
            "src/bindings.rs differs from what include/nvml.h gives, first at line {line}; run `cargo run -- write` in .ci/bindings"
        );
    }
    println!(
        "bindings.rs is what include/nvml.h gives: {} bytes",
        committed.len()
    );
    Ok(())
}

fn conform(ours: &str, theirs: &str, older: bool) -> Result<()> {
    let (ours, theirs) = (items::of(ours)?, items::of(theirs)?);
    let excused =
        |item: &&String| older && OLDER.iter().any(|(name, _)| words(item).contains(name));
    let extra: Vec<_> = theirs
        .difference(&ours)
        .filter(|item| !excused(item))
        .collect();
    let lacking: Vec<_> = ours.difference(&theirs).filter(|_| !older).collect();
    for item in &extra {
        println!("only in NVIDIA's: {item}");
    }
    for item in &lacking {
        println!("only in ours: {item}");
    }
    if !extra.is_empty() || !lacking.is_empty() {
        bail!(
            "{} items differ from NVIDIA's header",
            extra.len() + lacking.len()
        );
    }
    println!(
        "{} of our {} items are in NVIDIA's header, and all that it has of them agree",
        ours.intersection(&theirs).count(),
        ours.len()
    );
    Ok(())
}

fn words(item: &str) -> BTreeSet<&str> {
    item.split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect()
}
