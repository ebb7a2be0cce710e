//! Capability files. The numbers are those of real machines and of the driver's rule: a GPU instance has
//! 3 + 135 x GPU + 9 x its id, and a compute instance in it one more than that and its id.

use std::fs;
use std::path::Path;

use nvml_mig_sim::{GpuSpec, Simulator};
use nvml_mig_sys::Library;

use super::child::Client;
use super::runner::{Runner, listing};

const CAPABILITIES: &str = "driver/nvidia/capabilities";

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

/// What is there for a machine without an instance.
fn empty(gpus: usize) -> Vec<String> {
    let mut all: Vec<String> = ["mig", "mig/config", "mig/monitor"]
        .map(str::to_owned)
        .into();
    for gpu in 0..gpus {
        all.extend([format!("gpu{gpu}"), format!("gpu{gpu}/mig")]);
    }
    all.sort();
    all
}

#[test]
fn mig_minors_has_every_number() {
    let runner = Runner::new();
    let folder = runner.path("proc");
    let options = [
        &["--gpu", "a100-sxm4-40gb"].repeat(7)[..],
        &["--capabilities"],
    ]
    .concat();
    runner.shell(&[&options[..], &[folder.to_str().unwrap()]].concat(), "");
    let text = read(&folder, "driver/nvidia-caps/mig-minors");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + 7 * 15 * 9);
    let begin = [
        "config 1",
        "monitor 2",
        "gpu0/gi0/access 3",
        "gpu0/gi0/ci0/access 4",
    ];
    assert_eq!(lines[..4], begin);
    assert!(lines.contains(&"gpu0/gi0/ci7/access 11"));
    assert!(lines.contains(&"gpu0/gi1/access 12"));
    assert!(lines.contains(&"gpu1/gi0/access 138"));
    assert!(lines.contains(&"gpu3/gi3/ci3/access 439"));
    assert!(lines.contains(&"gpu6/gi11/ci5/access 918"));
    assert_eq!(lines.last(), Some(&"gpu6/gi14/ci7/access 947"));
    assert!(text.ends_with('\n'));
}

#[test]
fn files_are_there_as_long_as_the_instance() {
    let runner = Runner::new();
    let folder = runner.path("proc");
    let capabilities = folder.join(CAPABILITIES);
    let options = ["--gpu", "a30", "--gpu", "a30", "--capabilities"];
    let options = [&options[..], &[folder.to_str().unwrap()]].concat();
    runner.shell(&options, "");
    assert_eq!(listing(&capabilities), empty(2));
    let config = "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n";
    assert_eq!(read(&capabilities, "mig/config"), config);
    let monitor = "DeviceFileMinor: 2\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    assert_eq!(read(&capabilities, "mig/monitor"), monitor);

    let said = runner.nvml(&[], &["create 1 14", "create-compute 1 3 0"]);
    assert_eq!(said, ["init 0", "GI 3", "CI 0"]);
    let mut expected = empty(2);
    expected.extend(["", "/access", "/ci0", "/ci0/access"].map(|at| format!("gpu1/mig/gi3{at}")));
    expected.sort();
    assert_eq!(listing(&capabilities), expected);
    let access = "DeviceFileMinor: 165\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    assert_eq!(read(&capabilities, "gpu1/mig/gi3/access"), access);
    let access = "DeviceFileMinor: 166\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    assert_eq!(read(&capabilities, "gpu1/mig/gi3/ci0/access"), access);

    runner.nvml(&[], &["destroy-compute 1 3 0"]);
    assert!(capabilities.join("gpu1/mig/gi3/access").exists());
    assert!(!capabilities.join("gpu1/mig/gi3/ci0").exists());
    runner.nvml(&[], &["destroy 1 3"]);
    assert_eq!(listing(&capabilities), empty(2));
}

#[test]
fn a_reset_takes_them_away() {
    let runner = Runner::new();
    let folder = runner.path("proc");
    let options = ["--gpu", "a30", "--capabilities", folder.to_str().unwrap()];
    runner.nvml(&options, &["create 0 14", "create-compute 0 3 0"]);
    assert!(
        folder
            .join(CAPABILITIES)
            .join("gpu0/mig/gi3/ci0/access")
            .exists()
    );
    runner.tell("reset-gpu", &["--gpu", "0"]);
    assert_eq!(listing(&folder.join(CAPABILITIES)), empty(1));
}

/// As when a process ends between a change of the machine and that of the files, either way.
#[test]
fn the_next_who_opens_the_machine_puts_them_right() {
    let runner = Runner::new();
    let folder = runner.path("proc");
    let capabilities = folder.join(CAPABILITIES);
    let options = ["--gpu", "a30", "--capabilities", folder.to_str().unwrap()];
    runner.nvml(&options, &["create 0 14", "create-compute 0 3 0"]);
    let right = listing(&folder);
    fs::remove_dir_all(capabilities.join("gpu0/mig/gi3")).unwrap();
    fs::create_dir_all(capabilities.join("gpu0/mig/gi4/ci0")).unwrap();
    fs::write(capabilities.join("gpu0/mig/gi4/access"), "stale").unwrap();
    fs::write(capabilities.join("mig/config"), "torn").unwrap();
    fs::write(folder.join("driver/nvidia-caps/.new"), "torn").unwrap();
    runner.ask("show", &[]);
    assert_eq!(listing(&folder), right);
    assert!(read(&capabilities, "mig/config").starts_with("DeviceFileMinor: 1\n"));
}

#[test]
fn another_machine_and_another_folder() {
    let runner = Runner::new();
    let (first, second) = (runner.path("first"), runner.path("second"));
    let at = |folder: &'_ Path| folder.to_str().unwrap().to_owned();
    runner.nvml(
        &["--gpu", "a30", "--capabilities", &at(&first)],
        &["create 0 14"],
    );
    runner.shell(&["--capabilities", &at(&second)], "");
    assert_eq!(listing(&first), ["driver", "driver/nvidia"]);
    assert!(
        second
            .join(CAPABILITIES)
            .join("gpu0/mig/gi3/access")
            .exists()
    );
    runner.shell(&["--gpu", "a30"], "");
    assert_eq!(listing(&second), ["driver", "driver/nvidia"]);
}

#[test]
fn a_folder_that_can_t_be_used_is_an_error() {
    let runner = Runner::new();
    let file = runner.path("file");
    fs::write(&file, "").unwrap();
    let done = runner.shell(
        &["--gpu", "a30", "--capabilities", file.to_str().unwrap()],
        "",
    );
    assert_eq!(done.code, Some(125));
    let sentence = format!(
        "error: the capability files in {} can't be updated",
        file.display()
    );
    assert!(done.stderr.starts_with(&sentence), "{done:?}");
}

/// The same without a state file, from Rust.
#[test]
fn a_simulator_in_memory_has_them_too() {
    let folder = tempfile::tempdir().unwrap();
    let capabilities = folder.path().join(CAPABILITIES);
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = builder.capabilities(folder.path()).start().unwrap();
    assert_eq!(listing(&capabilities), empty(1));
    let library = Library::open_path(simulator.library_path()).unwrap();
    let client = Client { library };
    assert_eq!(client.perform(&["init"]), "init 0");
    assert_eq!(client.perform(&["create", "0", "0"]), "GI 0");
    let access = "DeviceFileMinor: 3\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    assert_eq!(read(&capabilities, "gpu0/mig/gi0/access"), access);
    assert_eq!(client.perform(&["destroy", "0", "0"]), "code 0");
    assert_eq!(listing(&capabilities), empty(1));
}
