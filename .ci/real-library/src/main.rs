//! Shows NVIDIA's own library to our loader: `cargo run -- $(../fetch library)`.

use std::env;
use std::process::ExitCode;

use nvml_mig_sys::{FUNCTIONS, Library};

/// What driver 535 lacks of our functions: the one that came later, and nothing else.
const LACKING: &[&str] = &["nvmlDeviceGetGpuInstanceProfileInfoByIdV"];

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        eprintln!("say the path of NVIDIA's libnvidia-ml.so.1");
        return ExitCode::FAILURE;
    };
    match opens_and_lacks_what_it_should(&path) {
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
