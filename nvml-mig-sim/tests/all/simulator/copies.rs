//! The copies of the library lie beside the machines, and a process that is killed leaves none for good.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nvml_mig_sim::Simulator;

const COPY: &str = "NVML_MIG_SIM_TEST_COPY";

#[test]
#[ignore = "run by the next test, in a process of its own"]
fn is_killed_with_a_copy() {
    let simulator = Simulator::builder().start().unwrap();
    let path = PathBuf::from(std::env::var_os(COPY).unwrap());
    fs::write(path, simulator.library_path().to_str().unwrap()).unwrap();
    std::process::abort();
}

#[test]
#[ignore = "run by the next test, in a process of its own"]
fn starts_and_ends() {
    drop(Simulator::builder().start().unwrap());
}

fn run(test: &str, copy: &Path) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        &format!("simulator::copies::{test}"),
        "--ignored",
    ]);
    child
        .env(COPY, copy)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    child.status().unwrap().success()
}

#[test]
fn the_next_process_removes_what_a_killed_one_left() {
    let own = Simulator::builder().start().unwrap();
    let beside = nvml_mig_sim::default_state_file()
        .unwrap()
        .with_file_name("copies");
    assert!(own.library_path().starts_with(&beside), "{own:?}");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("path");
    assert!(!run("is_killed_with_a_copy", &copy));
    let left = PathBuf::from(fs::read_to_string(&copy).unwrap());
    assert!(run("starts_and_ends", &copy));
    assert!(!left.exists() && !left.parent().unwrap().exists());
    assert!(own.library_path().exists(), "those in use stay");
}

/// Without debug information, which is most of what cargo builds.
#[test]
fn a_copy_is_small() {
    let simulator = Simulator::builder().start().unwrap();
    let size = fs::metadata(simulator.library_path()).unwrap().len();
    assert!(size < 8 << 20, "{size} bytes");
}
