//! What container engines of a machine would make of a CDI specification.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nvml_mig::node::cdi::{
    CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiHost, CdiProblem, CdiSpec,
};
use tempfile::TempDir;

const KIND: &str = "nvidia.com/gpu";

/// Folders in the place of `/etc/cdi` and `/var/run/cdi`.
struct Folders(TempDir);

impl Folders {
    fn new() -> Self {
        let folders = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folders.0.path().join("etc")).unwrap();
        fs::create_dir(folders.0.path().join("run")).unwrap();
        folders
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn host(&self) -> CdiHost {
        CdiHost::new().with_folders([self.path("etc"), self.path("run")])
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// What is found for the specification in this file.
    fn check(&self, spec: &CdiSpec, name: &str) -> Vec<CdiProblem> {
        spec.check(&self.host(), self.path(name))
    }

    fn texts(&self, spec: &CdiSpec, name: &str) -> Vec<String> {
        let problems = self.check(spec, name);
        problems.iter().map(ToString::to_string).collect()
    }
}

fn device(name: &str, nodes: &[&str]) -> CdiDevice {
    let nodes = nodes.iter().map(|node| CdiDeviceNode::new(*node));
    CdiDevice::new(name, CdiContainerEdits::new(nodes.collect()))
}

/// Devices `0:0` and `0:1`, whose nodes every machine has.
fn spec() -> CdiSpec {
    let devices = vec![device("0:0", &["/dev/null"]), device("0:1", &["/dev/zero"])];
    CdiSpec::new("0.5.0", KIND, devices)
}

/// As `nvidia-ctk cdi generate` writes them, shortened.
const OF_TOOLKIT: &str = r#"---
cdiVersion: 0.5.0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
  env:
  - NVIDIA_VISIBLE_DEVICES=void
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: "0:1"
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: all
kind: nvidia.com/gpu
"#;

#[test]
fn a_machine_where_all_is_right_has_no_problem() {
    let folders = Folders::new();
    assert!(folders.check(&spec(), "run/nvml-mig.json").is_empty());
    // Neither its own file, nor files of another kind, with other devices, or of another type, are problems.
    folders.write("run/nvml-mig.json", spec().to_json().unwrap());
    folders.write(
        "run/vendor.yaml",
        OF_TOOLKIT.replace("nvidia.com", "vendor.com"),
    );
    folders.write("etc/others.yaml", OF_TOOLKIT.replace("0:1", "0:2"));
    folders.write("etc/nvidia.yaml.old", OF_TOOLKIT);
    fs::create_dir(folders.path("etc/folder.json")).unwrap();
    assert!(folders.check(&spec(), "run/nvml-mig.json").is_empty());
}

#[test]
fn machines_without_the_folders_have_no_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let host = CdiHost::new().with_folders([folder.path().join("cdi")]);
    assert!(
        spec()
            .check(&host, folder.path().join("cdi/a.json"))
            .is_empty()
    );
}

#[test]
fn the_default_folders_are_those_of_the_engines() {
    let host = CdiHost::default();
    let expected = [Path::new("/etc/cdi"), Path::new("/var/run/cdi")];
    assert_eq!(host.folders(), expected);
    assert_eq!(host.root(), Path::new("/"));
}

#[test]
fn a_device_in_two_files_of_a_folder_is_a_conflict() {
    let folders = Folders::new();
    folders.write("run/nvidia.yaml", OF_TOOLKIT);
    let problems = folders.check(&spec(), "run/nvml-mig.json");
    let [CdiProblem::Conflict { device, file, .. }] = problems.as_slice() else {
        panic!("{problems:?}");
    };
    assert_eq!(device, "nvidia.com/gpu=0:1");
    assert_eq!(file, &folders.path("run/nvidia.yaml"));
    let texts = folders.texts(&spec(), "run/nvml-mig.json");
    assert!(
        texts[0]
            .ends_with("also defines nvidia.com/gpu=0:1: engines reject both; choose another kind")
    );
}

/// The later folder takes precedence.
#[test]
fn between_folders_precedence_decides() {
    let folders = Folders::new();
    folders.write("etc/nvidia.yaml", OF_TOOLKIT);
    let texts = folders.texts(&spec(), "run/nvml-mig.json");
    let file = folders.path("etc/nvidia.yaml").display().to_string();
    assert_eq!(
        texts,
        [format!(
            "{file} also defines nvidia.com/gpu=0:1, and is not used"
        )]
    );
    fs::rename(
        folders.path("etc/nvidia.yaml"),
        folders.path("run/nvidia.yaml"),
    )
    .unwrap();
    let problems = folders.check(&spec(), "etc/nvml-mig.json");
    assert!(
        matches!(problems.as_slice(), [CdiProblem::Overridden { .. }]),
        "{problems:?}"
    );
}

/// On most machines `/var/run` is a link to `/run`.
#[test]
fn links_to_the_folder_are_the_same_folder() {
    let folders = Folders::new();
    symlink(folders.path("run"), folders.path("link")).unwrap();
    folders.write("run/nvml-mig.json", spec().to_json().unwrap());
    assert!(folders.check(&spec(), "link/nvml-mig.json").is_empty());
    folders.write("run/nvidia.yaml", OF_TOOLKIT);
    let problems = folders.check(&spec(), "link/nvml-mig.json");
    assert!(
        matches!(problems.as_slice(), [CdiProblem::Conflict { .. }]),
        "{problems:?}"
    );
}

#[test]
fn a_file_that_engines_do_not_read_is_a_problem() {
    let folders = Folders::new();
    fs::create_dir(folders.path("run/sub")).unwrap();
    for name in [
        "run/nvml-mig.txt",
        "run/nvml-mig",
        "nvml-mig.json",
        "run/sub/nvml-mig.json",
    ] {
        let problems = folders.check(&spec(), name);
        let [CdiProblem::NotRead { file, .. }] = problems.as_slice() else {
            panic!("{name}: {problems:?}");
        };
        assert!(file.ends_with(name));
    }
    // The other file is then the only one.
    folders.write("etc/nvidia.yaml", OF_TOOLKIT);
    let problems = folders.check(&spec(), "nvml-mig.json");
    let [CdiProblem::NotRead { .. }, CdiProblem::Overridden { .. }] = problems.as_slice() else {
        panic!("{problems:?}");
    };
}

#[test]
fn nodes_that_are_missing_or_no_devices_are_named_with_their_users() {
    let folders = Folders::new();
    let file = folders.path("file");
    folders.write("file", "");
    let shared = vec![CdiDeviceNode::new("/dev/nvml-mig-shared")];
    let elsewhere = CdiDeviceNode::new("/dev/nvidia0").with_host_path(file.to_str().unwrap());
    let elsewhere = CdiContainerEdits::new(vec![elsewhere.clone(), elsewhere]);
    let devices = vec![
        device("a", &["/dev/null", "/dev/nvml-mig-9"]),
        device("b", &["/dev/nvml-mig-9"]),
        CdiDevice::new("c", elsewhere),
    ];
    let spec = CdiSpec::new("0.5.0", KIND, devices);
    let spec = spec.with_container_edits(CdiContainerEdits::new(shared));
    let expected = [
        "/dev/nvml-mig-shared does not exist: no container with a, b, c can start".to_owned(),
        "/dev/nvml-mig-9 does not exist: no container with a, b can start".to_owned(),
        format!(
            "{} is not a device node: no container with c can start",
            file.display()
        ),
    ];
    assert_eq!(folders.texts(&spec, "run/nvml-mig.json"), expected);
}

#[test]
fn nodes_are_looked_for_below_the_root_of_the_host() {
    let folders = Folders::new();
    fs::create_dir(folders.path("dev")).unwrap();
    symlink("/dev/null", folders.path("dev/null")).unwrap();
    let host = folders.host().with_root(folders.0.path());
    let problems = spec().check(&host, folders.path("run/nvml-mig.json"));
    let [
        CdiProblem::NotADevice { path, .. },
        CdiProblem::MissingNode { path: other, .. },
    ] = problems.as_slice()
    else {
        panic!("{problems:?}");
    };
    assert_eq!(
        (path.as_path(), other.as_path()),
        (Path::new("/dev/null"), Path::new("/dev/zero"))
    );
}

#[test]
fn other_files_that_can_not_be_read_are_listed_and_lose_no_other() {
    let folders = Folders::new();
    folders.write("etc/a.json", "{");
    folders.write("etc/b.yaml", "");
    folders.write("etc/c.yaml", "devices: []\n");
    folders.write("etc/d.json", b"\xff\xfe");
    folders.write("etc/e.yaml", "- 1\n");
    symlink("nowhere", folders.path("etc/f.json")).unwrap();
    folders.write("etc/g.yaml", OF_TOOLKIT);
    let problems = folders.check(&spec(), "etc/nvml-mig.json");
    assert_eq!(problems.len(), 7, "{problems:?}");
    for (problem, name) in problems.iter().zip(["a", "b", "c", "d", "e", "f"]) {
        let CdiProblem::Unreadable { file, reason, .. } = problem else {
            panic!("{problem:?}");
        };
        assert_eq!(file.file_stem().unwrap(), name);
        assert!(!reason.is_empty());
        assert_eq!(problem.to_string(), format!("{}: {reason}", file.display()));
    }
    assert!(matches!(problems[6], CdiProblem::Conflict { .. }));
    // A file where a folder should be.
    let host = CdiHost::new().with_folders([folders.path("etc/g.yaml")]);
    let problems = spec().check(&host, folders.path("etc/g.yaml/nvml-mig.json"));
    let unreadable = |problem: &CdiProblem| matches!(problem, CdiProblem::Unreadable { .. });
    assert!(problems.iter().any(unreadable), "{problems:?}");
}

#[test]
fn names_that_yaml_takes_for_numbers_are_no_names() {
    let folders = Folders::new();
    let unquoted = "kind: nvidia.com/gpu\ndevices:\n- name: 0\n- {}\n- 7\n- name: \"0:1\"\n";
    folders.write("run/a.yaml", unquoted);
    let spec = CdiSpec::new("0.5.0", KIND, vec![device("0", &[]), device("0:1", &[])]);
    let problems = folders.check(&spec, "run/nvml-mig.json");
    let [CdiProblem::Conflict { device, .. }] = problems.as_slice() else {
        panic!("{problems:?}");
    };
    assert_eq!(device, "nvidia.com/gpu=0:1");
}

#[test]
fn a_specification_without_a_device_is_a_problem() {
    let folders = Folders::new();
    let empty = CdiSpec::new("0.5.0", KIND, Vec::new());
    let problems = folders.check(&empty, "run/nvml-mig.json");
    assert_eq!(problems, [CdiProblem::NoDevice]);
}

#[cfg(feature = "serde")]
#[test]
fn problems_are_data() {
    let folders = Folders::new();
    folders.write("run/nvidia.yaml", OF_TOOLKIT);
    let spec = CdiSpec::new("0.5.0", KIND, vec![device("0:1", &["/dev/nvml-mig-9"])]);
    let problems = folders.check(&spec, "run/nvml-mig.json");
    assert_eq!(problems.len(), 2);
    let json = serde_json::to_string(&problems).unwrap();
    assert!(json.contains("\"missing_node\""), "{json}");
    let back: Vec<CdiProblem> = serde_json::from_str(&json).unwrap();
    assert_eq!(back, problems);
}

/// Opening a named pipe would wait for a writer.
#[test]
fn a_pipe_is_not_opened() {
    let folders = Folders::new();
    let pipe = folders.path("etc/pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let pipe = pipe.display();
    assert_eq!(
        folders.texts(&spec(), "etc/own.json"),
        [format!("{pipe}: it is not a plain file")]
    );
}
