//! The manifest in the folder `kubernetes`: its files are read, and its command does what it says.

use nvml_mig_sim::{GpuSpec, Simulator};

use crate::shell::Shell;

const MANIFEST: &str = include_str!("../../kubernetes/mig-layout.yaml");

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
    let gpu = GpuSpec::new("a100-sxm4-40gb").mig(false);
    let shell = Shell::of(Simulator::builder().gpu(gpu));
    let config = shell.file("config.yaml", &block("config.yaml: |"));
    assert_eq!(list("command: "), ["nvml-mig"]);
    // What the container finds where it is mounted.
    let mounted = |argument: String| match argument.as_str() {
        "/config/config.yaml" => config.display().to_string(),
        "all-1g.5gb" => "all-balanced".to_owned(),
        _ => argument,
    };
    let arguments: Vec<String> = list("args: ").into_iter().map(mounted).collect();
    shell.prints(&arguments.join(" "));
    shell.prints("assert 3g.20gb,2g.10gb,2*1g.5gb");
}
