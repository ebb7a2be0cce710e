//! `nvml-mig list`.

use crate::shell::{Shell, assert_lines};
use nvml_mig_sim::{Caller, nvmlReturn_t};
use serde_json::Value;

fn json(shell: &Shell, arguments: &str) -> Value {
    serde_json::from_str(&shell.prints(arguments)).unwrap()
}

#[test]
fn it_shows_and_draws_what_is_there() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 2g.12gb:0(1c)");
    let text = shell.prints("list");
    let lines = [
        "GPU 0: NVIDIA A30",
        "  MIG enabled",
        "  1g.6gb     14 2/4  1      5952  14 1  1   0   0    0   no  {0,1,2,3}:1",
        "  2g.12gb+me 6  1/1  2      11968 28 2  2   0   1    1   no  {0,2}:2",
        "  4g.24gb    0  0/1  4      24000 56 4  4   0   1    1   no  {0}:4",
        "  1  2g.12gb 5          0:2",
        "  [1: 2g.12gb][free][free]",
        "  [0:1c][free]",
    ];
    assert_lines(&text, &lines);
    let report = json(&shell, "list --json");
    assert_eq!(
        (&report["version"], &report["command"]),
        (&1.into(), &"list".into())
    );
    let made = &report["result"]["gpus"][0]["gpu_instances"][0];
    assert_eq!(
        (&made["id"], &made["profile"]),
        (&1.into(), &"2g.12gb".into())
    );
    let inside = &made["compute_instances"][0];
    assert_eq!(inside["mig_device"]["name"], "NVIDIA A30 MIG 1c.2g.12gb");
}

/// What NVML tells ordinary users is printed: profiles, and MIG devices with their UUIDs.
#[test]
fn it_needs_no_privilege() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 4g.24gb(2c)");
    shell.simulator.set_caller(Caller::Unprivileged).unwrap();
    let text = shell.prints("list");
    let profile = "  4g.24gb    0  ?/1  4      24000 56 4  4   0   1    1   no  ?";
    assert_lines(&text, &[profile]);
    let mut lines = text.lines();
    let is_device = |line: &str| {
        line.starts_with("  0     2c.4g.24gb ")
            && line.contains("/24000 ")
            && line.contains(" MIG-")
    };
    assert!(lines.any(is_device), "{text}");
    assert!(
        lines.any(|line| line.starts_with("not shown: placements, free counts and instances: ")),
        "{text}"
    );
    let gpu = &json(&shell, "list --json")["result"]["gpus"][0];
    assert!(gpu["gpu_instances"].is_null());
    let mig_devices = gpu["mig_devices"].as_array().unwrap();
    assert_eq!(mig_devices.len(), 1);
    assert_eq!(mig_devices[0]["memory_mib"], 24000);
}

/// What else is refused is a line, too, and hides neither the rest of the GPU nor the other GPUs.
#[test]
fn it_shows_what_it_can_read_of_a_gpu() {
    let shell = Shell::new("a30,a30");
    shell.prints("create --yes --device 0 4g.24gb");
    let machine = &shell.simulator;
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for (function, what) in [
        ("nvmlDeviceGetGpuInstances", "instances"),
        ("nvmlGpuInstanceGetComputeInstances", "instances"),
        (
            "nvmlDeviceGetGpuInstancePossiblePlacements_v2",
            "placements",
        ),
        ("nvmlDeviceGetGpuInstanceRemainingCapacity", "free counts"),
        ("nvmlDeviceGetMaxMigDeviceCount", "MIG devices"),
    ] {
        machine.fail(function, 1, unknown).unwrap();
        let text = shell.prints("list");
        let line = format!("\nnot shown: {what}: {function}: NVML_ERROR_UNKNOWN (999)");
        assert_eq!(text.matches(&line).count(), 1, "{text}");
        assert_eq!(text.matches("\n  MIG enabled\n").count(), 2);
        assert_eq!(text.matches("\n  4g.24gb    0 ").count(), 2, "{text}");
        let has_mig_device = what == "MIG devices" || text.contains(" MIG-");
        assert!(has_mig_device, "{text}");

        machine.fail(function, 1, unknown).unwrap();
        let picture = shell.folder.path().join("picture.svg");
        let output = shell.run(&format!("list --svg {}", picture.display()));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success() && said.contains(line.trim()),
            "{said}"
        );
        machine.clear_faults().unwrap();
    }
    // In the picture, a GPU that is lost is missing, which must not go unsaid.
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    machine.refuse_gpu(1, Some(lost)).unwrap();
    let picture = shell.folder.path().join("picture.svg");
    let output = shell.run(&format!("list --svg {}", picture.display()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("GPU 1: can't be read: "), "{said}");
}

/// The one in the middle is lost, refused, or without MIG.
#[test]
fn it_shows_the_other_gpus_and_one_line() {
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    let unreadable = "GPU 1: can't be read: nvmlDeviceGetHandleByIndex_v2";
    for (boards, code, expected, exit) in [
        ("a30,a30,a30", Some(lost), unreadable, 7),
        ("a30,a30,a30", Some(refused), unreadable, 4),
        ("a30,t4,a30", None, "GPU 1: Tesla T4", 0),
    ] {
        let shell = Shell::new(boards);
        shell.simulator.refuse_gpu(1, code).unwrap();
        let text = shell.prints("list");
        let gpus: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("GPU ") && !line.starts_with("GPU instance"))
            .collect();
        assert_eq!(gpus.len(), 3, "{text}");
        assert!(gpus.iter().any(|line| line.starts_with(expected)), "{text}");
        for other in ["GPU 0: NVIDIA A30", "GPU 2: NVIDIA A30"] {
            assert!(gpus.iter().any(|line| line.starts_with(other)), "{text}");
        }
        // One that is selected is a failure.
        let output = shell.run("list --device 0,1");
        assert_eq!(output.status.code(), Some(exit));
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("GPU 0: NVIDIA A30"), "{shown}");
    }
}

#[test]
fn it_fails_if_no_gpu_can_be_read() {
    let shell = Shell::new("a30,a30");
    for gpu in [0, 1] {
        let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
        shell.simulator.refuse_gpu(gpu, Some(lost)).unwrap();
    }
    let output = shell.run("list");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(7), "{shown}");
    assert_eq!(shown.matches(": can't be read: ").count(), 2, "{shown}");
}

/// One of two MIG devices refuses a question.
#[test]
fn it_shows_the_other_mig_devices_and_one_line() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 2*2g.12gb");
    let refused = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for caller in [Caller::Root, Caller::Unprivileged] {
        shell.simulator.set_caller(caller).unwrap();
        let function = "nvmlDeviceGetComputeInstanceId";
        shell.simulator.fail(function, 1, refused).unwrap();
        let text = shell.prints("list");
        let odd = text.matches("MIG device 0: can't be read: ").count();
        assert_eq!(odd, 1, "{text}");
        assert_eq!(text.matches(" MIG-").count(), 2, "{text}");
        shell.simulator.clear_faults().unwrap();
    }
}
