//! `nvml-mig check`: right boards have no differences, and wrong ones do.

mod boards;
mod changes;
#[cfg(target_os = "linux")]
mod kills;
mod reports;

use nvml_mig_sim::{Caller, GpuSpec, Simulator, Virtualization, nvmlReturn_t};
use serde_json::{Value, json};

use crate::shell::Shell;

/// The report of a run that ends with this code.
fn report(shell: &Shell, arguments: &str, code: i32) -> Value {
    let output = shell.run(&format!("--json check {arguments}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{said} {:#}",
        printed["result"]["gpus"]
    );
    printed["result"].clone()
}

/// A list of texts in the report of the only GPU.
fn lines(report: &Value, name: &str) -> Vec<String> {
    let lines = report["gpus"][0][name].as_array().unwrap().iter();
    lines.map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn findings(report: &Value) -> Vec<String> {
    let gpus = report["gpus"].as_array().unwrap().iter();
    let findings = gpus.flat_map(|gpu| gpu["findings"].as_array().unwrap());
    let text = |name: &str, finding: &Value| finding[name].as_str().unwrap().to_owned();
    findings
        .map(|finding| format!("{}: {}", text("about", finding), text("figure", finding)))
        .collect()
}

/// What is read of a machine can be simulated elsewhere, and says nothing about whose GPU it is.
#[test]
fn a_report_has_a_board_that_can_be_simulated_and_no_serial() {
    let shell = Shell::new("a100-sxm4-40gb");
    shell.prints("apply --yes 3g.20gb,2*1g.5gb");
    let path = shell.folder.path().join("report.json");
    shell.prints(&format!("check --report {}", path.display()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("GPU-") && !text.contains("MIG-"), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    let captured = shell.file("board.json", &report["gpus"][0]["capture"].to_string());
    let gpu = GpuSpec::from_board_file(captured).unwrap();
    let other = Shell::of(Simulator::builder().gpu(gpu));
    assert_eq!(
        self::report(&other, "", 0)["gpus"][0]["board"],
        "a100-sxm4-40gb"
    );
}

/// Each figure of a profile, changed by itself.
#[test]
fn a_wrong_figure_is_found() {
    let shell = Shell::new("h100-sxm5-80gb");
    let right = report(&shell, "", 0)["gpus"][0]["capture"].clone();
    for (pointer, wrong, found) in [
        (
            "/memory_mib",
            json!(81920),
            "NVIDIA H100 80GB HBM3: memory_mib",
        ),
        (
            "/pci_id",
            json!("10de:2331"),
            "NVIDIA H100 80GB HBM3: pci_device_id",
        ),
        (
            "/compute_capability",
            json!("9.1"),
            "NVIDIA H100 80GB HBM3: compute_capability",
        ),
        (
            "/max_mig_devices",
            json!(8),
            "NVIDIA H100 80GB HBM3: max_mig_devices",
        ),
        ("/profiles/0/id", json!(77), "1g.10gb: id"),
        ("/profiles/0/name", json!("MIG 1g.11gb"), "1g.11gb: name"),
        (
            "/profiles/0/multiprocessors",
            json!(17),
            "1g.10gb: multiprocessors",
        ),
        ("/profiles/0/memory_mib", json!(9857), "1g.10gb: memory_mib"),
        ("/profiles/0/engines/decoder", json!(0), "1g.10gb: engines"),
        ("/profiles/0/p2p", json!(true), "1g.10gb: p2p"),
        ("/profiles/0/graphics", json!(true), "1g.10gb: graphics"),
        (
            "/profiles/0/instances",
            json!(8),
            "1g.10gb: instances on an empty GPU",
        ),
    ] {
        let mut board = right.clone();
        let Some(figure) = board.pointer_mut(pointer) else {
            panic!("no {pointer} in {board:#}");
        };
        assert_ne!(*figure, wrong);
        *figure = wrong;
        let found_here = differences_of(&shell, &board);
        assert!(
            found_here.iter().any(|it| it == found),
            "{pointer}: {found_here:?}"
        );
    }
}

fn differences_of(shell: &Shell, board: &Value) -> Vec<String> {
    let file = shell.file("wrong.json", &board.to_string());
    let gpu = GpuSpec::from_board_file(file).unwrap();
    findings(&report(&Shell::of(Simulator::builder().gpu(gpu)), "", 1))
}

/// A profile of its own, one too few, and compute instance profiles.
#[test]
fn other_profiles_are_found() {
    let shell = Shell::new("h100-sxm5-80gb");
    shell.prints("apply --yes 3g.40gb");
    let right = report(&shell, "", 0)["gpus"][0]["capture"].clone();
    let mut board = right.clone();
    board["profiles"].as_array_mut().unwrap().remove(1);
    let found = differences_of(&shell, &board);
    assert_eq!(found, ["1g.10gb+me: profile"]);

    let profiles = right["profiles"].as_array().unwrap();
    let index = profiles
        .iter()
        .position(|it| it["name"] == "MIG 3g.40gb")
        .unwrap();
    let mut board = right.clone();
    board["profiles"][index]["compute_profiles"][0]["multiprocessors"] = json!(17);
    let file = shell.file("wrong.json", &board.to_string());
    let other = Shell::of(Simulator::builder().gpu(GpuSpec::from_board_file(file).unwrap()));
    other.prints("apply --yes 3g.40gb");
    let found = findings(&report(&other, "", 1));
    assert_eq!(found, ["1c.3g.40gb in 3g.40gb: multiprocessors"]);
}

/// Some drivers for the A30 report a count that is not true (nvidia-smi mig -lgip of driver 450).
#[test]
fn a_count_that_the_placements_contradict_is_found() {
    let gpu = GpuSpec::new("a30").reported_instance_count(5);
    let found = findings(&report(&Shell::of(Simulator::builder().gpu(gpu)), "", 1));
    assert!(
        found.contains(&"2g.12gb: instances on an empty GPU".to_owned()),
        "{found:?}"
    );
}

#[test]
fn what_can_not_be_read_is_said() {
    let shell = Shell::new("a30");
    let placements = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
    shell
        .simulator
        .fail(placements, 0, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let said = shell.fails("check", 7);
    assert!(
        said.contains("nvmlDeviceGetGpuInstancePossiblePlacements_v2"),
        "{said}"
    );
    shell.simulator.clear_faults().unwrap();
    shell.simulator.set_caller(Caller::Unprivileged).unwrap();
    shell.fails("check", 4);
    // Without MIG mode, this driver lists no profile.
    let shell = Shell::of(
        Simulator::builder()
            .driver_version("535.261.03")
            .gpu(GpuSpec::new("a30").mig(false)),
    );
    let said = shell.fails("check", 7);
    assert!(said.contains("MIG mode"), "{said}");
}

/// The driver's answer for a board without MIG, on one that has it.
#[test]
fn a_board_that_should_have_mig_is_found() {
    let shell = Shell::new("a100-sxm4-40gb");
    let code = nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED;
    shell
        .simulator
        .fail("nvmlDeviceGetMigMode", 0, code)
        .unwrap();
    let found = findings(&report(&shell, "", 1));
    assert_eq!(found, ["NVIDIA A100-SXM4-40GB: mig"]);
    let said = shell.run("check").stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(
        said.contains("mig is not supported here, and supported"),
        "{said}"
    );
    // With --change too, although nothing can be changed.
    let found = findings(&report(&shell, "--change 0", 2));
    assert_eq!(found, ["NVIDIA A100-SXM4-40GB: mig"]);
}

#[test]
fn a_vgpu_is_no_board() {
    let guest = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
    let report = report(&Shell::of(Simulator::builder().gpu(guest)), "", 0);
    assert_eq!(report["gpus"][0]["board"], Value::Null);
    let lines = lines(&report, "not_checked");
    assert!(lines[0].starts_with("board: this is a vGPU"), "{lines:?}");
}

/// A board is found by its PCI ID too; drivers of 2020 leave out who made it.
#[test]
fn a_known_board_with_another_name_is_compared() {
    for (name, code, expected) in [
        ("NVIDIA H999", 1, &["NVIDIA H999: name"][..]),
        ("H100 80GB HBM3", 0, &[]),
    ] {
        let shell = Shell::new("h100-sxm5-80gb");
        let mut board = report(&shell, "", 0)["gpus"][0]["capture"].clone();
        board["name"] = json!(name);
        let file = shell.file("other.json", &board.to_string());
        let gpu = GpuSpec::from_board_file(file).unwrap();
        let report = report(&Shell::of(Simulator::builder().gpu(gpu)), "", code);
        assert_eq!(findings(&report), expected);
        assert_eq!(report["gpus"][0]["board"], "h100-sxm5-80gb");
        assert!(report["gpus"][0]["compared"].as_u64().unwrap() > 60);
    }
}

#[test]
fn an_unknown_board_is_said_to_be_unknown() {
    let shell = Shell::new("h100-sxm5-80gb");
    let mut board = report(&shell, "", 0)["gpus"][0]["capture"].clone();
    board["name"] = json!("NVIDIA H999");
    board["pci_id"] = json!("10de:ffff");
    let file = shell.file("other.json", &board.to_string());
    let gpu = GpuSpec::from_board_file(file).unwrap();
    let report = report(&Shell::of(Simulator::builder().gpu(gpu)), "", 0);
    let lines = lines(&report, "not_checked");
    assert_eq!(lines[0], "board: it is not in the catalogue");
}

/// A figure that can't be read is no figure that is right.
#[test]
fn what_is_not_read_is_no_success() {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 4g.24gb");
    for (function, code, exit) in [
        (
            "nvmlDeviceGetGpuInstanceRemainingCapacity",
            nvmlReturn_t::NVML_ERROR_UNKNOWN,
            7,
        ),
        (
            "nvmlDeviceGetGpuInstanceRemainingCapacity",
            nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
            4,
        ),
        (
            "nvmlDeviceGetAttributes_v2",
            nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
            7,
        ),
    ] {
        shell.simulator.fail(function, 0, code).unwrap();
        let report = report(&shell, "", exit);
        let not_read = lines(&report, "not_read");
        assert!(
            !not_read.is_empty() && not_read[0].contains(function),
            "{not_read:?}"
        );
        assert!(findings(&report).is_empty());
        shell.simulator.clear_faults().unwrap();
    }
}

/// A driver without the function has nothing to read.
#[test]
fn what_an_older_driver_lacks_is_not_checked() {
    let attributes = ["nvmlDeviceGetAttributes_v2", "nvmlDeviceGetAttributes"];
    let shell = Shell::of(
        Simulator::builder()
            .gpu(GpuSpec::new("a30"))
            .hide(attributes),
    );
    shell.prints("apply --yes 4g.24gb");
    let report = report(&shell, "", 0);
    let lines = lines(&report, "not_checked");
    assert!(
        lines[0].contains("has no nvmlDeviceGetAttributes"),
        "{lines:?}"
    );
}
