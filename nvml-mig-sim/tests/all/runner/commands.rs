//! Running commands: what they see, and what comes back of them.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use super::runner::{Runner, done, listing, program};

#[test]
fn the_exit_code_is_the_command_s() {
    let runner = Runner::new();
    let code = |command: &[&str]| done(runner.command("run").arg("--").args(command)).code;
    assert_eq!(code(&["true"]), Some(0));
    assert_eq!(code(&["false"]), Some(1));
    assert_eq!(code(&["sh", "-c", "exit 42"]), Some(42));
}

#[test]
fn a_killed_command_is_a_killed_runner() {
    let runner = Runner::new();
    let mut command = runner.command("run");
    let killed = command.args(["--", "sh", "-c", "kill -KILL $$"]).status();
    assert_eq!(killed.unwrap().signal(), Some(9));

    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" run --state \"$1\" -- sh -c 'kill -TERM $$'"]);
    let shell = shell.arg(env!("CARGO_BIN_EXE_nvml-mig-sim"));
    assert_eq!(done(shell.arg(runner.state())).code, Some(128 + 15));
}

#[test]
fn arguments_and_output_are_the_command_s() {
    let runner = Runner::new();
    let mut command = runner.command("run");
    command.args(["-q", "--", "sh", "-c", "echo \"$1\"; echo two >&2"]);
    let done = done(command.args(["name", "--state  x"]));
    assert_eq!((&*done.stdout, &*done.stderr), ("--state  x\n", "two\n"));
}

#[test]
fn what_is_simulated_is_said_on_standard_error() {
    let runner = Runner::new();
    let done = runner.shell(&["--gpu", "a30", "--gpu", "h100-sxm5-80gb"], "");
    let machine = "a simulated machine with NVIDIA A30, NVIDIA H100 80GB HBM3 (driver 550.163.01)";
    let said = format!("nvml-mig-sim: {machine} in {}\n", runner.state().display());
    assert_eq!((&*done.stdout, &*done.stderr), ("", &*said));
}

#[test]
fn the_library_is_first_on_the_path() {
    let runner = Runner::new();
    let script = "echo $LD_LIBRARY_PATH; readlink -f ${LD_LIBRARY_PATH%%:*}/libnvidia-ml.so";
    let mut command = runner.command("run");
    command.args(["--", "sh", "-c", script]);
    let found = done(command.env("LD_LIBRARY_PATH", "/one:/two")).stdout;
    let folder = format!("{}.library", runner.state().display());
    let file = std::fs::canonicalize(&folder).unwrap();
    let file = file.join("libnvidia-ml.so.1");
    assert_eq!(found, format!("{folder}:/one:/two\n{}\n", file.display()));

    let mut command = runner.command("run");
    command.args(["--", "sh", "-c", "echo $LD_LIBRARY_PATH"]);
    let found = done(command.env("LD_LIBRARY_PATH", "")).stdout;
    assert_eq!(
        found,
        format!("{folder}\n"),
        "an empty entry would be the current folder"
    );
}

/// As beside a driver's own library: Go programs look for the name with the driver's version.
#[test]
fn the_library_is_named_for_its_driver_too() {
    let runner = Runner::new();
    let named = |driver: &str| {
        runner.shell(&["--driver", driver], "");
        listing(&runner.path("machine.json.library"))
    };
    let names = |driver: &str| {
        let plain = ["libnvidia-ml.so", "libnvidia-ml.so.1"].map(ToOwned::to_owned);
        let mut names = [&plain[..], &[format!("libnvidia-ml.so.{driver}")]].concat();
        names.sort();
        names
    };
    assert_eq!(named("535.261.03"), names("535.261.03"));
    assert_eq!(named("550.163.01"), names("550.163.01"));
    let link = runner
        .path("machine.json.library")
        .join("libnvidia-ml.so.550.163.01");
    let library = std::fs::read_link(link).unwrap();
    assert_eq!(library.to_str(), Some("libnvidia-ml.so.1"));
}

#[test]
fn a_program_finds_it_by_name() {
    let runner = Runner::new();
    let said = runner.nvml(&["--gpu", "a30"], &["opened", "create 0 0"]);
    assert_eq!(said, ["init 0", "libnvidia-ml.so.1", "GI 0"]);
}

/// A command that was started by the runner may ask the runner about its own machine.
#[test]
fn a_command_may_ask_about_its_machine() {
    let runner = Runner::new();
    let script = format!("\"{}\" show", env!("CARGO_BIN_EXE_nvml-mig-sim"));
    let done = runner.shell(&["--gpu", "a30"], &script);
    assert!(done.stdout.contains("GPU 0: NVIDIA A30"), "{done:?}");
}

#[test]
fn the_default_state_file_is_in_the_target_folder() {
    let path = nvml_mig_sim::default_state_file().unwrap();
    assert!(path.ends_with("nvml-mig-sim/machine.json"), "{path:?}");
    let target = path.ancestors().nth(2).unwrap();
    let this = std::env::current_exe().unwrap();
    assert!(this.starts_with(target), "{path:?}");
    let help = done(program().args(["run", "--help"])).stdout;
    assert!(help.contains("nvml-mig-sim/machine.json in cargo's target folder"));
}

#[test]
fn help_names_every_command_and_says_simulated() {
    let help = done(program().arg("--help")).stdout;
    assert!(help.starts_with("Simulated NVIDIA GPUs"), "{help}");
    let commands = [
        "run",
        "list-boards",
        "capture",
        "show",
        "busy",
        "idle",
        "fail",
        "delay",
        "hide",
        "clear-faults",
        "caller",
        "driver",
        "log",
        "reset",
        "reset-gpu",
    ];
    for command in commands {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
}
