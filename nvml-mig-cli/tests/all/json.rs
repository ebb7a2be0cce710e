//! The one object that each run prints with `--json`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

use crate::shell::Shell;
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};
use serde_json::{Value, json};

/// The object that a run with this exit code prints, which is all of its standard output.
fn printed(shell: &Shell, arguments: &str, code: i32) -> Value {
    let output = shell.run(&format!("--json {arguments}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments}: {said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&text);
    value.unwrap_or_else(|error| panic!("{arguments}: {error}: {text}"))
}

/// What fails after the result is known is in the same object.
#[test]
fn a_result_and_an_error_are_one_object() {
    let shell = Shell::new("a30");
    let hooks = "version: v1\nhooks: {apply-exit: [{command: /bin/false}]}\n";
    let hooks = shell.file("hooks.yaml", hooks).display().to_string();
    let plain = shell.file("plain", "").display().to_string();
    let snapshot = shell.file("snapshot.json", &shell.prints("snapshot"));
    let snapshot = snapshot.display();
    for (command, words) in [
        (format!("apply --yes -k {hooks} 4g.24gb"), "apply-exit"),
        (format!("restore --yes -k {hooks} {snapshot}"), "apply-exit"),
        (
            format!("create --yes --cdi-spec {plain}/nvidia.json 1g.6gb"),
            "could not be renewed",
        ),
    ] {
        let value = printed(&shell, &command, 8);
        assert!(value["result"]["applied"].is_object(), "{value:#}");
        assert_eq!(value["error"]["kind"], "not_rolled_back", "{value:#}");
        assert_eq!(value["error"]["exit_code"], 8, "{value:#}");
        let message = value["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("the change is done, but "), "{message}");
        assert!(message.contains(words), "{message}");
    }
}

/// Other programs get devices that are soon gone: the object says so.
#[test]
fn devices_of_a_half_made_gpu_are_an_error() {
    let shell = Shell::new("a30");
    let mut change = shell.half_made();
    change.kill().unwrap();
    change.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
    let value = printed(&shell, "slurm", 8);
    assert!(value["result"].is_array(), "{value:#}");
    let message = value["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("which an interrupted change left"),
        "{message}"
    );
}

#[test]
fn what_can_not_be_read_is_named() {
    let shell = Shell::new("a30,a30,a30");
    let snapshot = shell.file("snapshot.json", &shell.prints("snapshot"));
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    shell.simulator.refuse_gpu(1, Some(lost)).unwrap();
    let snapshot = snapshot.display();
    for (command, code) in [
        ("fit", 7),
        ("fit 4g.24gb", 7),
        ("mode", 7),
        ("mode --yes enable", 7),
        ("plan 4g.24gb", 7),
        ("apply --dry-run 4g.24gb", 7),
        ("apply --yes 4g.24gb", 7),
        ("assert 4g.24gb", 7),
        ("assert none", 1),
        ("generate", 7),
        ("export", 7),
        ("export --format text", 7),
        ("snapshot", 7),
        ("check", 7),
        (&format!("restore --yes {snapshot}"), 7),
    ] {
        let value = printed(&shell, command, code);
        let Some(unreadable) = value["unreadable"].as_array() else {
            panic!("{command}: {value:#}")
        };
        assert_eq!(unreadable.len(), 1, "{command}: {value:#}");
        let what = unreadable[0]["what"].as_str().unwrap();
        assert!(
            what == "GPU 1" || what.starts_with("GPU-"),
            "{command}: {what}"
        );
        let error = unreadable[0]["error"].as_str().unwrap();
        assert!(
            error.contains("NVML_ERROR_GPU_IS_LOST"),
            "{command}: {error}"
        );
        assert!(!value["result"].is_null(), "{command}: {value:#}");
    }
    let mut watch = shell.start("--json watch --seconds 30");
    let mut said = BufReader::new(watch.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("watching ")));
    shell.prints("create --yes --device 0 1g.6gb");
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["unreadable"][0]["what"], "GPU 1", "{value:#}");
    watch.kill().unwrap();
    watch.wait().unwrap();
    let value = printed(&shell, "list", 0);
    assert_eq!(value["result"]["unreadable_gpus"][0]["gpu"], "GPU 1");
    let value = printed(&shell, "apply --yes --device 0,1 4g.24gb", 7);
    assert_eq!(value["unreadable"][0]["what"], "GPU 1", "{value:#}");
    let message = value["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("nothing is changed: GPU 1: can't be read"),
        "{message}"
    );
    shell.simulator.refuse_gpu(1, None).unwrap();
    let value = printed(&shell, "fit", 0);
    assert!(value.get("unreadable").is_none(), "{value:#}");
}

#[test]
fn gpus_that_are_gone_are_named() {
    let shell = Shell::new("a30");
    let mut snapshot: Value = serde_json::from_str(&shell.prints("snapshot")).unwrap();
    let mut gone = snapshot["gpus"][0].clone();
    let uuid = "GPU-11111111-2222-3333-4444-555555555555";
    gone["uuid"] = uuid.into();
    snapshot["gpus"].as_array_mut().unwrap().push(gone);
    let file = shell.file("snapshot.json", &snapshot.to_string());
    for consent in ["--yes", "--dry-run"] {
        let restore = format!("restore {consent} {}", file.display());
        let value = printed(&shell, &restore, 9);
        assert_eq!(value["missing_gpus"], json!([uuid]), "{value:#}");
    }
}

/// Of the program as it is built, and of the one for Kubernetes.
#[test]
fn the_schema_has_every_command() {
    let shell = Shell::of(Simulator::builder().gpu(GpuSpec::new("a30")));
    let schema: Value = serde_json::from_str(include_str!("../../schema/v1.json")).unwrap();
    let known = schema["properties"]["command"]["enum"].as_array().unwrap();
    let known: BTreeSet<&str> = known.iter().map(|name| name.as_str().unwrap()).collect();
    let help = shell.prints("--help");
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let is_command = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let lines = commands.lines().filter(is_command);
    let mut names: BTreeSet<&str> = lines
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(names.len() > 15, "{help}");
    names.remove("help");
    names.extend(["", "agent"]);
    assert_eq!(known, names);
    assert_eq!(printed(&shell, "man /proc/nope", 2)["command"], "man");
}

/// What `--help` and the documentation say of `--device`.
#[test]
fn a_snapshot_is_restored_as_a_whole() {
    let shell = Shell::new("a30");
    let file = shell.file("snapshot.json", &shell.prints("snapshot"));
    let said = shell.fails(&format!("restore --yes --device 0 {}", file.display()), 2);
    assert!(said.contains("restore it as a whole"), "{said}");
    let help = shell.prints("restore --help");
    let help: Vec<&str> = help.split_whitespace().collect();
    assert!(help.join(" ").contains("`restore` takes none"), "{help:?}");
}
