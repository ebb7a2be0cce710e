//! The machine from one command to the next.

use std::fs;

use super::runner::Runner;

#[test]
fn the_next_command_sees_what_the_last_one_made() {
    let runner = Runner::new();
    // Recorded on a real A30: profiles 14, 14, 5 give the ids 3, 4, 2.
    let said = runner.nvml(&["--gpu", "a30"], &["create 0 14", "create 0 14"]);
    assert_eq!(said, ["init 0", "GI 3", "GI 4"]);
    let said = runner.nvml(&[], &["create 0 5", "destroy 0 3"]);
    assert_eq!(said, ["init 0", "GI 2", "code 0"]);
    let said = runner.nvml(&[], &["create 0 0", "create-compute 0 4 0"]);
    assert_eq!(said, ["init 0", "code 23", "CI 0"]);
}

#[test]
fn without_a_gpu_there_is_an_a30() {
    let done = Runner::new().shell(&[], "");
    assert!(done.stderr.contains("NVIDIA A30 "), "{done:?}");
}

#[test]
fn a_new_machine_says_what_it_replaces() {
    let runner = Runner::new();
    runner.nvml(&["--gpu", "a30"], &["create 0 0"]);
    let done = runner.shell(&["--gpu", "h100-nvl-94gb"], "");
    let replaced =
        "nvml-mig-sim: replaced a simulated machine with NVIDIA A30 (driver 550.163.01)\n";
    assert!(done.stderr.starts_with(replaced), "{done:?}");
    let shown = runner.ask("show", &[]).stdout;
    assert!(
        shown.contains("NVIDIA H100 NVL") && !shown.contains("A30"),
        "{shown}"
    );
}

/// Facts: a chip without slot 3 gives the ids 1, 2 to profiles 9, 9; one without slot 7 gives 2, 1.
#[test]
fn options_of_a_gpu() {
    let runner = Runner::new();
    let both = [
        "--gpu",
        "a100-sxm4-40gb,missing-slot=3",
        "--gpu",
        "a100-sxm4-40gb,missing-slot=7",
    ];
    let said = runner.nvml(
        &both,
        &["create 0 9", "create 0 9", "create 1 9", "create 1 9"],
    );
    assert_eq!(said, ["init 0", "GI 1", "GI 2", "GI 2", "GI 1"]);
    let said = runner.nvml(
        &["--gpu", "a30,mig=off"],
        &["create 0 0", "mode 0 1", "create 0 0"],
    );
    assert_eq!(said, ["init 0", "code 3", "code 0, activation 0", "GI 0"]);
    let said = runner.nvml(
        &["--gpu", "a30,mig=off,virtualization=pass-through"],
        &["mode 0 1"],
    );
    assert_eq!(said, ["init 0", "code 0, activation 16"]);
}

#[test]
fn options_change_the_machine_that_is_there() {
    let runner = Runner::new();
    runner.nvml(&["--gpu", "a30"], &["create 0 14"]);
    let said = runner.nvml(
        &["--caller", "none", "--driver", "535.261.03"],
        &["create 0 14"],
    );
    assert_eq!(said, ["init 0", "code 4"]);
    let shown = runner.ask("show", &[]).stdout;
    assert!(
        shown.contains("Driver 535.261.03, called by a user without"),
        "{shown}"
    );
    assert!(shown.contains("| GI 3 "), "{shown}");
}

/// `nvmlDeviceGetGpuInstanceProfileInfoByIdV` came with driver 580; the V calls came after 520.
#[test]
fn a_driver_has_its_functions() {
    let runner = Runner::new();
    let steps = [
        "has nvmlDeviceGetGpuInstanceProfileInfoByIdV",
        "has nvmlDeviceGetGpuInstanceProfileInfoV",
    ];
    let said = runner.nvml(&["--driver", "580.65.06"], &steps);
    assert_eq!(said, ["init 0", "true", "true"]);
    runner.tell("driver", &["535.261.03"]);
    assert_eq!(runner.nvml(&[], &steps), ["init 0", "false", "true"]);
    runner.tell("driver", &["470.57.02"]);
    assert_eq!(runner.nvml(&[], &steps), ["init 0", "false", "false"]);
}

/// Each driver has its own process records, unless they are chosen for it.
#[test]
fn another_driver_has_its_own_process_records() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    let chosen = || {
        let state: serde_json::Value =
            serde_json::from_slice(&fs::read(runner.state()).unwrap()).unwrap();
        state["machine"]["process_record"].clone()
    };
    runner.tell("driver", &["470.57.02", "--process-record", "32"]);
    runner.shell(&["--driver", "470.57.02"], "");
    assert_eq!(chosen(), "WithProtectedMemory");
    runner.shell(&["--driver", "535.261.03"], "");
    assert!(chosen().is_null());
}

/// A library that is already installed keeps its functions, and the help says so.
#[test]
fn the_library_follows_the_driver_with_the_next_run() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30", "--driver", "470.57.02"], "");
    let library = || fs::read(runner.path("machine.json.library/libnvidia-ml.so.1")).unwrap();
    let before = library();
    runner.tell("driver", &["550.163.01"]);
    assert_eq!(library(), before);
    runner.shell(&[], "");
    assert_ne!(library(), before);
    let help = runner.ask("driver", &["--help"]).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "The functions that the library exports change with the next `run`";
    assert!(help.contains(said), "{help}");
}

#[test]
fn hidden_functions_are_gone_until_cleared() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    let steps = [
        "has nvmlDeviceGetAttributes_v2",
        "has nvmlDeviceGetCount_v2",
    ];
    runner.tell("hide", &["nvmlDeviceGetAttributes_v2"]);
    assert_eq!(runner.nvml(&[], &steps), ["init 0", "false", "true"]);
    runner.tell("clear-faults", &[]);
    assert_eq!(runner.nvml(&[], &steps), ["init 0", "true", "true"]);
}

#[test]
fn reset_removes_everything_but_the_lock() {
    let runner = Runner::new();
    let folder = runner.path("proc");
    runner.shell(
        &["--gpu", "a30", "--capabilities", folder.to_str().unwrap()],
        "",
    );
    runner.tell("log", &["--on"]);
    runner.nvml(&[], &["create 0 0"]);
    runner.tell("reset", &[]);
    let mut left: Vec<_> = fs::read_dir(runner.path(".")).unwrap().collect();
    left.retain(|entry| entry.as_ref().unwrap().path() != runner.path("./proc"));
    let left: Vec<_> = left
        .into_iter()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["machine.json.lock"]);
    assert_eq!(super::runner::listing(&folder), ["driver", "driver/nvidia"]);
}

#[test]
fn reset_of_a_gpu_leaves_the_machine() {
    let runner = Runner::new();
    runner.nvml(
        &["--gpu", "a30", "--gpu", "a30"],
        &["create 0 0", "create 1 0"],
    );
    runner.tell("reset-gpu", &["--gpu", "1"]);
    let said = runner.nvml(&[], &["create 0 0", "create 1 0"]);
    assert_eq!(said, ["init 0", "code 23", "GI 0"]);
}

/// A machine with GPUs of both kinds, one of them out of reach, and back again.
#[test]
fn gpus_without_mig_and_out_of_reach_are_shown() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "t4", "--gpu", "h100-sxm5-80gb"], "");
    let text = shown(&runner);
    assert!(text.contains("Tesla T4 (simulated)"), "{text}");
    assert!(text.contains("  Without MIG\n"), "{text}");
    runner.tell("reach", &["--gpu", "0", "lost"]);
    let text = shown(&runner);
    let out_of_reach = "  Out of reach: every call about it returns 15\n";
    assert!(text.contains(out_of_reach), "{text}");
    runner.tell("pretend", &["nvmlGpuInstanceDestroy"]);
    let text = shown(&runner);
    assert!(
        text.contains("nvmlGpuInstanceDestroy succeeds and changes nothing"),
        "{text}"
    );
    assert!(text.contains("MIG mode on"), "{text}");
    runner.tell("reload-driver", &[]);
    assert!(shown(&runner).contains("MIG mode off"));
    runner.tell("reboot", &["--new-minors"]);
    assert!(!shown(&runner).contains("Out of reach"));
}

/// Names without +me and wrong counts are chosen with the GPU and shown.
#[test]
fn drivers_that_name_or_count_otherwise_are_shown() {
    let runner = Runner::new();
    let gpu = "h100-sxm5-80gb,me-name=plain,instance-count=9,reserved-memory=500";
    runner.shell(&["--gpu", gpu, "--gpu", "a30,me-name=full"], "");
    let text = shown(&runner);
    for line in [
        "  MIG devices of +me instances are named without +me\n",
        "  Every profile reports instance count 9\n",
        "  The driver reserves 500 MiB of its memory\n",
    ] {
        assert_eq!(text.matches(line).count(), 1, "{text}");
    }
}

fn shown(runner: &Runner) -> String {
    runner.ask("show", &[]).stdout
}
