//! The first init of a fresh process.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::clock::least;

/// What a process does that was started for this alone.
pub fn child(binding: &str, path: &str) -> Result<()> {
    let began = Instant::now();
    match binding {
        // Closing is not measured, and that of nvml-wrapper panics where the library lacks a function.
        "nvml-mig" => std::mem::forget(nvml_mig::Nvml::init_from(path)?),
        "nvml-wrapper" => {
            let mut nvml = nvml_wrapper::Nvml::builder();
            std::mem::forget(nvml.lib_path(path.as_ref()).init()?);
        }
        other => bail!("no binding is called {other}"),
    }
    println!("{}", began.elapsed().as_nanos());
    Ok(())
}

/// Microseconds of the first init, the least of nine processes.
pub fn microseconds(binding: &str, library: &Path) -> Result<f64> {
    let once = || -> Result<f64> {
        // `cargo bench` has replaced this program's file.
        let ran = Command::new("/proc/self/exe")
            .args(["--start", binding])
            .arg(library)
            .output()?;
        let said = String::from_utf8_lossy(&ran.stderr);
        ensure!(ran.status.success(), "{binding} did not start: {said}");
        let text = String::from_utf8(ran.stdout)?;
        let nanoseconds: f64 = text.trim().parse().context("no number")?;
        Ok(nanoseconds / 1000.0)
    };
    let times = (0..9).map(|_| once()).collect::<Result<Vec<f64>>>()?;
    Ok(least(times))
}
