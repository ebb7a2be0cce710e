//! `nvml-mig check --change` kills processes in the middle of their change, and looks what they leave.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use nvml_mig::Nvml;
use serde_json::Value;

use super::report;
use crate::shell::Shell;

const CREATE: &str = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";

/// Each compute instance takes a while, as on a real GPU.
fn slow_gpu() -> Shell {
    let shell = Shell::new("a30");
    let delay = Duration::from_millis(20);
    shell.simulator.delay(CREATE, delay).unwrap();
    shell
}

fn kills(report: &Value) -> [u64; 4] {
    let kills = &report["gpus"][0]["kills"];
    ["processes", "complete", "interrupted", "unchanged"].map(|name| kills[name].as_u64().unwrap())
}

/// Before their first instance, and after the last, they have no journal.
#[test]
fn processes_are_killed_in_the_middle_of_their_change() {
    for count in [1, 4] {
        let report = report(&slow_gpu(), &format!("--change 0 --kills {count}"), 0);
        let [processes, complete, interrupted, unchanged] = kills(&report);
        assert_eq!(
            (processes, complete + interrupted + unchanged),
            (count, count)
        );
        assert!(interrupted > 0, "{count}: {report:#}");
        let line = report["gpus"][0]["changes"][1].as_str().unwrap();
        let expected = format!("{count} processes, of which {interrupted} left a journal");
        assert!(line.contains(&expected), "{line}");
    }
    let report = report(&Shell::new("a30"), "--change 0 --kills 0", 0);
    assert_eq!(report["gpus"][0]["kills"], Value::Null);
}

/// A process that creates, as a child of this check.
fn creates(check: u32) -> bool {
    let children = format!("/proc/{check}/task/{check}/children");
    let children = fs::read_to_string(children).unwrap_or_default();
    children.split_whitespace().any(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains("create\0--yes")
    })
}

/// nvidia-smi knows no lock: what it creates beside a process that is killed is neither the layout nor nothing.
#[test]
fn what_is_neither_all_nor_nothing_is_found_and_stays() {
    let shell = slow_gpu();
    let nvml = Nvml::init_from(shell.simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let quarter = device.gpu_instance_profile_by_name("1g.6gb").unwrap().id;
    let mut check = shell.start("--json check --change 0 --kills 4");
    while !(creates(check.id()) && device.gpu_instances().unwrap().is_empty()) {
        assert_eq!(check.try_wait().unwrap(), None);
        sleep(Duration::from_millis(1));
    }
    let _theirs = device.create_gpu_instance(quarter).unwrap();
    let output = check.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let message = printed["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("neither all of it nor nothing"),
        "{message}"
    );
    assert!(
        message.contains("1g.6gb at 0:1 without a compute instance"),
        "{message}"
    );
    let findings = printed["result"]["gpus"][0]["findings"].as_array().unwrap();
    let of_kill = findings
        .iter()
        .find(|it| it["figure"] == "what its creation left");
    let found = of_kill.unwrap()["found"].as_str().unwrap();
    assert!(found.contains("1g.6gb at 0:1"), "{found}");
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:0()\n");
}

/// An apply that waits for the lock of the GPU, such as that of a boot, gets it only when the check is done: were it between, what it
/// makes could be taken for a layout of the check.
#[test]
fn no_process_that_waits_for_the_lock_comes_between() {
    let shell = slow_gpu();
    let mut check = shell.start("check --change 0 --kills 4");
    while shell.there() == "GPU 0: none\n" {
        assert_eq!(check.try_wait().unwrap(), None);
        sleep(Duration::from_millis(1));
    }
    let apply = shell.start("apply --yes 4*1g.6gb");
    let output = check.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(apply.wait_with_output().unwrap().status.success());
    let all = "GPU 0: 1g.6gb:0, 1g.6gb:1, 1g.6gb:2, 1g.6gb:3\n";
    assert_eq!(shell.there(), all);
}
