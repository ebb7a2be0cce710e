//! Shows NVIDIA's own libraries to our crates: `cargo run -- $(../fetch library 535) [OTHERS...]`. The first is opened;
//! the exports and error texts of all are compared with those of simulated drivers.

mod error_texts;
mod exports;

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sys::{FUNCTIONS, Library};

/// What driver 535 lacks of our functions: those that came later, and nothing else.
const LACKING: &[&str] = &[
    "nvmlEventSetRegisterGpuOperationalEvents_v1",
    "nvmlEventSetWait_v3",
    "nvmlEventSetGetContextCount_v1",
    "nvmlEventSetGetContextInfo_v1",
    "nvmlEventSetGetContextData_v1",
    "nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1",
    "nvmlGpuInstanceGetCreatableVgpus",
    "nvmlVgpuTypeGetMaxInstancesPerGpuInstance",
    "nvmlGpuInstanceGetActiveVgpus",
    "nvmlGpuInstanceSetVgpuSchedulerState",
    "nvmlGpuInstanceGetVgpuSchedulerState",
    "nvmlGpuInstanceGetVgpuSchedulerLog",
    "nvmlGpuInstanceGetVgpuTypeCreatablePlacements",
    "nvmlGpuInstanceGetVgpuHeterogeneousMode",
    "nvmlGpuInstanceSetVgpuHeterogeneousMode",
    "nvmlGpuInstanceGetVgpuSchedulerState_v2",
    "nvmlGpuInstanceGetVgpuSchedulerLog_v2",
    "nvmlGpuInstanceSetVgpuSchedulerState_v2",
    "nvmlDeviceGetGpuInstanceProfileInfoByIdV",
];

fn main() -> ExitCode {
    let paths: Vec<String> = env::args().skip(1).collect();
    match check(&paths) {
        Ok(()) => ExitCode::SUCCESS,
        Err(difference) => {
            eprintln!("{difference}");
            ExitCode::FAILURE
        }
    }
}

fn check(paths: &[String]) -> Result<(), String> {
    let path = paths.first();
    let path = path.ok_or("pass the path of NVIDIA's libnvidia-ml.so.1 of driver 535")?;
    opens_and_lacks_what_it_should(path)?;
    says_that_no_driver_is_loaded(path)?;
    for path in paths {
        let driver = driver_of(path)?;
        exports::are_those_of_the_simulator(path, &driver)?;
        error_texts::are_those_of_the_simulator(path, &driver)?;
    }
    Ok(())
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

/// The file behind the link is named `libnvidia-ml.so.<driver>`.
fn driver_of(path: &str) -> Result<String, String> {
    let file = fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
    let name = file.file_name().and_then(|name| name.to_str());
    let version = name.and_then(|name| name.strip_prefix("libnvidia-ml.so."));
    let named = |path: &Path| format!("{} does not end with a driver version", path.display());
    version.map(str::to_owned).ok_or_else(|| named(&file))
}
