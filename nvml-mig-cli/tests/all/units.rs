//! The commands of the systemd units, on a simulated machine in place of the one that boots.

use std::process::Command;

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Simulator, Virtualization};

const APPLY: &str = include_str!("../../systemd/nvml-mig-apply.service");
const RESTORE: &str = include_str!("../../systemd/nvml-mig-restore.service");

/// The command of a unit such as `ExecStart=/usr/bin/nvml-mig apply`.
fn command<'a>(unit: &'a str, key: &str) -> &'a str {
    let mut lines = unit.lines();
    lines.find_map(|line| line.strip_prefix(key)).unwrap()
}

/// What a unit does, with the folder of the machine in place of the unit's.
fn run_script(shell: &Shell, key: &str) {
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
    let output = run.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{script}: {said}");
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
    run.env("MIG_PARTED_CONFIG_FILE", config)
        .env("MIG_PARTED_SELECTED_CONFIG", "halves");
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
    run_script(&shell, "ExecStart=");
    shell.fails("mode enable --yes", 6);
    run_script(&shell, "ExecStop=");
    shell.simulator.reboot(true).unwrap();
    run_script(&shell, "ExecStart=");
    shell.prints("assert none");
}

/// Hopper loses MIG mode too.
#[test]
fn the_last_layout_is_restored_at_boot() {
    for board in ["a30", "h100-sxm5-80gb"] {
        let shell = Shell::new(board);
        let smallest = if board == "a30" { "1g.6gb" } else { "1g.10gb" };
        // Nothing is kept yet at the first boot.
        run_script(&shell, "ExecStart=");
        shell.prints(&format!("apply --yes {smallest}:0,{smallest}:2()"));
        let before = shell.there();
        run_script(&shell, "ExecStop=");
        shell.simulator.reboot(true).unwrap();
        assert_ne!(shell.there(), before);
        run_script(&shell, "ExecStart=");
        assert_eq!(shell.there(), before);
    }
}
