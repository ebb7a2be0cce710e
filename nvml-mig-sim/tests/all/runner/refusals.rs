//! What can't be done, and how it is told: one sentence, and an exit code that is no success.

use std::fs;
use std::process::Command;

use super::runner::{Runner, done};

/// The exit code and the sentence.
fn refused(runner: &Runner, subcommand: &str, arguments: &[&str]) -> (i32, String) {
    let done = runner.ask(subcommand, arguments);
    assert_eq!(done.stdout, "");
    assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
    let sentence = done.stderr.trim_end().strip_prefix("error: ").unwrap();
    (done.code.unwrap(), sentence.to_owned())
}

#[test]
fn no_such_command() {
    let runner = Runner::new();
    let run = ["-q", "--", "no-such-command-anywhere", "x"];
    let sentence = "the command `no-such-command-anywhere` was not found".to_owned();
    assert_eq!(refused(&runner, "run", &run), (127, sentence));
}

#[test]
fn a_command_that_is_no_program() {
    let runner = Runner::new();
    let file = runner.path("text");
    fs::write(&file, "text").unwrap();
    let (code, sentence) = refused(&runner, "run", &["-q", "--", file.to_str().unwrap()]);
    assert_eq!(code, 126);
    assert!(
        sentence.ends_with("can't be started: permission denied"),
        "{sentence}"
    );
}

#[test]
fn no_command_at_all() {
    let done = Runner::new().ask("run", &["--gpu", "a30"]);
    assert_eq!(done.code, Some(2), "{done:?}");
}

#[test]
fn an_unknown_board_has_a_nearest() {
    let runner = Runner::new();
    let sentence = |key: &str, nearest: &str| {
        let all = "and `nvml-mig-sim list-boards` lists all";
        format!("unknown board `{key}`; the closest is `{nearest}`, {all}")
    };
    let run = ["--gpu", "A100 SXM4 80GB", "--", "true"];
    let expected = sentence("A100 SXM4 80GB", "a100-sxm4-80gb");
    assert_eq!(refused(&runner, "run", &run), (125, expected));
    assert!(!runner.state().exists());
    let expected = sentence("a3", "a30");
    assert_eq!(
        refused(&runner, "run", &["--gpu", "a3", "--", "true"]),
        (125, expected)
    );
}

#[test]
fn a_bad_gpu_option_says_where() {
    let runner = Runner::new();
    let cases = [
        (
            "a30,mig=maybe",
            "`maybe` is not one of on, off (at character 9)",
        ),
        (
            "a30,mug=on",
            "`mug` is not one of mig, missing-slot, virtualization, me-name, instance-count, most-instances, \
             stale-mig-handles, reserved-memory (at character 5)",
        ),
        (
            "a30,",
            "`` is not one of mig, missing-slot, virtualization, me-name, instance-count, most-instances, \
             stale-mig-handles, reserved-memory (at character 5)",
        ),
        (",mig=on", "a board is missing (at character 1)"),
        (
            "a100-sxm4-40gb,mig=on,missing-slot=5",
            "`5` is not one of 3, 7 (at character 36)",
        ),
        (
            "a30,missing-slot=3",
            "`a30` has no missing slot; only boards with 8 memory slices have one (at character 5)",
        ),
        (
            "a30,me-name=short",
            "`short` is not one of full, plain (at character 13)",
        ),
        (
            "a30,instance-count=-1",
            "`-1` is not a count such as 8 (at character 20)",
        ),
        ("t4,instance-count=1", "`t4` has no MIG (at character 4)"),
        (
            "a30,most-instances=few",
            "`few` is not a count such as 8 (at character 20)",
        ),
        (
            "a30,stale-mig-handles=yes",
            "`yes` is not one of on, off (at character 23)",
        ),
    ];
    for (option, problem) in cases {
        let expected = format!("--gpu {option}: {problem}");
        let found = refused(&runner, "run", &["--gpu", option, "--", "true"]);
        assert_eq!(found, (125, expected));
    }
}

#[test]
fn no_machine_yet() {
    let runner = Runner::new();
    let path = runner.state();
    let make = "`nvml-mig-sim run --gpu BOARD -- COMMAND` creates one";
    let sentence = format!(
        "there is no simulated machine in {}; {make}",
        path.display()
    );
    let commands: [(&str, &[&str]); 5] = [
        ("show", &[]),
        ("busy", &["--gpu", "0", "--pid", "1"]),
        ("log", &[]),
        ("reset", &[]),
        ("fail", &["--call", "nvmlInit_v2", "--code", "9"]),
    ];
    for (command, arguments) in commands {
        assert_eq!(refused(&runner, command, arguments), (1, sentence.clone()));
    }
    let left = fs::read_dir(runner.path(".")).unwrap().count();
    assert_eq!(left, 0, "nothing was made");
}

/// Nothing overwrites a file that is no machine, not even a new machine or a reset.
#[test]
fn other_files_stay() {
    let runner = Runner::new();
    let path = runner.state().display().to_string();
    let cases = [
        (
            "my thesis",
            format!(
                "{path} does not contain a simulated machine, is damaged, or was written by a newer version: "
            ),
        ),
        (
            "",
            format!(
                "{path} does not contain a simulated machine, is damaged, or was written by a newer version: "
            ),
        ),
        (
            "{\"format\":999,\"machine\":{}}",
            format!(
                "{path} contains a simulated machine in format 999, but this version reads format "
            ),
        ),
    ];
    let commands: [(&str, i32, &[&str]); 5] = [
        ("run", 125, &["--gpu", "a30", "--", "true"]),
        ("run", 125, &["--", "true"]),
        ("show", 1, &[]),
        ("idle", 1, &[]),
        ("reset", 1, &[]),
    ];
    for (text, expected) in cases {
        fs::write(runner.state(), text).unwrap();
        for (command, expected_code, arguments) in commands {
            let (code, sentence) = refused(&runner, command, arguments);
            assert_eq!(code, expected_code, "{command}");
            assert!(sentence.starts_with(&expected), "{sentence}");
            assert_eq!(fs::read_to_string(runner.state()).unwrap(), text);
        }
    }
    let left = fs::read_dir(runner.path(".")).unwrap().count();
    assert_eq!(left, 1, "nothing was made beside it");
}

#[test]
fn instances_that_are_not_there() {
    let runner = Runner::new();
    runner.nvml(&["--gpu", "a30"], &["create 0 14"]);
    let cases: [(&[&str], &str); 3] = [
        (
            &["--gpu", "1"],
            "there is no GPU 1: the machine has 1, counted from 0",
        ),
        (
            &["--gpu", "0", "--gi", "9"],
            "GPU 0 has no GPU instance 9; `nvml-mig-sim show` shows what it has",
        ),
        (
            &["--gpu", "0", "--gi", "3", "--ci", "2"],
            "GPU 0 has no compute instance 2 in GPU instance 3; `nvml-mig-sim show` shows what it has",
        ),
    ];
    for (place, sentence) in cases {
        let arguments = [place, &["--pid", "1"]].concat();
        assert_eq!(
            refused(&runner, "busy", &arguments),
            (1, sentence.to_owned())
        );
    }
    let (_, sentence) = refused(&runner, "reset-gpu", &["--gpu", "4"]);
    assert_eq!(
        sentence,
        "there is no GPU 4: the machine has 1, counted from 0"
    );
}

#[test]
fn functions_codes_and_versions_that_are_none() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    let (code, sentence) = refused(&runner, "fail", &["--call", "nvmlInitt", "--code", "9"]);
    assert_eq!(
        (code, &*sentence),
        (1, "the simulated library has no function `nvmlInitt`")
    );
    let (_, sentence) = refused(&runner, "hide", &["nvmlInit_v2", "printf"]);
    assert_eq!(sentence, "the simulated library has no function `printf`");
    let (_, sentence) = refused(
        &runner,
        "fail",
        &["--call", "nvmlInit_v2", "--code", "lost"],
    );
    let number = "neither a number nor the name of an NVML return code such as NVML_ERROR_IN_USE";
    assert_eq!(sentence, format!("`lost` is {number}"));
    let (_, sentence) = refused(&runner, "driver", &["new"]);
    assert_eq!(sentence, "`new` is not a driver version such as 550.163.01");
    assert_eq!(runner.nvml(&[], &[]), ["init 0"], "nothing was changed");
}

/// Faults that would have no effect, or would cut off the simulator itself.
#[test]
fn faults_without_effect() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    let fail = ["--call", "nvmlInit_v2", "--code", "0"];
    let zero =
        "the machine would be invalid: a call is to fail with return code 0, which means success";
    assert_eq!(refused(&runner, "fail", &fail), (1, zero.to_owned()));
    let control = "nvmlMigSimControl";
    let unknown = format!("the simulated library has no function `{control}`");
    let fail = ["--call", control, "--code", "9"];
    assert_eq!(refused(&runner, "fail", &fail), (1, unknown.clone()));
    assert_eq!(refused(&runner, "hide", &[control]), (1, unknown));
    for function in ["nvmlEventSetCreate", "nvmlDeviceSetPersistenceMode"] {
        let nothing = format!("`{function}` changes nothing, so it can't succeed without effect");
        assert_eq!(refused(&runner, "pretend", &[function]), (1, nothing));
    }
    for function in ["nvmlDeviceSetMigMode", "nvmlComputeInstanceDestroy"] {
        runner.tell("pretend", &[function]);
    }
}

/// MIG came with driver 450.
#[test]
fn drivers_without_mig() {
    let runner = Runner::new();
    for driver in ["0.0", "400.1", "449.99"] {
        let sentence =
            format!("driver {driver} has no MIG; 450 and newer drivers can be simulated");
        let run = ["--driver", driver, "--", "true"];
        assert_eq!(refused(&runner, "run", &run), (125, sentence.clone()));
        assert!(!runner.state().exists());
    }
    runner.shell(&["--driver", "450.51.05"], "");
    let sentence = "driver 400.1 has no MIG; 450 and newer drivers can be simulated";
    assert_eq!(
        refused(&runner, "driver", &["400.1"]),
        (1, sentence.to_owned())
    );
}

/// Nobody waits for a writer that never comes.
#[test]
fn a_fifo() {
    let runner = Runner::new();
    let files = ["machine.json", "machine.json.lock"];
    for fifo in files.map(|name| runner.path(name)) {
        let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let mut command = Command::new("timeout");
        let run = runner.command("run");
        command
            .arg("20")
            .arg(run.get_program())
            .args(run.get_args());
        let done = done(command.args(["-q", "--", "true"]));
        assert_eq!(done.code, Some(125), "{done:?}");
        let is_state = fifo == runner.state();
        // A FIFO can't be opened for writing while nobody reads it.
        let why = if is_state {
            ": it is not a regular file\n"
        } else {
            " can't be locked: "
        };
        assert!(done.stderr.contains(why), "{done:?}");
        fs::remove_file(fifo).unwrap();
    }
}

/// The dynamic linker takes a colon or semicolon for the end of a folder's name, and replaces `$LIB` and others.
#[test]
fn a_folder_that_the_dynamic_linker_would_not_find() {
    let runner = Runner::new();
    for (name, special) in [("a:b", ':'), ("a;b", ';'), ("a$LIB", '$')] {
        let path = runner.path(&format!("{name}.json"));
        let mut command = super::runner::program();
        command.args(["run", "-q", "--state"]).arg(&path);
        let done = done(command.args(["--", "true"]));
        assert_eq!(done.code, Some(125));
        let why = format!("{name}.json.library can't be on the library path: ");
        assert!(done.stderr.contains(&why), "{done:?}");
        assert!(
            done.stderr.ends_with(&format!(" `{special}`\n")),
            "{done:?}"
        );
    }
}
