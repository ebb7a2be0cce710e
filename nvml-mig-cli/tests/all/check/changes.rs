//! `nvml-mig check --change`: the GPU is as before, whatever happens.

use nvml_mig_sim::{GpuSpec, Process, Simulator, nvmlReturn_t};
use serde_json::{Value, json};

use super::{findings, lines, report};
use crate::shell::Shell;

#[test]
fn all_of_a_gpu_is_tried_and_brought_back() {
    let shell = Shell::new("t4,a30");
    let report = report(&shell, "--change 1 --kills 4", 0);
    let changes = lines(&report, "changes");
    assert_eq!(
        changes[0],
        "changed: 28 of 28 instances one by one, then 5 of 5 layouts that fill the GPU"
    );
    assert_eq!(lines(&report, "left"), [""; 0]);
    assert_eq!(shell.there(), "GPU 0: off\nGPU 1: none\n");
    // The compute instance profiles of all profiles were read.
    let profiles = report["gpus"][0]["capture"]["profiles"].as_array().unwrap();
    let sources: Vec<&Value> = profiles
        .iter()
        .map(|it| &it["compute_profiles_from"])
        .collect();
    assert_eq!(sources, [&json!("instance"); 5]);
}

#[test]
fn a_gpu_with_anything_on_it_is_refused() {
    let shell = Shell::new("a30,a30");
    shell.prints("create --yes --device 0 1g.6gb:3");
    let said = shell.fails("check --change 0", 2);
    assert!(
        said.contains("--change needs an empty GPU, and GPU 0 has instances"),
        "{said}"
    );
    let process = Process::new(1, 4242);
    shell.simulator.busy(process).unwrap();
    let said = shell.fails("check --change 1", 2);
    assert!(said.contains("GPU 1 is used by processes"), "{said}");
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:3\nGPU 1: none\n");
    let off = Shell::of(Simulator::builder().gpu(GpuSpec::new("a30").mig(false)));
    let said = off.fails("check --change 0", 2);
    assert!(said.contains("has MIG mode off"), "{said}");
    let without = Shell::new("t4").fails("check --change 0", 2);
    assert!(without.contains("GPU 0 does not support MIG"), "{without}");
    assert_eq!(off.there(), "GPU 0: off\n");
}

/// A killed change destroyed an instance that its rollback creates again.
#[test]
fn a_gpu_that_an_interrupted_change_left_is_refused() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 4g.24gb");
    let create = "nvmlDeviceCreateGpuInstanceWithPlacement";
    shell
        .simulator
        .delay(create, std::time::Duration::from_secs(60))
        .unwrap();
    let mut change = shell.start("apply --yes 4*1g.6gb");
    while shell.there() != "GPU 0: none\n" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    change.kill().unwrap();
    change.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
    let said = shell.fails("check --change 0", 2);
    assert!(said.contains("an interrupted change left it"), "{said}");
    shell.prints("apply --yes 4g.24gb");
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
}

/// Each refusal of a call is a difference, and leaves nothing behind.
#[test]
fn what_the_driver_refuses_is_a_difference() {
    let shell = Shell::new("a30");
    let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    shell
        .simulator
        .fail(create, 3, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let found = findings(&report(&shell, "--change 0 --kills 0", 1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with(": change"), "{found:?}");
    assert_eq!(shell.there(), "GPU 0: none\n");
}

/// One refusal, at each call in turn: the GPU is empty again, and what is said names no UUID.
#[test]
fn whatever_is_refused_once_the_gpu_is_empty_again() {
    for (function, step) in [
        ("nvmlDeviceGetMigMode", 9),
        ("nvmlGpuInstanceDestroy", 8),
        ("nvmlComputeInstanceDestroy", 8),
        ("nvmlDeviceGetGpuInstanceRemainingCapacity", 31),
        ("nvmlDeviceGetGpuInstances", 23),
    ] {
        for nth in (1..=3).map(|n| n * step) {
            let shell = Shell::new("a30");
            let code = nvmlReturn_t::NVML_ERROR_UNKNOWN;
            shell.simulator.fail(function, nth, code).unwrap();
            let output = shell.run("--json check --change 0 --kills 1");
            let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
            let findings = printed["result"]["gpus"][0].to_string();
            assert!(!findings.contains("-ca1b-"), "{function} {nth}: {findings}");
            shell.simulator.clear_faults().unwrap();
            assert_eq!(
                shell.there(),
                "GPU 0: none\n",
                "{function} {nth}: {printed:#}"
            );
        }
    }
}

/// The first instance is half made, and stays. That is said, and no journal is left that a later change would roll back.
#[test]
fn what_is_left_is_said_and_not_rolled_back_later() {
    let shell = Shell::new("a30");
    for (function, code) in [
        (
            "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
            nvmlReturn_t::NVML_ERROR_UNKNOWN,
        ),
        ("nvmlGpuInstanceDestroy", nvmlReturn_t::NVML_ERROR_IN_USE),
    ] {
        shell.simulator.fail(function, 0, code).unwrap();
    }
    let said = shell.fails("check --change 0 --kills 0", 8);
    let left = "it has GPU instance 1g.6gb at 0:1 without a compute instance";
    assert!(said.contains(left), "{said}");
    shell.simulator.clear_faults().unwrap();
    let listed = shell.run("list");
    assert_eq!(String::from_utf8(listed.stderr).unwrap(), "");
    shell.prints("create --yes 2g.12gb");
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:2, 1g.6gb:0()\n");
}

/// Its processes make no specification of devices that are gone at once.
#[test]
fn no_cdi_specification_is_made() {
    let shell = Shell::new("a30");
    let spec = shell.folder.path().join("cdi.json");
    let mut check = shell.command("check --change 0 --kills 1");
    let output = check.env("NVML_MIG_CDI_SPEC", &spec).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!spec.exists());
}

/// Somebody uses an instance of the check: it stays, and the check says what is left.
#[test]
fn what_is_used_meanwhile_stays() {
    let shell = Shell::new("a30");
    let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    let delay = std::time::Duration::from_millis(300);
    shell.simulator.delay(create, delay).unwrap();
    let check = shell.start("check --change 0 --kills 0");
    let process = || Process::new(0, 4242).gpu_instance(3).compute_instance(0);
    while shell.simulator.busy(process()).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = check.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(8), "{said}");
    assert!(
        said.contains("of the check, it still has GPU instance 1g.6gb at 0:1"),
        "{said}"
    );
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:0\n");
}

/// nvidia-smi knows no lock.
#[test]
fn what_others_create_meanwhile_stays() {
    let shell = Shell::new("a30");
    let nvml = nvml_mig::Nvml::init_from(shell.simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let half = device.gpu_instance_profile_by_name("2g.12gb").unwrap().id;
    let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    let delay = std::time::Duration::from_millis(100);
    shell.simulator.delay(create, delay).unwrap();
    let check = shell.start("check --change 0");
    while !shell.there().contains("1g.6gb:1") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let place = nvml_mig::instance::GpuInstancePlacement { start: 2, size: 2 };
    let _theirs = device.create_gpu_instance_at(half, place).unwrap();
    let output = check.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("another program changed GPU 0"), "{said}");
    assert!(shell.there().contains("2g.12gb:2()"), "{}", shell.there());
}

/// They take the place that the check has just freed. It can't tell what is whose, and says so.
#[test]
fn nobody_is_told_to_destroy_what_others_created() {
    let shell = Shell::new("a30");
    let nvml = nvml_mig::Nvml::init_from(shell.simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let quarter = device.gpu_instance_profile_by_name("1g.6gb").unwrap().id;
    // Between the last step of a change and the look at its result.
    let delay = std::time::Duration::from_millis(150);
    let look = "nvmlDeviceGetMigMode";
    shell.simulator.delay(look, delay).unwrap();
    let check = shell.start("check --change 0 --kills 0");
    for is_there in [true, false] {
        let starts = || {
            device
                .gpu_instances()
                .unwrap()
                .into_iter()
                .map(|live| live.placement().start)
        };
        while starts().any(|start| start == 0) != is_there {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
    // Beside the instance that the check made at 1, the driver chooses this place.
    let theirs = device.create_gpu_instance(quarter).unwrap();
    assert_eq!(theirs.placement().start, 0);
    let output = check.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(8), "{said}");
    assert!(said.contains("another program changed GPU 0"), "{said}");
    assert!(!said.contains("destroy that with"), "{said}");
    let left = "it has GPU instance 1g.6gb at 0:1 without a compute instance, and what of that";
    assert!(said.contains(left), "{said}");
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:0()\n");
    // No journal is left.
    shell.simulator.clear_faults().unwrap();
    shell.prints("create --yes 2g.12gb");
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:2, 1g.6gb:0()\n");
}
