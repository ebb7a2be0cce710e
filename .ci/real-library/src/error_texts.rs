//! The texts of NVIDIA's libraries for return codes, which they give without a driver, against the simulator's.

use std::ffi::CStr;

use nvml_mig_sim::Simulator;
use nvml_mig_sys::{Library, nvmlReturn_t};

/// Beyond the last code of nvml.h 13.5, 999 apart.
const CODES: std::ops::RangeInclusive<u32> = 0..=1000;

/// A simulated driver of this library's version has the same texts.
pub(super) fn are_those_of_the_simulator(path: &str, driver: &str) -> Result<(), String> {
    let simulator = Simulator::builder().driver_version(driver).start();
    let simulator = simulator.map_err(|error| error.to_string())?;
    let open = |path| Library::open_path(path).map_err(|error| error.to_string());
    let theirs = open(path.as_ref())?;
    let ours = open(simulator.library_path())?;
    for code in CODES {
        let (found, expected) = (text(&ours, code), text(&theirs, code));
        if found != expected {
            return Err(format!(
                "a simulated driver {driver} calls error {code} {found:?}, NVIDIA's {expected:?}"
            ));
        }
    }
    println!("driver {driver} and its simulation have the same error texts");
    Ok(())
}

fn text(library: &Library, code: u32) -> &CStr {
    let function = library.symbols().nvmlErrorString;
    // SAFETY: every number may be asked for.
    let text = unsafe { function(nvmlReturn_t(code)) };
    // SAFETY: the text is a constant of the library, which stays open as long as it is borrowed.
    unsafe { CStr::from_ptr(text) }
}
