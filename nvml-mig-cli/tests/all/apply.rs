//! Layouts, and what each exit code says.

use std::fs;

use crate::shell::{Shell, assert_lines};
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, Virtualization, nvmlReturn_t};

/// An A30 with two GPU instances of two slices.
fn halves() -> Shell {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    shell
}

const HALVES: &str = "GPU 0: 2g.12gb:0, 2g.12gb:2\n";

#[test]
fn a_layout_is_planned_applied_asserted_and_exported() {
    let shell = halves();
    assert_eq!(shell.there(), HALVES);
    let text = shell.prints("plan 4g.24gb");
    let lines = [
        "        0     1     2     3",
        " before [ 2g.12gb  ][ 2g.12gb  ]",
        " after  [       4g.24gb        ]",
        "  destroy GPU instance 2",
        "  create GPU instance 4g.24gb at 0:4",
    ];
    assert_lines(&text, &lines);
    let json: serde_json::Value =
        serde_json::from_str(&shell.prints("plan --json 4g.24gb")).unwrap();
    assert_eq!(json["result"][0]["steps"].as_array().unwrap().len(), 6);
    assert_eq!(json["result"][0]["after"][0]["name"], "4g.24gb");
    assert_lines(&shell.prints("apply --dry-run 4g.24gb"), &lines[..1]);
    assert_eq!(shell.there(), HALVES);

    let applied = shell.run("apply --yes 4g.24gb");
    let told = String::from_utf8(applied.stderr).unwrap();
    assert!(told.contains("[6/6] GPU 0 (GPU-"), "{told}");
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
    shell.prints("assert 4g.24gb");
    assert_lines(&shell.prints("apply --yes 4g.24gb"), &["  nothing to do"]);
    assert_lines(&shell.prints("fit"), &["  4g.24gb      0 more"]);
    assert_lines(&shell.prints("fit 4*1g.6gb"), &["GPU 0: it fits"]);
}

#[test]
fn what_is_asserted_may_be_false() {
    let shell = halves();
    for layout in ["4g.24gb", "off", "5*1g.6gb"] {
        shell.fails(&format!("assert {layout}"), 1);
    }
    shell.fails("assert 9g.99gb", 2);
    // Options about changes are not for `assert`.
    for option in ["--keep", "--change-mig-mode"] {
        shell.fails(&format!("assert {option} 4g.24gb"), 2);
    }
}

/// The host partitions the GPU, so the guest can only confirm what already exists.
#[test]
fn a_guest_with_a_share_of_a_gpu_is_told_before_anything_is_tried() {
    for is_on in [true, false] {
        let guest = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
        let shell = Shell::of(Simulator::builder().gpu(guest.mig(is_on)));
        let before = shell.prints("list");
        for command in [
            "plan 2g.12gb",
            "apply --yes 2g.12gb",
            "create --yes 2g.12gb",
            "fit 2g.12gb",
            "fit",
            "generate",
        ] {
            let output = shell.run(command);
            assert_eq!(output.status.code(), Some(7), "{output:?}");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            let told = "this is a vGPU guest: its host partitions the GPU\n";
            assert!(said.ends_with(told) && said.lines().count() == 1, "{said}");
        }
        shell.fails("assert 2g.12gb", 1);
        assert_eq!(shell.prints("list"), before);
    }
}

#[test]
fn a_wrong_command_line_or_file_changes_nothing() {
    let shell = halves();
    shell.fails("apply", 2);
    shell.fails("apply --yes --dry-run 4g.24gb", 2);
    let said = shell.fails("apply 4g.24gb", 2);
    assert!(said.contains("pass --yes"), "{said}");
    let said = shell.fails("apply --yes 1g.6bg", 2);
    assert!(said.contains("column 1: "), "{said}");
    let said = shell.fails("apply --yes off", 2);
    assert!(said.contains("note: --change-mig-mode allows"), "{said}");
    let said = shell.fails("apply --yes --file /nowhere", 2);
    assert!(said.contains("/nowhere: "), "{said}");
    let said = shell.fails("restore --yes /nowhere", 2);
    assert!(said.contains("/nowhere: "), "{said}");
    assert_eq!(shell.there(), HALVES);
}

/// With which mig-parted destroys everything and says that it was successful.
#[test]
fn a_mistyped_profile_destroys_nothing_and_says_where_it_stands() {
    let shell = halves();
    let file = shell.file(
        "config.yaml",
        "version: v1\nmig-configs:\n  all:\n    - devices: all\n      mig-enabled: true\n      mig-devices:\n        \"1g.99gb\": 4\n",
    );
    let said = shell.fails(&format!("apply --yes --file {}", file.display()), 2);
    assert!(
        said.contains("config.yaml:7:9: this profile can't be used on GPU 0: this GPU has no profile '1g.99gb'"),
        "{said}"
    );
    assert_eq!(shell.there(), HALVES);
}

#[test]
fn a_file_of_mig_parted_is_applied_and_what_is_exported_is_one() {
    let shell = halves();
    let file = shell.file(
        "config.yaml",
        "version: v1\nmig-configs:\n  quarters:\n    - devices: [0]\n      mig-enabled: true\n      mig-devices: {1g.6gb: 4}\n  off:\n    - devices: all\n      mig-enabled: false\n",
    );
    let file = file.display();
    let said = shell.fails(&format!("plan --file {file}"), 2);
    assert!(
        said.contains("--config must name one of the file's configurations: quarters, off"),
        "{said}"
    );
    shell.prints(&format!("apply --yes --file {file} --config quarters"));
    let exported = shell.file("exported.yaml", &shell.prints("export"));
    shell.prints(&format!("assert --file {}", exported.display()));
    shell.prints(&format!(
        "apply --yes --file {file} --config off --change-mig-mode"
    ));
    assert_eq!(shell.there(), "GPU 0: off\n");
    shell.fails(&format!("assert --file {}", exported.display()), 1);
    shell.prints(&format!("assert --file {file} --config off"));
}

#[test]
fn a_snapshot_is_restored() {
    let shell = halves();
    let file = shell.file("snapshot.json", &shell.prints("snapshot"));
    shell.prints("apply --yes 1g.6gb:3");
    shell.prints(&format!("restore --yes {}", file.display()));
    assert_eq!(shell.there(), HALVES);
    let restored = shell.prints(&format!("restore --by-pci-address {}", file.display()));
    assert_lines(&restored, &["  nothing to do"]);
    let broken = shell.file("broken.json", "{\"version\": 1,\n \"gpus\": 3}");
    let said = shell.fails(&format!("restore --yes {}", broken.display()), 2);
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn what_does_not_fit_says_why() {
    let shell = halves();
    let said = shell.fails("apply --yes 4g.24gb,1g.6gb", 3);
    assert!(said.contains("; 4g.24gb would fit"), "{said}");
    let output = shell.run("fit 5*1g.6gb");
    assert_eq!(output.status.code(), Some(3));
    shell.fails("plan --keep 4g.24gb", 3);
    assert_eq!(shell.there(), HALVES);
}

#[test]
fn without_the_privilege_nothing_is_done() {
    let shell = halves();
    shell.simulator.set_caller(Caller::Unprivileged).unwrap();
    let said = shell.fails("apply --yes 4g.24gb", 4);
    assert!(said.contains("NVML_ERROR_NO_PERMISSION (4)"), "{said}");
}

#[test]
fn what_is_in_use_stays() {
    let shell = halves();
    let process = Process::new(0, 4242).gpu_instance(1).compute_instance(0);
    shell.simulator.busy(process).unwrap();
    let said = shell.fails("apply --yes 4g.24gb", 5);
    assert!(said.contains("GPU instance 1"), "{said}");
    assert!(said.contains("because of process 4242"), "{said}");
    // The other half is free to change.
    shell.prints("apply --yes 2g.12gb:0,2*1g.6gb");
}

#[test]
fn a_gpu_that_must_be_reset_is_told() {
    let shell = Shell::of(Simulator::builder().gpu(GpuSpec::new("a30").mig(false)));
    shell.simulator.busy(Process::new(0, 4242)).unwrap();
    let said = shell.fails("apply --yes --change-mig-mode 4g.24gb", 6);
    assert!(
        said.contains(
            "MIG mode enabled is pending until no program uses the GPU: stop process 4242"
        ),
        "{said}"
    );
    assert!(said.contains("nothing else was changed"), "{said}");
    let asserted = shell.run("assert off");
    assert_eq!(asserted.status.code(), Some(1));
    let said = String::from_utf8(asserted.stdout).unwrap();
    assert!(said.ends_with("; MIG mode enabled is pending\n"), "{said}");
    // It stays pending, and the next run goes on from there.
    shell.simulator.idle(Default::default()).unwrap();
    shell.prints("apply --yes --change-mig-mode 4g.24gb");
}

/// What was created for the change is gone after the rollback, so no text says to destroy it.
#[test]
fn a_gpu_that_allows_fewer_instances_than_it_reports() {
    let gpu = GpuSpec::new("a30").most_gpu_instances(2);
    let shell = Shell::of(Simulator::builder().gpu(gpu));
    let said = shell.fails("apply --yes 4*1g.6gb", 7);
    let sentence = "could not create GPU instance 1g.6gb at 2:1; everything was restored";
    assert!(said.contains(sentence), "{said}");
    assert!(
        said.contains("it allows fewer instances than it reports"),
        "{said}"
    );
    assert!(!said.contains("to make room, destroy"), "{said}");
    assert_eq!(shell.there(), "GPU 0: none\n");
}

#[test]
fn what_fails_is_rolled_back_or_told() {
    let shell = halves();
    let fail = |nth: u32| {
        let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
        shell
            .simulator
            .fail(function, nth, nvmlReturn_t::NVML_ERROR_UNKNOWN)
            .unwrap();
    };
    fail(2);
    let said = shell.fails("apply --yes 4*1g.6gb", 7);
    assert!(said.contains("everything was restored"), "{said}");
    assert_eq!(shell.there(), HALVES);
    fail(0);
    let said = shell.fails("apply --yes 4*1g.6gb", 8);
    assert!(
        said.contains("missing: GPU instance 2g.12gb at 2:2"),
        "{said}"
    );
    shell.simulator.clear_faults().unwrap();
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0\n");
}

#[test]
fn a_gpu_that_is_open_does_not_stop_the_others() {
    let shell = Shell::new("a30,a30");
    shell.prints("apply --yes 2*2g.12gb");
    let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
    let code = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    shell.simulator.fail(function, 0, code).unwrap();
    shell.fails("apply --yes --device 0 4*1g.6gb", 8);
    // The other one, which needs no new GPU instance.
    shell.prints("apply --yes --device 1 2g.12gb:0");
    for devices in ["--device 0", ""] {
        let command = format!("apply --yes {devices} none");
        let said = shell.fails(&command, 8);
        assert!(said.contains("--give-up"), "{said}");
    }
    shell.prints("apply --yes --give-up none");
    let there = shell.prints("export --format text");
    assert_eq!(there, "GPU 0: none\nGPU 1: none\n");
}

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

/// The same cause has the same exit code and sentence with every command.
#[test]
fn a_gpu_that_is_wrongly_named_is_a_wrong_command_line() {
    let shell = Shell::new("t4,a30");
    for command in [
        "apply --yes 1g.6gb",
        "fit",
        "plan 1g.6gb",
        "mode --yes enable",
        "create --yes 1g.6gb",
        "destroy --yes --all",
    ] {
        let said = shell.fails(&format!("{command} --device 0"), 2);
        assert!(said.contains("GPU 0 does not support MIG"), "{said}");
        for unknown in ["5", "GPU-00000000-0000-0000-0000-000000000000"] {
            shell.fails(&format!("{command} --device {unknown}"), 2);
        }
    }
    // Without MIG, it is off.
    shell.prints("apply --yes --device 0 off");
    shell.prints("mode --yes --device 0 disable");
}

/// Commands in a message are copied, so they have the plain UUID.
#[test]
fn a_command_in_a_message_can_be_run() {
    let gpu = GpuSpec::new("a100-sxm4-40gb").mig(false);
    // This driver lists no profiles while MIG mode is off.
    let builder = Simulator::builder().driver_version("535.261.03");
    let shell = Shell::of(builder.gpu(gpu));
    let said = shell.fails("fit", 7);
    assert!(said.contains("`nvidia-smi -i GPU-"), "{said}");
    assert!(said.contains(" on GPU 0 (GPU-"), "{said}");
}

/// Applies a layout in a process that is killed while it creates the first GPU instance.
fn kill_while_it_creates(shell: &Shell, arguments: &str) {
    let delay = std::time::Duration::from_secs(30);
    let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
    shell.simulator.delay(function, delay).unwrap();
    let mut child = shell
        .command(&format!("apply --yes {arguments}"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let told = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(told);
    assert!(lines.any(|line| line.unwrap().contains("create GPU instance 1g.6gb")));
    child.kill().unwrap();
    child.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_killed_is_recovered_from_by_the_next() {
    let shell = halves();
    kill_while_it_creates(&shell, "4*1g.6gb");
    let next = shell.run("apply --yes 4g.24gb");
    let told = String::from_utf8(next.stderr).unwrap();
    assert!(next.status.success(), "{told}");
    assert!(
        told.contains("interrupted: everything was restored"),
        "{told}"
    );
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
}

/// Only what was interrupted waits for it.
#[test]
fn a_gpu_that_can_not_be_recovered_does_not_stop_the_others() {
    let shell = with_refused(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST);
    shell.simulator.refuse_gpu(1, None).unwrap();
    kill_while_it_creates(&shell, "--device 0,1 4*1g.6gb");
    shell
        .simulator
        .refuse_gpu(0, Some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST))
        .unwrap();
    // The change was of both GPUs, so both are recovered; the first is away.
    shell.prints("apply --yes --device 1 4g.24gb");
    shell.prints("apply --yes --device 2 2*2g.12gb");
    // All GPUs that can be read.
    shell.fails("apply --yes 2*2g.12gb", 7);
    shell.simulator.refuse_gpu(0, None).unwrap();
    let told = shell.run("apply --yes --device 0 2g.12gb");
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.contains("interrupted: everything was restored"),
        "{told}"
    );
    assert_eq!(
        shell.prints("export --format text"),
        "GPU 0: 2g.12gb:0\nGPU 1: 2g.12gb:0, 2g.12gb:2\nGPU 2: 2g.12gb:0, 2g.12gb:2\n"
    );
}

#[test]
fn several_gpus_are_named_with_commas() {
    let shell = Shell::new("a30,a100-sxm4-40gb,a30");
    shell.prints("apply --yes --device 0,2 2*2g.12gb");
    let there = shell.prints("export --format text");
    assert_eq!(
        there,
        "GPU 0: 2g.12gb:0, 2g.12gb:2\nGPU 1: none\nGPU 2: 2g.12gb:0, 2g.12gb:2\n"
    );
    let said = shell.fails("create --yes --device 0,2 1g.6gb", 2);
    assert!(said.contains("several GPUs"), "{said}");
}

/// Three A30s, the second of which can't be read.
fn with_refused(code: nvmlReturn_t) -> Shell {
    let shell = Shell::new("a30,a30,a30");
    shell.simulator.refuse_gpu(1, Some(code)).unwrap();
    shell
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
            ("fit".to_owned(), 0),
            ("fit 4g.24gb".to_owned(), 0),
            ("plan 4g.24gb".to_owned(), 0),
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
