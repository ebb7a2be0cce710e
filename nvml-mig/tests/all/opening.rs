//! Opening NVML and closing it: what is said where there is none, and for how long it stays open.

use std::process::Command;

use crate::support::machine::{Machine, example_file, on_each_driver};
use nvml_mig::error::Cause;
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig::sys::{LibraryProblem, OpenError};
use nvml_mig::{Error, Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

/// NVIDIA's tools and this crate look for the library by name, in the places of the dynamic linker.
#[test]
fn the_library_is_found_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let builder = Simulator::builder().gpu(GpuSpec::new("a100-sxm4-40gb"));
    let simulator = builder.state_file(&state).start().unwrap();
    let done = Command::new(example_file("list_mig"))
        .env(
            "LD_LIBRARY_PATH",
            simulator.library_path().parent().unwrap(),
        )
        .env("NVML_MIG_SIM_STATE", &state)
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success() && said.is_empty(), "{said}");
    let listed = String::from_utf8(done.stdout).unwrap();
    assert_eq!(listed, "GPU 0: NVIDIA A100-SXM4-40GB, MIG mode enabled\n");
}

/// Whatever this machine has.
#[test]
fn without_a_driver_the_error_says_what_to_install() {
    match Nvml::init() {
        Ok(nvml) => assert!(!nvml.nvml_version().unwrap().numbers().is_empty()),
        Err(Error::LibraryNotFound(error)) => {
            let sentence = error.to_string();
            assert!(sentence.contains("libnvidia-ml.so.1"), "{sentence}");
            assert!(sentence.ends_with(&error.remedy), "{sentence}");
            assert!(!error.remedy.is_empty());
        }
        Err(error) => assert_eq!(error.function(), Some("nvmlInit_v2"), "{error}"),
    }
}

#[test]
fn a_file_that_is_not_there_or_is_no_library() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libnvidia-ml.so.1");
    let error = Nvml::init_from(&path).unwrap_err();
    assert!(matches!(error, Error::LibraryNotFound(_)), "{error}");
    std::fs::write(&path, "a text").unwrap();
    let error = Nvml::init_from(&path).unwrap_err();
    assert!(matches!(error, Error::LibraryUnusable(_)), "{error}");
    for sentence in [error.to_string(), format!("{error:?}")] {
        assert!(sentence.contains(path.to_str().unwrap()), "{sentence}");
    }
    assert_eq!(
        (error.code(), error.function(), error.cause()),
        (None, None, None)
    );
}

/// What image builds and container engines leave in place of the library, by path and by name.
#[test]
fn an_empty_file_or_a_directory_is_named_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libnvidia-ml.so.1");
    let check = |problem, words: &str| {
        let error = Nvml::init_from(&path).unwrap_err();
        let Error::LibraryUnusable(error) = &error else {
            panic!("{error}");
        };
        let OpenError::Unusable {
            name,
            problem: seen,
            ..
        } = &error.error
        else {
            panic!("{error}");
        };
        assert_eq!((name, *seen), (&path, Some(problem)));
        let done = Command::new(example_file("list_mig"))
            .env("LD_LIBRARY_PATH", folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        let sentence = format!(
            "the NVML library {} can't be loaded: {words}; ",
            path.display()
        );
        assert!(said.contains(&sentence), "{said}");
        assert_eq!(done.status.code(), Some(1));
    };
    std::fs::write(&path, "").unwrap();
    check(LibraryProblem::EmptyFile, "the file is empty");
    std::fs::write(
        &path,
        "a text of at least sixty-four bytes, which is the length of an ELF header",
    )
    .unwrap();
    check(LibraryProblem::NotElf, "it is not an ELF file");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    check(LibraryProblem::Directory, "it is a directory");
}

/// The dynamic linker passes over a file for another processor as if it did not exist.
#[test]
fn a_library_for_another_processor_is_not_called_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libnvidia-ml.so.1");
    let mut program = std::fs::read("/proc/self/exe").unwrap();
    program[18] ^= 1;
    std::fs::write(&path, program).unwrap();
    let error = Nvml::init_from(&path).unwrap_err();
    assert!(matches!(error, Error::LibraryUnusable(_)), "{error}");
    let words = "it is for another processor architecture than this program";
    assert!(error.to_string().contains(words), "{error}");
}

/// The file that was opened and its version stand in the error, since there may be several on a machine.
#[test]
fn a_mismatch_of_versions_names_the_file_and_its_version() {
    let simulator = Simulator::builder()
        .driver_version("535.261.03")
        .gpu(GpuSpec::new("a30"))
        .start()
        .unwrap();
    simulator.fail("nvmlInit_v2", 1, nvmlReturn_t(18)).unwrap();
    let error = Nvml::init_from(simulator.library_path()).unwrap_err();
    let text = error.to_string();
    let file = simulator.library_path().canonicalize().unwrap();
    assert!(
        text.contains(&format!(" on {}: ", file.display())),
        "{text}"
    );
    assert!(
        text.contains("the library (535.261.03) and the kernel module"),
        "{text}"
    );
}

#[test]
fn what_nvml_says_when_it_does_not_start() {
    on_each_driver(|driver| {
        let rows = [
            (
                9,
                ReturnCode::DriverNotLoaded,
                Some(Cause::DriverNotLoaded),
                "driver not loaded",
            ),
            (
                18,
                ReturnCode::LibraryDriverVersionMismatch,
                Some(Cause::DriverVersionMismatch),
                "different versions",
            ),
            (
                4,
                ReturnCode::NoPermission,
                Some(Cause::NoPermission),
                "/dev/nvidiactl",
            ),
            (
                999,
                ReturnCode::Unknown,
                Some(Cause::DriverNotUsable),
                "NVML_ERROR_UNKNOWN (999)",
            ),
        ];
        let simulator = Simulator::builder()
            .driver_version(driver.0)
            .start()
            .unwrap();
        for (number, code, cause, part) in rows {
            simulator
                .fail("nvmlInit_v2", 1, nvmlReturn_t(number))
                .unwrap();
            let error = Nvml::init_from(simulator.library_path()).unwrap_err();
            assert_eq!(
                (error.code(), error.cause()),
                (Some(code), cause),
                "{error}"
            );
            assert!(error.to_string().contains(part), "{error}");
        }
        // A start that failed is not in the way of the next.
        Nvml::init_from(simulator.library_path()).unwrap();
    });
}

#[test]
fn nvml_is_shut_down_when_the_last_handle_goes() {
    on_each_driver(|driver| {
        let Machine {
            device,
            nvml,
            simulator,
        } = driver.with("a30");
        let shutdowns = || {
            let calls = simulator.calls().unwrap();
            calls
                .iter()
                .filter(|call| call.function == "nvmlShutdown")
                .count()
        };
        simulator.log_calls(true).unwrap();
        let profile = device.gpu_instance_profile_by_name("4g.24gb").unwrap();
        let gpu_instance = device.create_gpu_instance(profile.id).unwrap();
        let part = ComputeInstanceProfileId::new(0);
        let compute_instance = gpu_instance.create_compute_instance(part).unwrap();
        let mig_device = compute_instance.mig_device().unwrap();
        drop((nvml, device, gpu_instance, compute_instance));
        assert_eq!(shutdowns(), 0);
        assert_eq!(mig_device.name().unwrap(), "NVIDIA A30 MIG 1c.4g.24gb");
        drop(mig_device);
        assert_eq!(shutdowns(), 1);
    });
}

/// A chain of errors, as programs print it, says each level once, and the error of NVML is found in it.
#[test]
fn a_refused_destroy_is_told_once() {
    let machine = Machine::with("a30");
    let whole = machine.create(0).unwrap();
    let _part = whole
        .create_compute_instance(ComputeInstanceProfileId::new(0))
        .unwrap();
    let refused = whole.destroy().unwrap_err();
    assert_eq!(refused.to_string(), "the instance was not destroyed");
    assert!(format!("{refused:?}").contains("InUse"));
    let source = std::error::Error::source(&refused).unwrap();
    let found: &Error = source.downcast_ref().unwrap();
    assert_eq!(found.to_string(), refused.error.to_string());
    assert!(source.source().is_none());
    let error = Error::from(refused);
    assert_eq!(error.code(), Some(ReturnCode::InUse));
}

/// The caller named the wrong file: the message must not say to remove it or to update the driver.
#[test]
fn another_file_than_nvml_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.so");
    std::fs::write(&empty, "").unwrap();
    let text = folder.path().join("text.so");
    std::fs::write(&text, "a text").unwrap();
    let inside = folder.path().join("libnvidia-ml.so.1");
    for (file, part) in [
        (folder.path(), inside.to_str().unwrap()),
        (&empty, "give the path of the libnvidia-ml.so.1"),
        (&text, "give the path of the libnvidia-ml.so.1"),
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        (&libc(), "is not the NVML library of a driver with MIG"),
    ] {
        let error = match nvml_mig::sys::Library::open_path(file) {
            Err(error) => Error::from(error),
            Ok(library) => Nvml::from_library(library).unwrap_err(),
        };
        let error = error.to_string();
        assert!(error.contains(part), "{error}");
        assert!(
            error.contains(file.file_name().unwrap().to_str().unwrap()),
            "{error}"
        );
        for wrong in ["remove", "reinstall", "update"] {
            assert!(!error.contains(wrong), "{error}");
        }
    }
}

/// A library that this program has loaded.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn libc() -> std::path::PathBuf {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut paths = maps.split_whitespace().filter(|word| word.starts_with('/'));
    paths.find(|path| path.contains("libc.so")).unwrap().into()
}
