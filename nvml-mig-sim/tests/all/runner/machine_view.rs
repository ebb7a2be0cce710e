//! `run --machine`: what a command sees under /proc, /sys and /dev. The formats are those that Linux and NVIDIA's
//! driver write.

use std::process::Command;

use super::runner::{Done, Runner, done, listing};

/// The sentence of a system without namespaces, such as some containers.
const REFUSED: &str = "--machine needs a mount namespace, which this system refuses";

/// Whether the command was refused a namespace, which must be so only where util-linux is refused one too.
fn is_refused(stderr: &str) -> bool {
    let refused = stderr.contains(REFUSED);
    assert!(!refused || !has_mount_namespaces(), "{stderr}");
    refused
}

/// As root, or in a user namespace.
fn has_mount_namespaces() -> bool {
    unshares(&["--mount"]) || unshares(&["--map-root-user", "--mount"])
}

fn unshares(options: &[&str]) -> bool {
    let mut command = Command::new("unshare");
    let status = command.args(options).arg("true").status();
    status.is_ok_and(|status| status.success())
}

/// Runs a shell script on the machine; `None` where the system has no namespaces for this user.
fn shown(runner: &Runner, options: &[&str], script: &str) -> Option<String> {
    let done = runner.shell(&[&["--machine", "--quiet"], options].concat(), script);
    if is_refused(&done.stderr) {
        assert_eq!(done.code, Some(125));
        return None;
    }
    assert_eq!((done.code, &*done.stderr), (Some(0), ""), "{script}");
    Some(done.stdout)
}

#[test]
fn the_driver_is_loaded() {
    let runner = Runner::new();
    let options = [
        "--driver",
        "535.261.03",
        "--gpu",
        "a30",
        "--gpu",
        "a100-sxm4-40gb",
    ];
    let script = "cat /proc/driver/nvidia/version; ls /proc/driver/nvidia/gpus; \
                  cat /proc/driver/nvidia/gpus/0000:27:00.0/information; grep nvidia /proc/devices | cut -d ' ' -f 2";
    let Some(text) = shown(&runner, &options, script) else {
        return;
    };
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("NVRM version: NVIDIA UNIX "), "{text}");
    assert!(lines[0].contains(" Kernel Module  535.261.03  "), "{text}");
    assert_eq!(lines[1..3], ["0000:17:00.0", "0000:27:00.0"]);
    assert_eq!(lines[3], "Model: \t\t NVIDIA A100-SXM4-40GB");
    for line in ["Bus Location: \t 0000:27:00.0", "Device Minor: \t 1"] {
        assert!(lines.contains(&line), "{line}: {text}");
    }
    assert_eq!(
        lines[lines.len() - 3..],
        ["nvidia", "nvidia-caps", "nvidia-uvm"]
    );
}

/// The ids of an A30, and its BAR1 of 32 GiB.
#[test]
fn gpus_are_pci_devices() {
    let runner = Runner::new();
    let script = "cd /sys/bus/pci/devices/0000:17:00.0; cat vendor device class numa_node resource";
    let Some(text) = shown(&runner, &["--gpu", "a30"], script) else {
        return;
    };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..4], ["0x10de", "0x20b7", "0x030200", "-1"]);
    assert_eq!(lines.len(), 4 + 13);
    let bar1: Vec<u64> = lines[5]
        .split(' ')
        .map(|word| u64::from_str_radix(word.trim_start_matches("0x"), 16).unwrap())
        .collect();
    assert_eq!(bar1[1] - bar1[0] + 1, 32 << 30);
}

/// One GPU has the nodes of 15 GPU instances with 8 compute instances each, and those of config and monitor.
#[test]
fn nodes_are_there_beside_the_others() {
    let runner = Runner::new();
    let script = "ls /dev/nvidia-caps | wc -l; stat -c %a /dev/nvidia-caps/nvidia-cap1 /dev/nvidia-caps/nvidia-cap2; \
                  ls -d /dev/nvidia? /dev/nvidiactl; echo gone > /dev/null; test -c /dev/null && echo null";
    let Some(text) = shown(&runner, &["--gpu", "a30", "--gpu", "t4"], script) else {
        return;
    };
    let nodes = (2 + 2 * 15 * 9).to_string();
    let expected = [
        &*nodes,
        "400",
        "444",
        "/dev/nvidia0",
        "/dev/nvidia1",
        "/dev/nvidiactl",
        "null",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

/// The UUIDs of the MIG devices, as `show` prints them.
fn mig_devices(runner: &Runner) -> Vec<String> {
    let shown = runner.ask("show", &[]).stdout;
    let words = shown.split([' ', '\n', ',']);
    let uuids = words.filter(|word| word.starts_with("MIG-"));
    uuids.map(ToOwned::to_owned).collect()
}

const NODES: &str = "ls -d /dev/nvidia? /dev/nvidia-caps/*; true";

/// Minor number 3 + 9 x (15 x GPU + GPU instance) + 1 + compute instance: a device needs the nodes of both its instances
/// and of its GPU. NVIDIA's toolkit gives a container those of mig/config and mig/monitor only on request.
#[test]
fn a_container_has_the_nodes_of_its_devices_only() {
    let runner = Runner::new();
    let gpus = ["--gpu", "a30", "--gpu", "a30", "--gpu", "t4"];
    let said = runner.nvml(
        &gpus,
        &[
            "create 0 14",
            "create-compute 0 3 0",
            "create 1 14",
            "create-compute 1 3 0",
            "create 1 14",
            "create-compute 1 4 0",
        ],
    );
    assert_eq!(said[5..], ["GI 4", "CI 0"]);
    let devices = mig_devices(&runner);
    assert_eq!(devices.len(), 3);
    runner.tell("caller", &["container", "--mig-device", &devices[1]]);
    let Some(text) = shown(&runner, &[], NODES) else {
        return;
    };
    let cap = |minor: u32| format!("/dev/nvidia-caps/nvidia-cap{minor}");
    let expected = [cap(165), cap(166), "/dev/nvidia1".to_owned()];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);

    runner.tell("caller", &["container"]);
    let all = shown(
        &runner,
        &[],
        "ls -d /dev/nvidia? | wc -l; ls /dev/nvidia-caps | wc -l",
    );
    let expected = format!("3\n{}\n", 3 * 15 * 9);
    assert_eq!(all, Some(expected));
}

#[test]
fn cap_sys_admin_without_the_nodes_of_config_and_monitor() {
    let runner = Runner::new();
    let script = "ls /dev/nvidia-caps | wc -l; ls /dev/nvidia-caps | grep -x -e nvidia-cap1 -e nvidia-cap2; ls -d /dev/nvidia?";
    let options = ["--gpu", "a30", "--caller", "no-config-node"];
    if let Some(text) = shown(&runner, &options, script) {
        assert_eq!(text, format!("{}\n/dev/nvidia0\n", 15 * 9));
    }
}

/// A command that partitions sees the files of its instances at once.
#[test]
fn later_instances_show() {
    let runner = Runner::new();
    let mut command = runner.command("run");
    command.args(["--machine", "--quiet", "--gpu", "a30", "--", "sh", "-c"]);
    command.arg(
        "\"$0\" --exact runner::child::child --ignored --nocapture > /dev/null && \
         cat /proc/driver/nvidia/capabilities/gpu0/mig/gi3/access && \
         grep -w gpu0/gi3/access /proc/driver/nvidia-caps/mig-minors",
    );
    command.arg(std::env::current_exe().unwrap());
    command.env(super::child::SCRIPT, "create 0 14");
    let Done {
        code,
        stdout,
        stderr,
    } = done(&mut command);
    if is_refused(&stderr) {
        return;
    }
    let access = "DeviceFileMinor: 30\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    assert_eq!(
        (code, stdout),
        (Some(0), format!("{access}gpu0/gi3/access 30\n"))
    );
}

#[test]
fn nobody_else_sees_it_and_a_reset_leaves_nothing() {
    let runner = Runner::new();
    let before = mounts();
    if shown(&runner, &["--gpu", "a30"], "").is_none() {
        return;
    }
    assert_eq!(mounts(), before);
    runner.tell("reset", &[]);
    assert_eq!(listing(&runner.path("")), ["machine.json.lock"]);
}

fn mounts() -> usize {
    let text = std::fs::read_to_string("/proc/self/mounts").unwrap();
    text.lines()
        .filter(|line| line.starts_with("nvml-mig-sim "))
        .count()
}

/// In a user namespace that may have no mount namespace.
#[test]
fn a_system_without_namespaces_is_told() {
    let runner = Runner::new();
    let forbid = "echo 0 > /proc/sys/user/max_mnt_namespaces && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", forbid, "sh"]);
    let run = runner.command("run");
    command.arg(run.get_program()).args(run.get_args());
    command.args(["--machine", "--quiet", "--", "true"]);
    let Done { code, stderr, .. } = done(&mut command);
    if stderr.starts_with("unshare: ") || stderr.starts_with("sh: ") {
        assert!(!unshares(&["--map-root-user", "sh", "-c", forbid]));
        return;
    }
    let sentence = format!("error: {REFUSED}: ");
    assert!(stderr.starts_with(&sentence), "{stderr}");
    assert_eq!((code, stderr.lines().count()), (Some(125), 1));
}
