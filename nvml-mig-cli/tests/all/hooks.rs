//! Hooks files of mig-parted.

mod output;
mod signals;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Process, Simulator};

const FILE: &str = "version: v1
mig-configs:
  halves: [{devices: all, mig-enabled: true, mig-devices: {2g.12gb: 2}}]
  whole: [{devices: all, mig-enabled: true, mig-devices: {4g.24gb: 1}}]
  none: [{devices: all, mig-enabled: true, mig-devices: {}}]
  off: [{devices: all, mig-enabled: false}]
";

/// A GPU with MIG mode off, and hooks that write their names to a log; then the failing one fails.
fn with_hooks(failing: &str) -> (Shell, String) {
    let shell = off();
    let apply = hooked_at(&shell, failing, "exit 3");
    (shell, apply)
}

/// Writes hooks that write their names to a log and then do this. Returns the command without a configuration.
fn hooked<'a>(shell: &Shell, then: impl Fn(&str) -> &'a str) -> String {
    let log = shell.folder.path().join("log");
    let hook = |name: &str| {
        format!(
            "  {name}:\n  - workdir: {}\n    command: /bin/sh\n    args: [-c, \"echo {name} $MIG_PARTED_SELECTED_CONFIG $ADDED $HOME >> {}; {}\"]\n    envs: {{ADDED: 1}}\n",
            shell.folder.path().display(),
            log.display(),
            then(name)
        )
    };
    let hooks = shell.hooks_file(hook);
    let config = shell.file("config.yaml", FILE);
    format!(
        "apply --change-mig-mode -f {} -k {} -c",
        config.display(),
        hooks.display()
    )
}

/// The same, for one hook that does more.
fn hooked_at(shell: &Shell, hook: &str, then: &str) -> String {
    hooked(shell, |name| if name == hook { then } else { "" })
}

/// Waits until the log of the hooks has this.
fn wait_for_log(shell: &Shell, what: &str) {
    let path = shell.folder.path().join("log");
    let began = Instant::now();
    while !fs::read_to_string(&path).is_ok_and(|text| text.contains(what)) {
        assert!(began.elapsed() < Duration::from_secs(30), "no {what}");
        sleep(Duration::from_millis(10));
    }
}

fn log(shell: &Shell) -> Vec<String> {
    let path = shell.folder.path().join("log");
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::remove_file(path).ok();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn hooks_run_at_the_four_points() {
    let (shell, apply) = with_hooks("");
    let said = shell.fails(&format!("{apply} halves"), 2);
    assert!(said.contains("pass --yes"), "{said}");
    shell.prints(&format!("{apply} halves --dry-run"));
    assert_eq!(log(&shell), [""; 0]);
    shell.prints(&format!("{apply} halves --yes"));
    assert_eq!(
        log(&shell),
        [
            "apply-start halves 1",
            "pre-apply-mode halves 1",
            "pre-apply-config halves 1",
            "apply-exit halves 1"
        ]
    );
    shell.prints(&format!("{apply} whole --yes"));
    assert_eq!(
        log(&shell),
        [
            "apply-start whole 1",
            "pre-apply-config whole 1",
            "apply-exit whole 1"
        ]
    );
    shell.prints(&format!("{apply} whole --yes"));
    assert_eq!(log(&shell), ["apply-start whole 1", "apply-exit whole 1"]);
    // What is busy may be stopped by a hook: it runs before the plan is made.
    shell
        .simulator
        .busy(Process::new(0, 4242).gpu_instance(0).compute_instance(0))
        .unwrap();
    shell.fails(&format!("{apply} halves --yes"), 5);
    assert_eq!(log(&shell).len(), 3);
}

/// What the first hooks have stopped is started again whatever happens.
#[test]
fn a_hook_that_fails_ends_the_change_and_not_the_last_hook() {
    for (failing, code, there, run) in [
        ("apply-start", 7, "off", 1),
        ("pre-apply-mode", 7, "off", 3),
        ("pre-apply-config", 7, "off", 4),
        ("apply-exit", 8, "2g.12gb:0, 2g.12gb:2", 4),
    ] {
        let (shell, apply) = with_hooks(failing);
        let said = shell.fails(&format!("{apply} halves --yes"), code);
        let expected = format!("hook {failing}: /bin/sh: it ended with exit status: 3");
        assert!(said.contains(&expected), "{said}");
        assert_eq!(shell.there(), format!("GPU 0: {there}\n"), "{failing}");
        assert_eq!(log(&shell).len(), run, "{failing}");
    }
}

fn off() -> Shell {
    Shell::of(Simulator::builder().gpu(GpuSpec::new("a30").mig(false)))
}

/// This driver lists no profiles while MIG mode is off.
#[test]
fn instances_of_profiles_that_are_not_known_yet_are_a_change() {
    for (config, expected) in [
        (
            "halves",
            &[
                "apply-start",
                "pre-apply-mode",
                "pre-apply-config",
                "apply-exit",
            ][..],
        ),
        ("none", &["apply-start", "pre-apply-mode", "apply-exit"][..]),
    ] {
        let builder = Simulator::builder().driver_version("535.261.03");
        let shell = Shell::of(builder.gpu(GpuSpec::new("a30").mig(false)));
        let apply = hooked(&shell, |_| "");
        shell.prints(&format!("{apply} {config} --yes"));
        let expected: Vec<String> = expected
            .iter()
            .map(|name| format!("{name} {config} 1"))
            .collect();
        assert_eq!(log(&shell), expected);
    }
}

#[test]
fn a_change_of_modes_only_has_no_hook_for_instances() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 4g.24gb");
    let apply = hooked(&shell, |_| "");
    shell.prints(&format!("{apply} off --mode-only --yes"));
    let expected = [
        "apply-start off 1",
        "pre-apply-mode off 1",
        "apply-exit off 1",
    ];
    assert_eq!(log(&shell), expected);
    assert_eq!(shell.there(), "GPU 0: off\n");
}

/// Where the program itself finds programs: a hook gets no PATH.
#[test]
fn a_hook_is_looked_up_in_path() {
    let shell = Shell::new("a30");
    let folder = shell.folder.path().display();
    let hook = shell.file(
        "my-hook",
        &format!("#!/bin/sh\necho ${{PATH-unset}} > {folder}/found\n"),
    );
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&hook, executable).unwrap();
    shell.file("not-executable", "");
    let apply = |command: &str| {
        let hooks = format!("version: v1\nhooks: {{apply-start: [{{command: {command}}}]}}\n");
        let hooks = shell.file("hooks.yaml", &hooks);
        let mut apply = shell.command(&format!("apply --yes none -k {}", hooks.display()));
        let path = format!("relative:{folder}:/nowhere");
        let output = apply.env("PATH", path).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = apply("my-hook");
    assert_eq!(code, Some(0), "{said}");
    assert!(shell.folder.path().join("found").exists());
    for missing in ["not-there", "not-executable"] {
        let (code, said) = apply(missing);
        assert_eq!(code, Some(7), "{said}");
        let expected = format!("hook apply-start: {missing}: there is no such program in PATH");
        assert!(said.contains(&expected), "{said}");
    }
}

/// The mode is all that was wanted, and the hook is no success.
#[test]
fn the_last_hook_fails_beside_a_pending_mode() {
    let (shell, apply) = with_hooks("apply-exit");
    shell.simulator.busy(Process::new(0, 4242)).unwrap();
    let said = shell.fails(&format!("{apply} halves --yes --mode-only --skip-reset"), 8);
    assert!(said.contains("because of --skip-reset"), "{said}");
    assert!(
        said.contains("the change is done, but hook apply-exit"),
        "{said}"
    );
}

#[test]
fn a_wrong_hooks_file_runs_nothing() {
    let (shell, apply) = with_hooks("");
    let hooks = shell.folder.path().join("hooks.yaml");
    let right = fs::read_to_string(&hooks).unwrap();
    for (from, to, words) in [
        ("version: v1", "version: v2", "the version is 'v2'"),
        (
            "pre-apply-mode:",
            "pre-aply-mode:",
            "no hooks 'pre-aply-mode'",
        ),
        (
            "command: /bin/sh",
            "comand: /bin/sh",
            "missing field `command`",
        ),
    ] {
        fs::write(&hooks, right.replace(from, to)).unwrap();
        let said = shell.fails(&format!("{apply} halves --yes"), 2);
        assert!(
            said.contains("hooks.yaml: ") && said.contains(words),
            "{said}"
        );
        assert_eq!(log(&shell), [""; 0]);
    }
    for (text, words) in [
        ("", "expected a hooks file"),
        ("[]", "expected a hooks file"),
        (
            "version: v1\nhooks: {apply-exit: [sh]}",
            "expected a hook: a mapping with `command`",
        ),
    ] {
        fs::write(&hooks, text).unwrap();
        let said = shell.fails(&format!("{apply} halves --yes"), 2);
        assert!(said.contains(words), "{said}");
    }
    fs::write(&hooks, right.replace("/bin/sh", "/nowhere/sh")).unwrap();
    let said = shell.fails(&format!("{apply} halves --yes"), 7);
    assert!(said.contains("hook apply-start: /nowhere/sh: "), "{said}");
    assert_eq!(shell.there(), "GPU 0: off\n");
}
