//! vGPUs that the runner starts and stops.

use serde_json::{Value, json};

use super::runner::Runner;

const HOST: &[&str] = &[
    "--gpu",
    "rtx-pro-6000-bse,virtualization=vgpu-host",
    "--driver",
    "595.45.04",
];

#[test]
fn a_vgpu_keeps_its_gpu_instance_until_it_is_stopped() {
    let runner = Runner::new();
    assert_eq!(runner.nvml(HOST, &["create 0 47"]), ["init 0", "GI 3"]);
    let start = ["--gi", "3", "--type", "1558", "--id", "7"];
    runner.tell("start-vgpu", &start);
    let shown = runner.ask("show", &[]).stdout;
    assert!(shown.contains("  A vGPU host\n"), "{shown}");
    assert!(shown.contains("  vGPU 7: DC-1-12Q on GI 3\n"), "{shown}");
    let destroy = ["destroy 0 3"];
    assert_eq!(runner.nvml(&[], &destroy), ["init 0", "code 19"]);
    let again = runner.ask("start-vgpu", &start);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.starts_with("error: the ID is 0 or in use"));
    runner.tell("stop-vgpu", &["--id", "7"]);
    let gone = runner.ask("stop-vgpu", &["--id", "7"]);
    assert!(gone.stderr.contains("no such GPU, GPU instance or vGPU"));
    assert_eq!(runner.nvml(&[], &destroy), ["init 0", "code 0"]);
}

#[test]
fn placements_and_logs_are_kept_in_the_state() {
    let runner = Runner::new();
    runner.nvml(HOST, &["create 0 47"]);
    let of_type = ["--gi", "3", "--type", "1558"];
    let placed = ["--size", "12", "--ids", "0,12"];
    runner.tell("vgpu-placements", &[&of_type[..], &placed].concat());
    let run = ["--gi", "3", "--timestamp", "5", "--time-run", "2000000"];
    runner.tell("vgpu-log", &run);
    let state: Value = read(&runner);
    let kept = &state["machine"]["gpus"][0]["gpu_instances"][0]["vgpu"];
    let expected = json!([{"vgpu_type": 1558, "size": 12, "ids": [0, 12]}]);
    assert_eq!(kept["placements"], expected);
    assert_eq!(kept["logs"][0]["runs"][0]["time_run"], 2_000_000);
    for command in ["vgpu-placements", "vgpu-log"] {
        let options: &[&str] = match command {
            "vgpu-log" => &["--gi", "4", "--timestamp", "5", "--time-run", "1"],
            _ => &["--gi", "4", "--type", "1558", "--size", "1"],
        };
        let refused = runner.ask(command, options);
        let why = "error: GPU 0 has no GPU instance 4; `nvml-mig-sim show` shows what it has\n";
        assert_eq!(refused.stderr, why);
    }
}

fn read(runner: &Runner) -> Value {
    let text = std::fs::read(runner.state()).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// With such a file, the library could write beyond the buffers of its clients.
#[test]
fn an_impossible_state_is_refused() {
    let runner = Runner::new();
    runner.nvml(HOST, &["create 0 47"]);
    runner.tell("start-vgpu", &["--gi", "3", "--type", "1558", "--id", "7"]);
    runner.tell(
        "vgpu-log",
        &["--gi", "3", "--timestamp", "5", "--time-run", "2"],
    );
    let good = read(&runner);
    let run = good["machine"]["gpus"][0]["gpu_instances"][0]["vgpu"]["logs"][0]["runs"][0].clone();
    let changes: [(&str, Value, &str); 6] = [
        (
            "/machine/gpus/0/vgpus/0/id",
            json!(0),
            "vGPU 0 can't run there",
        ),
        (
            "/machine/gpus/0/vgpus/0/vgpu_type",
            json!(1570),
            "vGPU 7 can't run there",
        ),
        (
            "/machine/gpus/0/vgpus/0/gpu",
            json!(1),
            "vGPU 7 can't run there",
        ),
        (
            "/machine/gpus/0/virtualization",
            json!("None"),
            "vGPU 7 can't run there",
        ),
        (
            "/machine/gpus/0/board",
            json!("a30"),
            "the vGPU types of `a30` are not known",
        ),
        (
            "/machine/gpus/0/gpu_instances/0/vgpu/logs/0/runs",
            json!(vec![run; 201]),
            "its settings for vGPUs are not possible",
        ),
    ];
    for (place, value, flaw) in changes {
        let mut bad = good.clone();
        if place == "/machine/gpus/0/board" {
            bad["machine"]["gpus"][0]["vgpus"] = json!([]);
            bad["machine"]["gpus"][0]["gpu_instances"] = json!([]);
        }
        *bad.pointer_mut(place).unwrap() = value;
        std::fs::write(runner.state(), bad.to_string()).unwrap();
        let refused = runner.ask("show", &[]);
        assert!(refused.stderr.contains(flaw), "{place}: {}", refused.stderr);
    }
    let twice = &good["machine"]["gpus"][0]["vgpus"][0];
    let mut bad = good.clone();
    bad["machine"]["gpus"][0]["vgpus"] = json!([twice, twice]);
    std::fs::write(runner.state(), bad.to_string()).unwrap();
    let refused = runner.ask("show", &[]).stderr;
    assert!(
        refused.contains("IDs of vGPUs are out of order or used twice"),
        "{refused}"
    );
}

#[test]
fn boards_with_vgpu_types_name_them() {
    let runner = Runner::new();
    let listed =
        super::runner::done(super::runner::program().args(["list-boards", "a100-pcie-40gb"]));
    assert!(listed.stdout.contains("A100-4-20C"), "{}", listed.stdout);
    assert!(listed.stdout.contains("vgpuConfig.xml of driver 510.47.03"));
    let refused = runner.shell(&["--gpu", "a30,virtualization=vgpu-host"], "");
    let why = "the vGPU types of `a30` are not known; those of a100-pcie-40gb and rtx-pro-6000-bse are (at character 20)";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
}
