//! The library that answers at once.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

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
pub fn build() -> Result<PathBuf> {
    let target = target().join("trivial");
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--manifest-path"])
        .arg(package().join("trivial/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()?;
    ensure!(built.success(), "the trivial library could not be built");
    Ok(target.join("release/libnvml_mig_benchmarks_trivial.so"))
}
