//! The example of the README, run as a user's program: it opens the driver's library by its name.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::machine::example_file;
use nvml_mig::{MigDevice, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../../examples/first_mig_device.rs");

/// An A30 that the example finds as the driver's.
struct Scene {
    folder: TempDir,
    simulator: Simulator,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let state = folder.path().join("state.json");
        let simulator = builder.state_file(state).start().unwrap();
        Self { folder, simulator }
    }

    fn example(&self) -> Command {
        let mut command = Command::new(example_file("first_mig_device"));
        let library = self.simulator.library_path().parent().unwrap();
        command.env("LD_LIBRARY_PATH", library);
        let state = self.folder.path().join("state.json");
        command.env("NVML_MIG_SIM_STATE", state);
        command
    }

    /// The UUIDs of the MIG devices, and the number of GPU instances.
    fn created(&self) -> (Vec<String>, usize) {
        let nvml = Nvml::init_from(self.simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let mig_devices = device.mig_devices().unwrap();
        let uuids = mig_devices.iter().map(MigDevice::uuid);
        let gpu_instances = device.gpu_instances().unwrap();
        (uuids.map(Result::unwrap).collect(), gpu_instances.len())
    }
}

#[test]
fn its_text_is_that_of_the_example_file() {
    let (_, code) = EXAMPLE.split_once("\n\n").unwrap();
    assert!(README.contains(&format!("```rust,no_run\n{code}```\n")));
}

#[test]
fn it_creates_a_mig_device_and_prints_its_uuid() {
    let scene = Scene::new();
    let output = scene.example().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let (uuids, gpu_instances) = scene.created();
    assert_eq!((uuids.len(), gpu_instances), (1, 1));
    assert_eq!(printed, format!("CUDA_VISIBLE_DEVICES={}\n", uuids[0]));
}

#[test]
fn a_failure_leaves_no_gpu_instance() {
    for function in [
        "nvmlGpuInstanceGetComputeInstanceProfileInfoV",
        "nvmlGpuInstanceCreateComputeInstance",
        "nvmlDeviceGetUUID",
    ] {
        let scene = Scene::new();
        scene
            .simulator
            .fail(function, 1, nvmlReturn_t::NVML_ERROR_UNKNOWN)
            .unwrap();
        let output = scene.example().output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{function}: {output:?}");
        assert_eq!(scene.created(), (Vec::new(), 0), "{function}");
    }
}

/// An output that can't be written is an error and not a panic, and nobody knows the MIG device, so it does not stay.
#[test]
fn an_output_that_is_full_leaves_no_gpu_instance() {
    let scene = Scene::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let mut example = scene.example();
    let output = example
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(scene.created(), (Vec::new(), 0));
}
