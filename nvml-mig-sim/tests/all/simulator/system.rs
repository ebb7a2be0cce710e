//! Starting, stopping, versions and texts.

use core::ffi::CStr;

use nvml_mig_sim::Simulator;
use nvml_mig_sys::nvmlReturn_t;

use super::nvml::{INSUFFICIENT_SIZE, NOT_SUPPORTED, Nvml, SUCCESS, UNINITIALIZED, c, text};

#[test]
fn starts_and_shutdowns_nest_and_repeat() {
    let nvml = Nvml::open(Simulator::builder());
    let mut count = 0;
    let works = || c!(nvml, nvmlDeviceGetCount_v2(&raw mut count)) == SUCCESS;
    // As NVIDIA's libraries 450.248.02 to 550.163.01 do.
    assert_eq!(c!(nvml, nvmlShutdown()), SUCCESS);
    assert_eq!(c!(nvml, nvmlShutdown()), SUCCESS);
    assert_eq!(c!(nvml, nvmlInit_v2()), SUCCESS);
    assert_eq!(c!(nvml, nvmlInitWithFlags(0)), SUCCESS);
    assert_eq!(c!(nvml, nvmlShutdown()), SUCCESS);
    let mut works = works;
    assert!(works(), "one user is left");
    nvml.create(0).unwrap();
    assert_eq!(c!(nvml, nvmlShutdown()), SUCCESS);
    assert!(!works());
    assert_eq!(c!(nvml, nvmlInit_v2()), SUCCESS);
    assert_eq!(nvml.capacity(0), 0, "the instance outlived the shutdown");
}

#[test]
fn versions() {
    let rows = [
        ("550.163.01", "12.550.163.01", 12040),
        ("535.261.03", "12.535.261.03", 12020),
        ("470.57.02", "11.470.57.02", 11040),
        ("580.65.06", "13.580.65.06", 13000),
    ];
    for (driver, library, cuda) in rows {
        let nvml = Nvml::start(Simulator::builder().driver_version(driver));
        let (mut buffer, mut version) = ([0; 80], 0);
        let code = c!(nvml, nvmlSystemGetDriverVersion(buffer.as_mut_ptr(), 80));
        assert_eq!((code, text(&buffer)), (SUCCESS, driver.to_owned()));
        let code = c!(nvml, nvmlSystemGetNVMLVersion(buffer.as_mut_ptr(), 80));
        assert_eq!((code, text(&buffer)), (SUCCESS, library.to_owned()));
        let code = c!(nvml, nvmlSystemGetDriverVersion(buffer.as_mut_ptr(), 5));
        assert_eq!(code, INSUFFICIENT_SIZE);
        let code = c!(nvml, nvmlSystemGetCudaDriverVersion_v2(&mut version));
        assert_eq!((code, version), (SUCCESS, cuda));
    }
}

/// As NVIDIA's own libraries do before `nvmlInit_v2`: 525.147.05 and older refuse, 535.261.03 and 550.163.01 answer.
#[test]
fn the_nvml_version_before_the_start() {
    for (driver, expected) in [
        ("470.256.02", UNINITIALIZED),
        ("525.147.05", UNINITIALIZED),
        ("535.261.03", SUCCESS),
        ("550.163.01", SUCCESS),
    ] {
        let nvml = Nvml::open(Simulator::builder().driver_version(driver));
        let mut buffer = [0; 80];
        let code = c!(nvml, nvmlSystemGetNVMLVersion(buffer.as_mut_ptr(), 80));
        assert_eq!(code, expected, "{driver}");
        let code = c!(nvml, nvmlSystemGetDriverVersion(buffer.as_mut_ptr(), 80));
        assert_eq!(code, UNINITIALIZED, "{driver}");
    }
}

fn error_text(nvml: &Nvml, code: u32) -> String {
    let error_string = nvml.library.symbols().nvmlErrorString;
    // SAFETY: every number may be asked for.
    let text = unsafe { error_string(nvmlReturn_t(code)) };
    // SAFETY: the text is a constant of the library.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().unwrap().to_owned()
}

#[test]
fn error_texts_also_before_the_start() {
    let nvml = Nvml::open(Simulator::builder());
    for (code, expected) in [
        (0, "Success"),
        (4, "Insufficient Permissions"),
        (16, "GPU requires reset"),
        (19, "In use by another client"),
        (23, "Insufficient Resources"),
        (999, "Unknown Error"),
        (123_456, "Unknown Error"),
        (u32::MAX, "Unknown Error"),
    ] {
        assert_eq!(error_text(&nvml, code), expected, "{code}");
    }
}

/// As in NVIDIA's libraries 470.256.02, 525.147.05, 535.261.03 and 550.163.01.
#[test]
fn error_texts_that_came_with_a_driver() {
    let later = [
        (21, 525, "No data"),
        (22, 525, "vGPU ECC not supported"),
        (25, 525, "Argument version mismatch"),
        (26, 525, "Requested functionality has been deprecated"),
        (27, 535, "System is not in ready state"),
        (28, 550, "No supported GPUs were found"),
        (
            29,
            550,
            "Resource not in correct state to perform requested operation",
        ),
    ];
    for (major, driver) in [
        (470, "470.256.02"),
        (525, "525.147.05"),
        (535, "535.261.03"),
        (550, "550.163.01"),
    ] {
        let nvml = Nvml::open(Simulator::builder().driver_version(driver));
        for (code, since, text) in later {
            let expected = if major < since { "Unknown Error" } else { text };
            assert_eq!(error_text(&nvml, code), expected, "{driver}: {code}");
        }
        assert_eq!(error_text(&nvml, 30), "Unknown Error", "{driver}");
    }
}

/// NVIDIA's libraries 470.256.02 and 525.147.05 return 89 before the start.
#[test]
fn a_private_function_before_the_start() {
    let nvml = Nvml::open(Simulator::builder().driver_version("470.256.02"));
    // SAFETY: the file is the simulator's own library.
    let library = unsafe { libloading::Library::new(nvml.simulator.library_path()) }.unwrap();
    type Retry = unsafe extern "C" fn() -> u32;
    // SAFETY: the simulator's function has no parameters.
    let retry = unsafe { library.get::<Retry>(b"nvmlRetry_NvRmControl") }.unwrap();
    // SAFETY: as above.
    assert_eq!(unsafe { retry() }, 89);
    assert_eq!(c!(nvml, nvmlInit_v2()), SUCCESS);
    // SAFETY: as above.
    assert_eq!(unsafe { retry() }, NOT_SUPPORTED);
}
