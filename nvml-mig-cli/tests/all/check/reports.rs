//! The report of `nvml-mig check --report`: it is there whatever happens.

use std::time::Duration;

use nvml_mig_sim::nvmlReturn_t;
use serde_json::Value;

use crate::shell::Shell;

/// The report of a run that ends with this code.
fn report_after(shell: &Shell, arguments: &str, code: i32) -> Value {
    let path = shell.folder.path().join("report.json");
    let said = shell.fails(
        &format!("check {arguments} --report {}", path.display()),
        code,
    );
    assert!(said.contains("error: "), "{said}");
    let report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let gpu = report["gpus"][0].clone();
    assert!(!report.to_string().contains("-ca1b-"), "{report:#}");
    assert!(gpu["compared"].as_u64().unwrap() > 60, "{gpu:#}");
    gpu
}

/// What was found until then, the board with what was read inside instances, the error, and what is left.
#[test]
fn a_gpu_that_can_not_be_emptied_is_in_the_report() {
    let shell = Shell::new("a30");
    let code = nvmlReturn_t::NVML_ERROR_IN_USE;
    shell
        .simulator
        .fail("nvmlGpuInstanceDestroy", 0, code)
        .unwrap();
    let gpu = report_after(&shell, "--change 0", 8);
    let error = gpu["error"].as_str().unwrap();
    let why =
        "GPU 0 could not be emptied: a change of the check was not undone, or another program";
    assert!(error.contains(why), "{error}");
    assert_eq!(gpu["left"].as_array().unwrap().len(), 2, "{gpu:#}");
    let changed = gpu["changes"][0].as_str().unwrap();
    assert!(
        changed.contains(" of 28 instances one by one, then 0 of 5"),
        "{changed}"
    );
    let profiles = gpu["capture"]["profiles"].as_array().unwrap();
    assert!(
        profiles
            .iter()
            .any(|it| it["compute_profiles_from"] == "instance")
    );
}

#[test]
fn a_refusal_is_in_the_report() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 1g.6gb:3");
    let gpu = report_after(&shell, "--change 0", 2);
    assert!(gpu["error"].as_str().unwrap().contains("has instances"));
    let left = gpu["left"][0].as_str().unwrap();
    assert!(left.contains("1g.6gb at 3:1"), "{left}");
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:3\n");
}

/// SIGTERM: the GPU is empty, and the report says how far it came.
#[test]
fn a_check_that_was_stopped_has_a_report() {
    let shell = Shell::new("a30");
    let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    shell
        .simulator
        .delay(create, Duration::from_millis(100))
        .unwrap();
    let path = shell.folder.path().join("report.json");
    let mut check = shell.start(&format!("check --change 0 --report {}", path.display()));
    while !shell.there().contains("1g.6gb:1") {
        assert_eq!(check.try_wait().unwrap(), None);
        std::thread::sleep(Duration::from_millis(5));
    }
    // Until it has ended, the report says that it has not.
    let before = std::fs::read_to_string(&path).unwrap();
    assert!(before.contains("did not come to its end"), "{before}");
    let pid = check.id().to_string();
    let killed = std::process::Command::new("kill")
        .arg(&pid)
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(!check.wait().unwrap().success());
    let report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let gpu = &report["gpus"][0];
    assert_eq!(gpu["error"], "the check was stopped before its end");
    assert_eq!(gpu["left"].as_array().unwrap().len(), 0);
    assert_eq!(shell.there(), "GPU 0: none\n");
}

/// That is known before anything is changed.
#[test]
fn a_report_that_can_not_be_written_ends_the_check_at_once() {
    let shell = Shell::new("a30");
    let below_a_file = shell.file("file", "").join("report.json");
    let output = shell.run(&format!(
        "--json check --change 0 --report {}",
        below_a_file.display()
    ));
    assert_eq!(output.status.code(), Some(7));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let message = printed["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("the report can't be written to"),
        "{message}"
    );
    assert_eq!(printed["result"], Value::Null);
}

/// What can't be replaced gets one report.
#[test]
fn a_report_can_go_to_standard_output() {
    let shell = Shell::new("a30");
    let output = shell.run("check --change 0 --kills 0 --report /dev/stderr");
    let said = String::from_utf8(output.stderr).unwrap();
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["gpus"][0]["error"], Value::Null);
}

/// Nobody has to guess why a GPU is not in the report.
#[test]
fn gpus_that_can_not_be_read_are_in_the_report() {
    let placements = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
    for (boards, change, readable) in [("t4,a30", "", 1), ("a30", "", 0), ("a30", "--change 0", 0)]
    {
        let shell = Shell::new(boards);
        let code = nvmlReturn_t::NVML_ERROR_UNKNOWN;
        shell.simulator.fail(placements, 0, code).unwrap();
        let path = shell.folder.path().join("report.json");
        shell.fails(&format!("check {change} --report {}", path.display()), 7);
        let report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(report["gpus"].as_array().unwrap().len(), readable);
        assert_eq!(report["unreadable"][0]["what"], format!("GPU {readable}"));
        let error = report["unreadable"][0]["error"].as_str().unwrap();
        assert!(
            error.contains(placements) && !error.contains("-ca1b-"),
            "{error}"
        );
    }
}
