//! Steering a machine that other processes use.

use std::time::{Duration, Instant};

use super::runner::Runner;

const IN_USE: &str = "code 19";

#[test]
fn busy_instances_can_t_be_destroyed() {
    let runner = Runner::new();
    runner.nvml(
        &["--gpu", "a30"],
        &["create 0 14", "create-compute 0 3 0", "create 0 14"],
    );
    runner.tell(
        "busy",
        &["--gpu", "0", "--gi", "3", "--ci", "0", "--pid", "4242"],
    );
    runner.tell(
        "busy",
        &[
            "--gpu", "0", "--gi", "4", "--pid", "4243", "--name", "python3",
        ],
    );
    let destroy = ["destroy-compute 0 3 0", "destroy 0 4"];
    assert_eq!(runner.nvml(&[], &destroy), ["init 0", IN_USE, IN_USE]);
    runner.tell("idle", &["--pid", "4242"]);
    assert_eq!(runner.nvml(&[], &destroy), ["init 0", "code 0", IN_USE]);
    runner.tell("idle", &[]);
    assert_eq!(runner.nvml(&[], &["destroy 0 4"]), ["init 0", "code 0"]);
}

#[test]
fn a_gpu_in_use_is_not_reset() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.tell("busy", &["--gpu", "0", "--pid", "7"]);
    let done = runner.ask("reset-gpu", &["--gpu", "0"]);
    let why = "error: processes are running on GPU 0; `nvml-mig-sim idle --gpu 0` ends them\n";
    assert_eq!((done.code, &*done.stderr), (Some(1), why));
    runner.tell("idle", &["--gpu", "0"]);
    runner.tell("reset-gpu", &["--gpu", "0"]);
}

/// Calls are counted over all processes.
#[test]
fn the_nth_call_fails() {
    let runner = Runner::new();
    runner.nvml(
        &["--gpu", "a30"],
        &["create 0 14", "create 0 14", "create 0 14"],
    );
    let fail = [
        "--call",
        "nvmlGpuInstanceDestroy",
        "--nth",
        "2",
        "--code",
        "19",
    ];
    runner.tell("fail", &fail);
    assert_eq!(runner.nvml(&[], &["destroy 0 3"]), ["init 0", "code 0"]);
    let said = runner.nvml(&[], &["destroy 0 4", "destroy 0 4"]);
    assert_eq!(said, ["init 0", IN_USE, "code 0"]);
}

#[test]
fn codes_have_names() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    for (name, code) in [
        ("NVML_ERROR_GPU_IS_LOST", 15),
        ("in_use", 19),
        ("Memory", 20),
    ] {
        runner.tell("fail", &["--call", "nvmlInit_v2", "--code", name]);
        assert_eq!(runner.nvml(&[], &[]), [format!("init {code}")]);
    }
}

#[test]
fn a_delayed_call_takes_longer() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.tell("delay", &["--call", "nvmlInit_v2", "--ms", "300"]);
    let started = Instant::now();
    assert_eq!(runner.nvml(&[], &[]), ["init 0"]);
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn callers_have_their_privilege() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.tell("caller", &["none"]);
    assert_eq!(runner.nvml(&[], &["create 0 14"]), ["init 0", "code 4"]);
    runner.tell("caller", &["capability"]);
    assert_eq!(runner.nvml(&[], &["create 0 14"]), ["init 0", "GI 3"]);
    runner.tell("caller", &["no-config-node"]);
    assert_eq!(runner.nvml(&[], &["create 0 14"]), ["init 0", "code 4"]);
    runner.tell("caller", &["root"]);
    assert_eq!(runner.nvml(&[], &["destroy 0 3"]), ["init 0", "code 0"]);
}

#[test]
fn a_container_is_limited_to_devices_that_are_there() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    for (caller, expected) in [
        (
            "root",
            "error: only a container can be limited to MIG devices\n",
        ),
        (
            "container",
            "error: there is no such MIG device; `nvml-mig-sim show` shows their UUIDs\n",
        ),
    ] {
        let done = runner.ask("caller", &[caller, "--mig-device", "MIG-1"]);
        assert_eq!((done.code, &*done.stderr), (Some(1), expected));
    }
    assert!(runner.ask("show", &[]).stdout.contains("called by root\n"));
}

#[test]
fn calls_of_all_processes_are_logged() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.nvml(&[], &["create 0 0"]);
    let done = runner.ask("log", &[]);
    let off = "nvml-mig-sim: no calls are logged; `nvml-mig-sim log --on` turns the log on\n";
    assert_eq!(
        (done.code, &*done.stdout, &*done.stderr),
        (Some(0), "", off)
    );

    runner.tell("log", &["--on"]);
    runner.nvml(&[], &["create 0 14"]);
    runner.nvml(&[], &["destroy 0 0"]);
    let log = runner.ask("log", &[]).stdout;
    let calls: Vec<&str> = log.lines().map(without_pid).collect();
    assert_eq!(calls[0], "nvmlInit_v2() = NVML_SUCCESS");
    let named = |name: &str| {
        calls
            .iter()
            .copied()
            .filter(|call| call.starts_with(name))
            .collect()
    };
    let found: Vec<&str> = named("nvmlDeviceCreateGpuInstance");
    assert!(found[0].contains("profile_id=14"), "{log}");
    assert!(
        found[0].ends_with(") = NVML_ERROR_INSUFFICIENT_RESOURCES"),
        "{log}"
    );
    let found: Vec<&str> = named("nvmlGpuInstanceDestroy");
    assert!(found[0].ends_with(") = NVML_SUCCESS"), "{log}");
    let pids = log.lines().map(|line| line.split(']').next().unwrap());
    assert_eq!(
        pids.collect::<std::collections::BTreeSet<_>>().len(),
        2,
        "{log}"
    );

    runner.tell("log", &["--clear"]);
    assert_eq!(runner.ask("log", &[]).stdout, "");
    runner.tell("log", &["--off"]);
    runner.nvml(&[], &[]);
    assert_eq!(runner.ask("log", &[]).stdout, "");
}

/// Lines of several processes at once are whole, and none is lost.
#[test]
fn a_log_of_many_is_whole() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.tell("log", &["--on"]);
    let steps = ["create 0 14", "create 0 99"].repeat(20);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| runner.nvml(&[], &steps));
        }
    });
    let log = runner.ask("log", &[]).stdout;
    let calls = log.lines().map(without_pid);
    let created = calls.filter(|call| call.starts_with("nvmlDeviceCreateGpuInstance("));
    assert_eq!(created.count(), 4 * 40);
}

fn without_pid(line: &str) -> &str {
    line.split_once("] ").unwrap().1
}

#[test]
fn events_are_checked() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "a30"], "");
    runner.nvml(&[], &["create 0 0"]);
    let xid = ["--gpu", "0", "--kind", "xid", "--data", "79"];
    runner.tell("event", &[&xid[..], &["--gi", "0", "--ci", "0"]].concat());
    let refusals = [
        (&["--gpu", "1", "--kind", "xid"][..], "there is no GPU 1"),
        (
            &["--gpu", "0", "--kind", "xid", "--gi", "3"],
            "GPU 0 has no GPU instance 3",
        ),
        (&["--gpu", "0", "--kind", "clock"], "possible values: xid"),
        (&["--gpu", "0", "--kind", "xid", "--ci", "0"], "--gi"),
    ];
    for (arguments, expected) in refusals {
        let done = runner.ask("event", arguments);
        assert_ne!(done.code, Some(0));
        assert!(done.stderr.contains(expected), "{done:?}");
    }
}

/// Most machines have one GPU. A reset, which destroys something, needs its index nevertheless.
#[test]
fn commands_concern_the_first_gpu() {
    let runner = Runner::new();
    runner.nvml(&["--gpu", "h100-sxm5-80gb"], &["create 0 0"]);
    runner.tell("gpm", &["--gi", "0", "--metric", "sm-util=42"]);
    runner.tell("event", &["--kind", "xid", "--data", "79"]);
    runner.tell("reach", &["lost"]);
    runner.tell("reach", &["ok"]);
    runner.tell("busy", &["--gi", "0", "--pid", "4242"]);
    assert_eq!(runner.nvml(&[], &["destroy 0 0"]), ["init 0", IN_USE]);
    assert_eq!(runner.ask("reset-gpu", &[]).code, Some(2));
}

#[test]
fn gpm_figures_are_checked() {
    let runner = Runner::new();
    runner.shell(&["--gpu", "h100-sxm5-80gb"], "");
    runner.nvml(&[], &["create 0 0"]);
    let metrics = ["--metric", "sm-util=42", "--metric", "pcie-tx-per-sec=0.5"];
    runner.tell(
        "gpm",
        &[&["--gpu", "0", "--gi", "0"], &metrics[..]].concat(),
    );
    let refusals = [
        (
            &["--gi", "3", "--metric", "sm-util=1"][..],
            "GPU 0 has no GPU instance 3",
        ),
        (
            &["--metric", "sm-util=101"],
            "sm-util can't be 101: a percentage is from 0 to 100",
        ),
        (&["--metric", "sm-util=NaN"], "sm-util can't be NaN"),
        (
            &["--metric", "sm_util=1"],
            "there is no metric `sm_util`; the metrics are graphics-util, sm-util",
        ),
        (&["--metric", "sm-util"], "expected NAME=VALUE"),
        (
            &["--metric", "sm-util=high"],
            "the value is not a number such as 42 or 0.5",
        ),
    ];
    for (arguments, expected) in refusals {
        let done = runner.ask("gpm", &[&["--gpu", "0"], arguments].concat());
        assert_ne!(done.code, Some(0));
        assert!(done.stderr.contains(expected), "{done:?}");
    }
}
