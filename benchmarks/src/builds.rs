//! A dependent built from nothing, and the size of a program.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::clock::least;
use crate::trivial::{package, target};

/// A cold debug build.
#[derive(Debug, Clone, Copy)]
pub struct Build {
    pub seconds: f64,
    pub crates: usize,
}

/// How often each is built.
const ROUNDS: usize = 5;

/// Builds a program that depends on nvml-mig alone, and one that depends on nvml-wrapper alone. What they need is fetched
/// before. They take turns, so that a machine which does something else for a while is slow for both, and the least of
/// several times counts.
pub fn both() -> Result<[Build; 2]> {
    let ours = package().join("../nvml-mig");
    let ours = format!("nvml-mig = {{ path = {:?} }}", ours.canonicalize()?);
    let dependents = [
        Dependent::new(&ours)?,
        Dependent::new("nvml-wrapper = \"0.13\"")?,
    ];
    let mut seconds = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for (dependent, seconds) in dependents.iter().zip(&mut seconds) {
            *seconds = least([*seconds, dependent.build()?]);
        }
    }
    let [ours, wrapper] = dependents;
    Ok([
        Build {
            seconds: seconds[0],
            crates: ours.crates()?,
        },
        Build {
            seconds: seconds[1],
            crates: wrapper.crates()?,
        },
    ])
}

/// A program that does nothing and depends on one package.
struct Dependent {
    folder: tempfile::TempDir,
}

impl Dependent {
    fn new(dependency: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        std::fs::create_dir(folder.path().join("src"))?;
        write("src/main.rs", "fn main() {}\n")?;
        let head = "[package]\nname = \"dependent\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
        write(
            "Cargo.toml",
            &format!("{head}[dependencies]\n{dependency}\n[workspace]\n"),
        )?;
        cargo(folder.path(), &["fetch"])?;
        Ok(Self { folder })
    }

    /// Seconds of a build from nothing.
    fn build(&self) -> Result<f64> {
        cargo(self.folder.path(), &["clean"])?;
        let began = Instant::now();
        cargo(self.folder.path(), &["build", "--offline"])?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// How many crates are built for it; the program itself is not counted.
    fn crates(&self) -> Result<usize> {
        let tree = [
            "tree",
            "--prefix=none",
            "--edges=normal,build",
            "--no-dedupe",
        ];
        let tree = cargo(self.folder.path(), &tree)?;
        let mut crates: Vec<&str> = tree.lines().collect();
        crates.sort_unstable();
        crates.dedup();
        Ok(crates.len() - 1)
    }
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<String> {
    let ran = Command::new("cargo")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // What comes from a registry is not built incrementally; a path, as here, would be.
        .env("CARGO_INCREMENTAL", "0")
        .output()?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(ran.status.success(), "cargo {arguments:?}: {said}");
    Ok(String::from_utf8(ran.stdout)?)
}

/// Bytes of the example `create_mig`, built for release and stripped. The simulator is in it.
pub fn size_of_create_mig() -> Result<u64> {
    let target = target().join("create_mig");
    let workspace = package().join("..");
    let built = Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "nvml-mig",
            "--example",
            "create_mig",
        ])
        .args(["--config", "profile.release.strip=true", "--target-dir"])
        .arg(&target)
        .current_dir(workspace)
        .status()?;
    ensure!(built.success(), "create_mig could not be built");
    let program = target.join("release/examples/create_mig");
    let data = std::fs::metadata(program).context("create_mig is not where it should be")?;
    Ok(data.len())
}
