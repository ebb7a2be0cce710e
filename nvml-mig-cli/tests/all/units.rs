//! The commands of the systemd units, on a simulated machine in place of the one that boots.

use std::fs;
use std::process::Command;

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Simulator, Virtualization};
use serde_json::Value;

const APPLY: &str = include_str!("../../systemd/nvml-mig-apply.service");
const RESTORE: &str = include_str!("../../systemd/nvml-mig-restore.service");

/// The command of a unit such as `ExecStart=/usr/bin/nvml-mig apply`.
fn command<'a>(unit: &'a str, key: &str) -> &'a str {
    let mut lines = unit.lines();
    lines.find_map(|line| line.strip_prefix(key)).unwrap()
}

/// The variables of the file that a unit reads, from the folder of the machine.
fn settings(shell: &Shell, unit: &str) -> Vec<(String, String)> {
    assert_eq!(
        command(unit, "EnvironmentFile="),
        "-/etc/nvml-mig/environment"
    );
    let text = fs::read_to_string(shell.folder.path().join("environment"));
    let text = text.unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What a unit does, with the folder of the machine in place of the unit's. Gives its standard error.
fn run_script(shell: &Shell, key: &str, code: i32) -> String {
    let script = command(RESTORE, key)
        .replace("/usr/bin/nvml-mig", env!("CARGO_BIN_EXE_nvml-mig"))
        .replace("/var/lib/nvml-mig", shell.folder.path().to_str().unwrap());
    let program = shell.command("");
    let mut run = Command::new("/bin/sh");
    run.args(["-c", &script]);
    run.envs(
        program
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    run.envs(settings(shell, RESTORE));
    let output = run.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{script}: {said}");
    said
}

/// A variable may name a hooks file, and a stop must not end a hook in its middle.
#[test]
fn a_stop_reaches_the_program_alone() {
    for unit in [APPLY, RESTORE] {
        assert_eq!(command(unit, "KillMode="), "mixed");
    }
}

#[test]
fn the_layout_of_the_file_is_applied_at_boot() {
    let gpu = GpuSpec::new("a30").mig(false);
    let shell = Shell::of(Simulator::builder().gpu(gpu));
    let config = shell.file(
        "config.yaml",
        "version: v1\nmig-configs: {halves: [{devices: all, mig-enabled: true, mig-devices: {2g.12gb: 2}}]}\n",
    );
    let start = command(APPLY, "ExecStart=/usr/bin/nvml-mig ");
    let mut run = shell.command(start);
    shell.file("environment", "MIG_PARTED_SELECTED_CONFIG=halves\n");
    run.env("MIG_PARTED_CONFIG_FILE", config)
        .envs(settings(&shell, APPLY));
    let output = run.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

/// In a virtual machine with an A100, only its reboot switches MIG mode on.
#[test]
fn a_mode_that_waits_for_the_reboot_stays_after_it() {
    let gpu = GpuSpec::new("a100-sxm4-40gb").virtualization(Virtualization::PassThrough);
    let shell = Shell::of(Simulator::builder().gpu(gpu.mig(false)));
    run_script(&shell, "ExecStart=", 0);
    shell.fails("mode enable --yes", 6);
    run_script(&shell, "ExecStop=", 0);
    shell.simulator.reboot(true).unwrap();
    run_script(&shell, "ExecStart=", 0);
    shell.prints("assert none");
    // Modes alone are read in the same way: that of before is pending again.
    shell.fails("mode disable --yes", 6);
    let snapshot = shell.folder.path().join("snapshot.json");
    let restore = format!("restore --yes --mode-only {}", snapshot.display());
    shell.prints(&restore);
    shell.prints("assert none");
    shell.fails("mode disable --yes", 6);
    shell.prints(&format!("snapshot --file {}", snapshot.display()));
    let said = shell.fails(&restore, 6);
    assert!(said.contains("MIG mode disabled is pending"), "{said}");
}

/// Hopper loses MIG mode too.
#[test]
fn the_last_layout_is_restored_at_boot() {
    for board in ["a30", "h100-sxm5-80gb"] {
        let shell = Shell::new(board);
        let smallest = if board == "a30" { "1g.6gb" } else { "1g.10gb" };
        // Nothing is kept yet at the first boot.
        run_script(&shell, "ExecStart=", 0);
        shell.prints(&format!("apply --yes {smallest}:0,{smallest}:2()"));
        let before = shell.there();
        run_script(&shell, "ExecStop=", 0);
        shell.simulator.reboot(true).unwrap();
        assert_ne!(shell.there(), before);
        run_script(&shell, "ExecStart=", 0);
        assert_eq!(shell.there(), before);
    }
}

/// The exit code is a success for the unit, which is up and takes a snapshot at shutdown.
#[test]
fn a_gpu_that_is_gone_does_not_stop_the_others() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    let mut snapshot: Value = serde_json::from_str(&shell.prints("snapshot")).unwrap();
    let gpus = snapshot["gpus"].as_array_mut().unwrap();
    let mut gone = gpus[0].clone();
    let uuid = "GPU-11111111-2222-3333-4444-555555555555";
    gone["uuid"] = uuid.into();
    gpus.push(gone);
    shell.file("snapshot.json", &snapshot.to_string());
    for options in ["", "--mode-only"] {
        shell.prints("apply --yes none");
        let path = shell.folder.path().join("snapshot.json");
        let restore = format!("restore --yes {options} {}", path.display());
        let said = shell.fails(&restore, 9);
        let line = format!("warning: {uuid} is in the snapshot, but not in this machine");
        assert!(said.contains(&line), "{said}");
    }
    shell.prints("apply --yes none");
    let code = command(RESTORE, "SuccessExitStatus=").parse().unwrap();
    let said = run_script(&shell, "ExecStart=", code);
    assert!(said.contains(uuid), "{said}");
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
    // It may come back.
    let said = run_script(&shell, "ExecStop=", 0);
    assert!(said.contains(uuid), "{said}");
    run_script(&shell, "ExecStart=", code);
    // With none left it is no success for a person.
    snapshot["gpus"].as_array_mut().unwrap().remove(0);
    let file = shell.file("other.json", &snapshot.to_string());
    let said = shell.fails(&format!("restore --yes {}", file.display()), 9);
    assert!(
        said.contains("no GPU of the snapshot is in this machine"),
        "{said}"
    );
}

/// A container engine reads the specification after the boot.
#[test]
fn the_settings_hold_for_a_restore_too() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    run_script(&shell, "ExecStop=", 0);
    shell.prints("destroy --yes --all");
    // The devices are gone, and a restore that does nothing about it leaves them in the file.
    let spec = shell.file("cdi.json", "{}");
    let empty = shell.folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    shell.file(
        "environment",
        &format!(
            "NVML_MIG_CDI_SPEC={}\nNVML_MIG_HOST_PROC={}\n",
            spec.display(),
            empty.display()
        ),
    );
    // No specification can be written without device files. The command says so and fails.
    let said = run_script(&shell, "ExecStart=", 8);
    assert!(said.contains("cdi.json could not be renewed"), "{said}");
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}
