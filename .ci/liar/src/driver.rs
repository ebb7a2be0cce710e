//! The driver's functions: the honest ones, and the table with the lie. A process tells one lie to one machine.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::collections::BTreeSet;
use std::ffi::c_void;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nvml_mig::sys::Library;
use nvml_mig_sys::NvmlSymbols;

use crate::lies::{Lie, Telling};
use crate::witness;

/// The functions that tell the truth, of the machine that is lied about.
static HONEST: OnceLock<NvmlSymbols> = OnceLock::new();
/// The ids of the busy and the idle GPU instance, for lies that confuse them.
static INSTANCES: OnceLock<(u32, u32)> = OnceLock::new();
/// How often the lie was told.
static TIMES: AtomicU32 = AtomicU32::new(0);
/// How long slow calls slept, in milliseconds.
static SLEPT: AtomicU64 = AtomicU64::new(0);

/// The library of the machine, with this lie in it.
pub(crate) fn library(path: &Path, lie: &Lie, instances: (u32, u32)) -> Result<Library> {
    let honest = symbols(path, &BTreeSet::new())?;
    ensure!(
        HONEST.set(honest).is_ok() && INSTANCES.set(instances).is_ok(),
        "this process has told a lie already"
    );
    let told = match &lie.telling {
        Telling::Truth => honest,
        Telling::Replaced(replace) => {
            let mut told = honest;
            replace(&mut told);
            told
        }
        Telling::Lacking(functions) => symbols(path, functions)?,
    };
    let table = witness::watched(told);
    // SAFETY: the functions are those of a library that stays open, but for the lies, which the crate must bear.
    Ok(unsafe { Library::from_symbols(table, path) })
}

/// The functions of a library, but for those that it is to lack. It stays open until the process ends.
fn symbols(path: &Path, lacking: &BTreeSet<&str>) -> Result<NvmlSymbols> {
    // SAFETY: the simulated library's initialisers have no preconditions.
    let library = unsafe { libloading::Library::new(path) }.context("the simulated library")?;
    let address = |name: &core::ffi::CStr| {
        if name.to_str().is_ok_and(|name| lacking.contains(name)) {
            return core::ptr::null();
        }
        // SAFETY: the symbol is read as a plain address, which is not dereferenced here.
        let symbol = unsafe { library.get::<*const c_void>(name.to_bytes_with_nul()) };
        symbol.map_or(core::ptr::null(), |symbol| *symbol)
    };
    // SAFETY: each address is that of the simulated library's function with this name.
    let symbols = unsafe { NvmlSymbols::load_with(address) };
    core::mem::forget(library);
    Ok(symbols)
}

pub(crate) fn honest() -> &'static NvmlSymbols {
    HONEST.get().expect("a table was made")
}

/// The id of the GPU instance with a process on it.
pub(crate) fn busy() -> u32 {
    INSTANCES.get().expect("a table was made").0
}

/// The id of the other.
pub(crate) fn idle() -> u32 {
    INSTANCES.get().expect("a table was made").1
}

/// Counts a lie; returns how often it was told before.
pub(crate) fn tell() -> u32 {
    TIMES.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn times() -> u32 {
    TIMES.load(Ordering::Relaxed)
}

/// Sleeps as a slow call does.
pub(crate) fn sleep(time: Duration) {
    std::thread::sleep(time);
    let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    SLEPT.fetch_add(time, Ordering::Relaxed);
}

pub(crate) fn slept() -> Duration {
    Duration::from_millis(SLEPT.load(Ordering::Relaxed))
}
