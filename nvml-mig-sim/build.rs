//! Sets linker options for the simulated library, like those of NVIDIA's library, and builds the library that a release
//! build of the program carries inside.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `0` builds a release without a library inside; also set for the build of that library.
const EMBED: &str = "NVML_MIG_SIM_EMBED";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(embedded_library)");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The name that NVML clients request from the dynamic linker.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libnvidia-ml.so.1");
        // Functions call each other within this library, not in one loaded earlier, even if they are hidden from
        // clients.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
        // Keeps the library loaded: Rust's standard library runs cleanup at the end of each thread that has called it,
        // possibly after a client has closed the library.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        embed();
    }
}

/// `cargo install` installs the program but not the library. Cargo has no stable way to let one target of a package
/// contain another, so a second cargo builds it. Debug builds find the library in the target folder.
fn embed() {
    println!("cargo:rerun-if-env-changed={EMBED}");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let is_refused = env::var(EMBED).is_ok_and(|value| value == "0");
    if !is_release || is_refused || env::var_os("DOCS_RS").is_some() {
        return;
    }
    for source in ["src", "Cargo.toml", "../nvml-mig-sys/src"] {
        if Path::new(source).exists() {
            println!("cargo:rerun-if-changed={source}");
        }
    }
    match built() {
        Ok(library) => {
            println!("cargo:rustc-cfg=embedded_library");
            println!(
                "cargo:rustc-env=NVML_MIG_SIM_EMBEDDED={}",
                library.display()
            );
        }
        Err(why) => {
            println!("cargo:warning=the program won't carry the simulated library inside: {why}");
        }
    }
}

/// Builds the library and returns its path.
fn built() -> Result<PathBuf, String> {
    let variable = |name: &str| env::var_os(name).ok_or(format!("cargo has not set {name}"));
    let folder = PathBuf::from(variable("OUT_DIR")?).join("embedded");
    let target = variable("TARGET")?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.args([
        "rustc",
        "--quiet",
        "--release",
        "--lib",
        "--crate-type",
        "cdylib",
    ]);
    cargo.args(["--config", "profile.release.strip=true"]);
    cargo
        .arg("--manifest-path")
        .arg(PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("Cargo.toml"));
    cargo
        .arg("--target")
        .arg(&target)
        .arg("--target-dir")
        .arg(&folder);
    // Clippy checks this package alone.
    cargo.env(EMBED, "0").env_remove("RUSTC_WORKSPACE_WRAPPER");
    let status = cargo.status().map_err(|error| error.to_string())?;
    let library = folder.join(&target).join("release/libnvml_mig_sim.so");
    if status.success() && library.is_file() {
        return Ok(library);
    }
    Err(format!("cargo ended with {status}"))
}
