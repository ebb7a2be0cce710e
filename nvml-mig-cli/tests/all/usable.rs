//! What is done for containers after a change. Whether this user may create device nodes, the program `mknod` tells.

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::PathBuf;
use std::process::Output;

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};
use serde_json::Value;

/// A machine with the driver's files, and folders that stand for `/proc` and `/dev`.
struct Host {
    shell: Shell,
    proc: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        Self::of(Simulator::builder().gpu(GpuSpec::new("a30")))
    }

    fn of(builder: SimulatorBuilder) -> Self {
        let proc = tempfile::tempdir().unwrap();
        let shell = Shell::of(builder.capabilities(proc.path()));
        // The majors of a machine with driver 550.
        let devices = "Character devices:\n195 nvidia\n235 nvidia-caps\n511 nvidia-uvm\n";
        fs::write(proc.path().join("devices"), devices).unwrap();
        fs::create_dir(shell.folder.path().join("dev")).unwrap();
        Self { shell, proc }
    }

    fn run(&self, arguments: &str) -> Output {
        let mut command = self.shell.command(arguments);
        command
            .env("NVML_MIG_HOST_PROC", self.proc.path())
            .env("NVML_MIG_HOST_DEV", self.dev());
        command.output().unwrap()
    }

    /// Standard output and standard error of a run with this exit code.
    fn says(&self, arguments: &str, code: i32) -> (String, String) {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    }

    fn dev(&self) -> PathBuf {
        self.shell.folder.path().join("dev")
    }

    /// A process that has the GPU open, in the folder that stands for `/proc`.
    fn add_process(&self, pid: u32, name: &str) {
        let folder = self.proc.path().join(pid.to_string());
        fs::create_dir_all(folder.join("fd")).unwrap();
        fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
        symlink("/dev/nvidia0", folder.join("fd/3")).unwrap();
    }
}

fn nodes_may_be_created() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let node = folder.path().join("null");
    let made = std::process::Command::new("mknod")
        .arg(node)
        .args(["c", "1", "3"])
        .stderr(std::process::Stdio::null())
        .status();
    made.is_ok_and(|status| status.success())
}

#[test]
fn the_device_nodes_of_new_instances_are_created() {
    let host = Host::new();
    let (missing, _) = host.says("nodes", 0);
    assert_eq!(missing, "");
    let may = nodes_may_be_created();
    let (_, said) = host.says("create --yes 2g.12gb", 0);
    let folder = host.dev().join("nvidia-caps");
    let nodes: Vec<_> = fs::read_dir(&folder).into_iter().flatten().collect();
    if may {
        // Its GPU instance and its compute instance.
        assert_eq!(nodes.len(), 2, "{said}");
        for node in nodes {
            let kind = node.unwrap().file_type().unwrap();
            assert!(kind.is_char_device());
        }
        assert_eq!(
            said.matches("created ").count(),
            2 + host.plain_nodes(),
            "{said}"
        );
        host.says("nodes", 0);
    } else {
        assert!(said.contains("warning: the device nodes of GPU "), "{said}");
        host.says("nodes", 1);
    }
}

impl Host {
    /// The nodes beside those of capabilities, such as `nvidia0`.
    fn plain_nodes(&self) -> usize {
        let entries = fs::read_dir(self.dev()).unwrap();
        entries
            .filter(|entry| !entry.as_ref().unwrap().file_type().unwrap().is_dir())
            .count()
    }
}

#[test]
fn the_cdi_specification_follows_the_changes() {
    let host = Host::new();
    let file = host.shell.folder.path().join("cdi/nvidia.json");
    let option = format!("--cdi-spec {}", file.display());
    host.says(&format!("create --yes {option} 2*1g.6gb"), 0);
    let devices = || {
        let text = fs::read_to_string(&file).unwrap();
        let spec: Value = serde_json::from_str(&text).unwrap();
        spec["devices"].as_array().unwrap().len()
    };
    assert_eq!(devices(), 2);
    host.says(&format!("create --yes {option} 2g.12gb"), 0);
    assert_eq!(devices(), 3);
    let (printed, _) = host.says("cdi", 0);
    assert_eq!(printed, fs::read_to_string(&file).unwrap());
    // CDI has no empty specifications.
    host.says(&format!("destroy --yes {option} --all"), 0);
    assert!(!file.exists());
    let link = host.shell.folder.path().join("link.json");
    symlink(&file, &link).unwrap();
    let linked = format!("--cdi-spec {}", link.display());
    host.says(&format!("create --yes {linked} 2g.12gb"), 0);
    assert_eq!(devices(), 1);
    host.says(&format!("destroy --yes {linked} --all"), 0);
    assert!(!file.exists() && fs::read_link(&link).is_ok());
    // If the file can't be written, the change is kept, and is no success: an old file would name devices that are gone.
    let path = host.shell.file("plain", "").join("nvidia.json");
    let option = format!("--cdi-spec {}", path.display());
    let (json, said) = host.says(&format!("create --yes --json {option} 4g.24gb"), 8);
    let told = "could not be renewed, and may name devices that are gone: ";
    assert!(said.contains("warning: ") && said.contains(told), "{said}");
    let made: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(made["result"]["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(host.shell.there(), "GPU 0: 4g.24gb:0\n");
}

#[test]
fn what_shows_the_old_devices_is_named() {
    let host = Host::new();
    host.add_process(77, "nvidia-device-p");
    host.add_process(78, "python3");
    let (json, said) = host.says("create --yes --json 2g.12gb", 0);
    let line = "to be restarted, since it lists MIG devices only when it starts: process 77 (nvidia-device-p)";
    assert!(said.contains(line), "{said}");
    let made: Value = serde_json::from_str(&json).unwrap();
    let restart = &made["result"]["restart"];
    assert_eq!(
        restart,
        &serde_json::json!(["process 77 (nvidia-device-p)"])
    );
    // Nothing new, nothing to restart.
    let (_, said) = host.says("apply --yes 2g.12gb:0", 0);
    assert!(!said.contains("to be restarted"), "{said}");
}

/// As Slurm's own detection gives them (.ci/clients/slurmd): the GPU, its GPU instance and its compute instance.
#[test]
fn slurm_is_told_of_the_mig_devices() {
    let proc = tempfile::tempdir().unwrap();
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let builder = builder.gpu(GpuSpec::new("a30").mig(false));
    let shell = Shell::of(builder.capabilities(proc.path()));
    let devices = "Character devices:\n195 nvidia\n235 nvidia-caps\n511 nvidia-uvm\n";
    fs::write(proc.path().join("devices"), devices).unwrap();
    fs::create_dir(shell.folder.path().join("dev")).unwrap();
    let host = Host { shell, proc };
    host.says("create --yes --device 0 2g.12gb:0,2*1g.6gb", 0);
    let (text, _) = host.says("slurm", 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "# In slurm.conf: GresTypes=gpu, and for this node \
         Gres=gpu:nvidia_a30:1,gpu:nvidia_a30_1g.6gb:2,gpu:nvidia_a30_2g.12gb:1"
    );
    let mig = |line: &str, name: &str| {
        let start =
            format!("Name=gpu Type={name} MultipleFiles=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap");
        line.starts_with(&start) && line.matches("/dev/").count() == 3
    };
    assert!(mig(lines[1], "nvidia_a30_2g.12gb"), "{text}");
    assert!(mig(lines[2], "nvidia_a30_1g.6gb"), "{text}");
    assert!(mig(lines[3], "nvidia_a30_1g.6gb"), "{text}");
    assert_eq!(lines[4..], ["Name=gpu Type=nvidia_a30 File=/dev/nvidia1"]);
}

/// In a container the host's files are elsewhere.
#[test]
fn the_options_for_files_of_the_driver_are_named() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 4g.24gb");
    let empty = shell.folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for command in ["nodes", "cdi", "slurm"] {
        let said = shell.fails(&format!("{command} --host-proc {}", empty.display()), 7);
        assert!(said.contains("--host-proc and --host-dev name"), "{said}");
    }
    let said = shell.fails("apply --yes 2g.12gb:1", 3);
    assert!(!said.contains("--host-proc"), "{said}");
}

/// The next command takes these devices back.
#[test]
fn devices_of_a_half_made_gpu_are_no_success() {
    let gpu = || GpuSpec::new("a30");
    let host = Host::of(Simulator::builder().gpu(gpu()).gpu(gpu()));
    host.says("apply --yes --device 1 2g.12gb", 0);
    let commands = ["nodes --create", "nodes", "cdi", "slurm"];
    let commands = commands
        .into_iter()
        .filter(|command| nodes_may_be_created() || !command.contains("nodes"));
    let commands: Vec<_> = commands.collect();
    for command in &commands {
        host.says(command, 0);
    }
    let mut change = host.shell.half_made();
    change.kill().unwrap();
    change.wait().unwrap();
    host.shell.simulator.clear_faults().unwrap();
    for command in commands {
        let (_, said) = host.says(command, 8);
        assert!(
            said.contains("is as an interrupted change left it"),
            "{command}: {said}"
        );
        host.says(&format!("{command} --device 1"), 0);
    }
    host.says("mode", 0);
}

/// It is of all GPUs, also of those that a change of another one leaves alone.
#[test]
fn a_specification_with_a_half_made_gpu_is_a_warning() {
    let gpu = || GpuSpec::new("a30");
    let host = Host::of(Simulator::builder().gpu(gpu()).gpu(gpu()));
    let file = host.shell.folder.path().join("nvidia.json");
    let change = format!("apply --yes --device 1 --cdi-spec {}", file.display());
    let (_, said) = host.says(&format!("{change} 2g.12gb"), 0);
    let warning = "nvidia.json names the devices of GPU-";
    assert!(!said.contains(warning), "{said}");
    let mut half_made = host.shell.half_made();
    half_made.kill().unwrap();
    half_made.wait().unwrap();
    host.shell.simulator.clear_faults().unwrap();
    let (json, said) = host.says(&format!("{change} --json 4g.24gb"), 0);
    assert!(said.contains(warning), "{said}");
    assert!(json.contains(warning), "{json}");
    // Once that change is rolled back, there is none.
    host.says("mode --yes --device 0 enable", 0);
    let (_, said) = host.says(&format!("{change} 2g.12gb"), 0);
    assert!(!said.contains(warning), "{said}");
}
