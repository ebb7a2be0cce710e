//! The manifest of `examples/kubernetes`: its files are read, and its command does what it says.

use std::fs;
use std::process::Command;

use crate::support::machine::example_file;
use nvml_mig_sim::{GpuSpec, Simulator};

const MANIFEST: &str = include_str!("../../examples/kubernetes/mig-layout.yaml");

/// The text after a line, as far as it is indented more.
fn block(head: &str) -> String {
    let mut lines = MANIFEST
        .lines()
        .skip_while(|line| line.trim_start() != head);
    let first = lines.next().unwrap();
    let depth = first.len() - first.trim_start().len();
    let inside = lines.take_while(|line| line.len() - line.trim_start().len() > depth);
    let text: Vec<&str> = inside.map(|line| &line[depth + 2..]).collect();
    text.join("\n")
}

/// The list in a line such as `args: ["apply", "--yes"]`.
fn list(name: &str) -> Vec<String> {
    let mut lines = MANIFEST.lines().map(str::trim_start);
    let list = lines.find_map(|line| line.strip_prefix(name)).unwrap();
    serde_json::from_str(list).unwrap()
}

#[test]
fn its_command_applies_its_config_map() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    fs::write(&config, block("config.yaml: |")).unwrap();
    let gpu = GpuSpec::new("a100-sxm4-40gb").mig(false);
    let simulator = Simulator::builder().gpu(gpu);
    let simulator = simulator.state_file(folder.path().join("state.json"));
    let simulator = simulator.start().unwrap();
    assert_eq!(list("command: "), ["mig_layout"]);
    // What the container finds where it is mounted.
    let mounted = |argument: String| match argument.as_str() {
        "/config/config.yaml" => config.display().to_string(),
        "all-1g.5gb" => "all-balanced".to_owned(),
        _ => argument,
    };
    let arguments: Vec<String> = list("args: ").into_iter().map(mounted).collect();
    assert!(arguments.contains(&"--real".to_owned()));
    let state = folder.path().join("state.json");
    let applied = Command::new(example_file("mig_layout"))
        .args(arguments)
        .arg("--lock-folder")
        .arg(folder.path())
        // The driver's library, where NVIDIA's runtime mounts it: the first that the linker finds.
        .env(
            "LD_LIBRARY_PATH",
            simulator.library_path().parent().unwrap(),
        )
        // By this a simulated library in another process knows its machine.
        .env("NVML_MIG_SIM_STATE", state)
        .output()
        .unwrap();
    let said = String::from_utf8(applied.stderr).unwrap();
    assert!(applied.status.success(), "{said}");
    let nvml = nvml_mig::Nvml::init_from(simulator.library_path()).unwrap();
    let there = nvml.device_by_index(0).unwrap().gpu_instances().unwrap();
    assert_eq!(there.len(), 4);
}
