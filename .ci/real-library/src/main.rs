//! Shows NVIDIA's own library to our crates: `cargo run -- $(../fetch library)`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sys::{FUNCTIONS, Library};

/// What driver 535 lacks of our functions: the one that came later, and nothing else.
const LACKING: &[&str] = &["nvmlDeviceGetGpuInstanceProfileInfoByIdV"];

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        eprintln!("say the path of NVIDIA's libnvidia-ml.so.1");
        return ExitCode::FAILURE;
    };
    match opens_and_lacks_what_it_should(&path).and_then(|()| says_that_no_driver_is_loaded(&path))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(difference) => {
            eprintln!("{difference}");
            ExitCode::FAILURE
        }
    }
}

fn opens_and_lacks_what_it_should(path: &str) -> Result<(), String> {
    let library = Library::open_path(path).map_err(|error| error.to_string())?;
    let lacking = library.missing_functions();
    if lacking != LACKING {
        return Err(format!("{path} lacks {lacking:?}, expected {LACKING:?}"));
    }
    let held = FUNCTIONS.len() - lacking.len();
    println!("{path} has {held} of our functions, and lacks {lacking:?} as it should");
    Ok(())
}

fn says_that_no_driver_is_loaded(path: &str) -> Result<(), String> {
    if Path::new("/proc/driver/nvidia/version").exists() {
        println!("a driver is loaded here, so what is said without one was not checked");
        return Ok(());
    }
    let Err(error) = Nvml::init_from(path) else {
        return Err(format!("{path} started without a driver"));
    };
    let said = error.to_string();
    let clear = said.starts_with("nvmlInit_v2: NVML_ERROR_DRIVER_NOT_LOADED (9)")
        && said.contains("driver not loaded");
    if error.code() != Some(ReturnCode::DriverNotLoaded) || !clear {
        return Err(format!(
            "expected NVML_ERROR_DRIVER_NOT_LOADED and its cause, got: {said}"
        ));
    }
    println!("{said}");
    Ok(())
}
