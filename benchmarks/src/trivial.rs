//! The library that answers at once.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

/// Which functions it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Functions {
    /// All that are measured.
    All,
    /// Without the newer half of them.
    Half,
}

/// Where this package is.
pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where what is built goes.
pub fn target() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    folder.unwrap_or_else(|| package().join("target"))
}

/// Builds it, and gives its path.
pub fn build(functions: Functions) -> Result<PathBuf> {
    let (folder, feature): (_, &[&str]) = match functions {
        Functions::All => ("trivial", &[]),
        Functions::Half => ("trivial-half", &["--features", "half"]),
    };
    let target = target().join(folder);
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--manifest-path"])
        .arg(package().join("trivial/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(feature)
        .status()?;
    ensure!(built.success(), "the trivial library could not be built");
    Ok(target.join("release/libnvml_mig_benchmarks_trivial.so"))
}
