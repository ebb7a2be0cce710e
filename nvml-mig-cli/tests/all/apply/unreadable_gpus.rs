//! GPUs that can't be read, beside others.

use std::fs;

use crate::shell::Shell;
use nvml_mig_sim::nvmlReturn_t;

use super::with_refused;

/// One of them can't be read, and the other has no MIG.
#[test]
fn a_gpu_without_mig_is_passed_over_beside_one_that_is_lost() {
    for (refusal, code) in [
        (nvmlReturn_t::NVML_ERROR_GPU_IS_LOST, 7),
        (nvmlReturn_t::NVML_ERROR_NO_PERMISSION, 4),
    ] {
        let shell = Shell::new("t4,a30");
        shell.simulator.refuse_gpu(1, Some(refusal)).unwrap();
        for command in [
            "apply --yes 4g.24gb",
            "plan none",
            "fit",
            "mode --yes enable",
        ] {
            let said = shell.fails(command, code);
            assert!(said.contains("GPU index 1"), "{command}: {said}");
            assert!(!said.contains("GPU 0"), "{command}: {said}");
        }
    }
}

/// It is left out with one line, and what changes or asserts all GPUs is no success.
#[test]
fn a_gpu_that_can_not_be_read_is_left_out_and_not_taken_for_done() {
    for (refusal, code) in [
        (nvmlReturn_t::NVML_ERROR_GPU_IS_LOST, 7),
        (nvmlReturn_t::NVML_ERROR_NO_PERMISSION, 4),
        (nvmlReturn_t::NVML_ERROR_UNKNOWN, 7),
        (nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT, 7),
    ] {
        let shell = with_refused(refusal);
        let text = "version: v1\nmig-configs:\n  all: [{devices: all, mig-enabled: true, mig-devices: {2g.12gb: 2}}]\n  one: [{devices: [0], mig-enabled: true, mig-devices: {2g.12gb: 2}}]\n";
        let file = shell.folder.path().join("config.yaml");
        fs::write(&file, text).unwrap();
        let (all, one) = (
            format!("--file {} --config all", file.display()),
            format!("--file {} --config one", file.display()),
        );
        for (arguments, expected) in [
            ("fit".to_owned(), code),
            ("fit 4g.24gb".to_owned(), code),
            ("mode".to_owned(), code),
            ("plan 4g.24gb".to_owned(), code),
            ("apply --dry-run 4g.24gb".to_owned(), code),
            ("snapshot".to_owned(), code),
            ("export".to_owned(), code),
            ("assert 4g.24gb".to_owned(), 1),
            ("apply --yes 4g.24gb".to_owned(), code),
            ("apply --yes 4g.24gb".to_owned(), code),
            ("assert 4g.24gb".to_owned(), code),
            (format!("assert {all}"), 1),
            (format!("apply --yes {all}"), code),
            (format!("assert {all}"), code),
        ] {
            let output = shell.run(&arguments);
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(expected), "{arguments}: {said}");
            let lines = said.matches("GPU 1: can't be read: ").count();
            assert_eq!(lines, 1, "{arguments}: {said}");
        }
        let there = there_without_one(&shell, code);
        let halves = "2g.12gb:0, 2g.12gb:2";
        assert_eq!(there, format!("GPU 0: {halves}\nGPU 2: {halves}\n"));
        // What does not mean it does not need it.
        shell.prints(&format!("apply --yes {one}"));
        shell.prints(&format!("assert {one}"));
        shell.prints(&format!("assert --device 0,2 {all}"));
        // One that is named is an error: the others are shown, but not changed.
        shell.fails("apply --yes --device 0,1 4g.24gb", 7);
        let file = format!("apply --yes --device 0,1 {all}");
        shell.fails(&file, 7);
        shell.prints("assert --device 0 2*2g.12gb");
        for command in ["fit", "fit 2g.12gb", "plan 4g.24gb", "snapshot", "export"] {
            let output = shell.run(&format!("{command} --device 0,1"));
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{command}: {said}");
            assert_eq!(said.matches("GPU 1: can't be read: ").count(), 1, "{said}");
            assert!(!output.stdout.is_empty(), "{command}: {said}");
        }
    }
}

/// The layouts of the GPUs that can be read, which is no success.
fn there_without_one(shell: &Shell, code: i32) -> String {
    let output = shell.run("export --format text");
    assert_eq!(output.status.code(), Some(code));
    String::from_utf8(output.stdout).unwrap()
}

/// `devices: all` would mean the GPU that is not in the file.
#[test]
fn a_file_without_one_of_the_gpus_does_not_mean_all() {
    let shell = with_refused(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST);
    let output = shell.run("export");
    assert_eq!(output.status.code(), Some(7));
    let written = String::from_utf8(output.stdout).unwrap();
    assert!(written.contains("devices: [0, 2]"), "{written}");
    shell.simulator.refuse_gpu(1, None).unwrap();
    let written = shell.prints("export --device 0,2");
    assert!(written.contains("devices: [0, 2]"), "{written}");
    let written = shell.prints("export");
    assert!(written.contains("devices: all"), "{written}");
}

/// The others are restored, and the one that is not is named in one line.
#[test]
fn a_snapshot_is_restored_without_a_gpu_that_can_not_be_read() {
    for (refusal, code) in [
        (nvmlReturn_t::NVML_ERROR_GPU_IS_LOST, 7),
        (nvmlReturn_t::NVML_ERROR_NO_PERMISSION, 4),
        (nvmlReturn_t::NVML_ERROR_UNKNOWN, 7),
        (nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT, 7),
    ] {
        let shell = with_refused(refusal);
        shell.simulator.refuse_gpu(1, None).unwrap();
        shell.prints("apply --yes 2g.12gb");
        let kept = shell.folder.path().join("kept.json");
        fs::write(&kept, shell.prints("snapshot")).unwrap();
        shell.prints("apply --yes 4g.24gb");
        shell.simulator.refuse_gpu(1, Some(refusal)).unwrap();
        let restore = format!("restore --yes {}", kept.display());
        let output = shell.run(&restore);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.matches(": can't be read: ").count(), 1, "{said}");
        shell.simulator.refuse_gpu(1, None).unwrap();
        let there = shell.prints("export --format text");
        let expected = "GPU 0: 2g.12gb:0\nGPU 1: 4g.24gb:0\nGPU 2: 2g.12gb:0\n";
        assert_eq!(there, expected);
    }
}
