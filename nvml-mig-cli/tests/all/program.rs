//! The program as a whole: its small commands, its errors as JSON, and streams that are closed.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::shell::{Shell, assert_lines};
use nvml_mig_sim::{GpuSpec, Process, ProcessKind, Simulator, nvmlReturn_t};
use serde_json::Value;

fn mig_uuid(text: &str) -> String {
    let mut words = text.split_whitespace();
    words
        .find(|word| word.starts_with("MIG-"))
        .unwrap()
        .to_owned()
}

#[test]
fn instances_are_created_beside_others_and_destroyed_alone() {
    let shell = Shell::new("a100-sxm4-40gb");
    let first = mig_uuid(&shell.prints("create --yes 3g.20gb(2c,1c)"));
    shell.prints("create --yes 2*1g.5gb");
    assert_eq!(
        shell.there(),
        "GPU 0: 3g.20gb:4(2c:0,1c:2), 1g.5gb:0, 1g.5gb:1\n"
    );
    // One wrong ID among right ones: nothing is destroyed.
    let said = shell.fails("destroy --yes 7 77", 2);
    assert!(said.contains("there is no GPU instance 77"), "{said}");
    let said = shell.fails("destroy --yes 7/x", 2);
    assert!(said.contains("'7/x' is not an instance"), "{said}");
    assert!(shell.fails("destroy --yes", 2).contains("--all"));
    // The same cause, whatever names it.
    let unknown = "11111111-2222-3333-4444-555555555555";
    for arguments in [
        "destroy --yes 99".to_owned(),
        format!("destroy --yes MIG-{unknown}"),
        format!("destroy --yes -i 0 MIG-{unknown}"),
        format!("destroy --yes -i GPU-{unknown} 7"),
    ] {
        shell.fails(&arguments, 2);
    }
    shell.prints("destroy --dry-run --all");
    shell.prints("destroy --yes 7");
    shell.prints(&format!("destroy --yes {}", first.to_lowercase()));
    assert_eq!(shell.there(), "GPU 0: 3g.20gb:4(1c:2), 1g.5gb:1\n");
    shell.prints("destroy --yes --all");
    assert_eq!(shell.there(), "GPU 0: none\n");
}

/// Whatever MIG mode is or will be.
#[test]
fn destroying_leaves_mig_mode_alone() {
    let off = GpuSpec::new("a30").mig(false);
    let shell = Shell::of(Simulator::builder().gpu(off));
    assert_lines(&shell.prints("destroy --yes --all"), &["  nothing to do"]);
    assert_eq!(shell.there(), "GPU 0: off\n");

    let shell = Shell::new("a30");
    shell.prints("create --yes 2*2g.12gb");
    let process = Process::new(0, 7).kind(ProcessKind::Unlisted);
    shell.simulator.busy(process).unwrap();
    let nvml = nvml_mig::Nvml::init_from(shell.simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let _pending = device.set_mig_mode(nvml_mig::MigMode::Disabled).unwrap();
    shell.prints("destroy --yes --all");
    assert_eq!(shell.there(), "GPU 0: none\n");
    let modes = device.mig_mode().unwrap();
    assert_ne!(modes.current(), modes.pending());
}

/// A UUID names the GPU too.
#[test]
fn mig_devices_are_destroyed_wherever_they_are() {
    let shell = Shell::new("a30,a30");
    let on = |gpu: usize| mig_uuid(&shell.prints(&format!("create --yes --device {gpu} 1g.6gb:0")));
    let (first, second) = (on(0), on(1));
    let said = shell.fails(&format!("destroy --yes {first} {second}"), 2);
    assert!(said.contains("on several GPUs"), "{said}");
    shell.prints(&format!("destroy --yes {second}"));
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:0\nGPU 1: none\n");
}

#[test]
fn what_is_busy_is_not_destroyed() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 2*2g.12gb");
    let process = Process::new(0, 4242).gpu_instance(1).compute_instance(0);
    shell.simulator.busy(process).unwrap();
    let said = shell.fails("destroy --yes --all", 5);
    assert!(said.contains("because of process 4242"), "{said}");
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

/// On a machine with several GPUs, instances are created and destroyed only on one that is named.
#[test]
fn which_gpu_is_not_guessed() {
    let shell = Shell::new("t4,a30,a30");
    for command in ["create --yes 1g.6gb", "destroy --yes --all"] {
        let said = shell.fails(command, 2);
        assert!(said.contains("--device is needed"), "{said}");
    }
    shell.prints("create --yes --device 2 1g.6gb:3");
    assert_eq!(shell.there(), "GPU 0: off\nGPU 1: none\nGPU 2: 1g.6gb:3\n");
    let shell = Shell::new("t4,a30");
    shell.prints("create --yes 1g.6gb:3");
    assert_eq!(shell.there(), "GPU 0: off\nGPU 1: 1g.6gb:3\n");
}

/// The mode alone makes an assertion of the printed layout false, and a creation impossible.
#[test]
fn a_pending_mode_is_told_with_the_layout_and_with_what_fits() {
    let shell = Shell::new("a30");
    shell.prints("create --yes 2g.12gb:0");
    for command in ["export --format text", "fit", "fit 2g.12gb"] {
        assert_eq!(shell.run(command).stderr, b"", "{command}");
    }
    let process = Process::new(0, 7).kind(ProcessKind::Unlisted);
    shell.simulator.busy(process).unwrap();
    let nvml = nvml_mig::Nvml::init_from(shell.simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let _pending = device.set_mig_mode(nvml_mig::MigMode::Disabled).unwrap();
    let line = "note: GPU 0: MIG mode is enabled but will be disabled after a GPU reset or reboot";
    for command in ["export --format text", "fit", "fit 2g.12gb"] {
        let said = String::from_utf8(shell.run(command).stderr).unwrap();
        assert_eq!(said.lines().collect::<Vec<_>>(), [line], "{command}");
    }
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0\n");
}

#[test]
fn mig_mode_is_shown_and_changed() {
    let shell = Shell::new("a30");
    let on = "GPU 0: NVIDIA A30: MIG mode is enabled; a change needs a GPU reset";
    assert_lines(&shell.prints("mode"), &[on]);
    shell.prints("create --yes 1g.6gb:3");
    shell.prints("mode --yes enable");
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:3\n");
    shell.prints("mode --yes disable");
    assert_eq!(shell.there(), "GPU 0: off\n");
    let said = shell.fails("create --yes 1g.6gb", 2);
    assert!(said.contains("note: --change-mig-mode allows"), "{said}");
    shell.prints("create --yes --change-mig-mode 1g.6gb");

    shell.prints("destroy --yes --all");
    shell.simulator.busy(Process::new(0, 4242)).unwrap();
    let said = shell.fails("mode --yes disable", 6);
    assert!(said.contains("MIG mode disabled is pending"), "{said}");
}

#[test]
fn every_failure_has_a_form_for_programs() {
    let shell = Shell::new("a30");
    for (arguments, code, kind, words) in [
        ("plan --json 9g.99gb", 2, "usage", "no profile '9g.99gb'"),
        (
            "apply --json --yes 5*1g.6gb",
            3,
            "does_not_fit",
            "would fit",
        ),
        ("plan --json", 2, "usage", "a layout is needed"),
        ("fit --json --device 5", 2, "usage", "GPU index 5"),
        ("restore --json --yes /nowhere", 2, "usage", "/nowhere: "),
        ("apply --json 1g.6gb", 2, "usage", "nobody is asked"),
        ("list --json=true", 2, "usage", "unexpected value 'true'"),
    ] {
        let output = shell.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments}");
        let failed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let error = &failed["error"];
        assert_eq!(error["exit_code"], code, "{arguments}: {failed}");
        assert_eq!(error["kind"], kind, "{arguments}: {failed}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(words), "{arguments}: {message}");
        assert!(failed["result"].is_null());
    }
}

#[test]
fn a_change_says_what_it_made() {
    let shell = Shell::new("a30");
    let made: Value = serde_json::from_str(&shell.prints("create --yes --json 2g.12gb")).unwrap();
    let inside = &made["result"]["applied"]["gpus"][0]["gpu_instances"][0];
    let uuid = inside["instance"]["compute_instances"][0]["mig_uuid"].as_str();
    let listed = shell.prints("list");
    assert!(listed.contains(uuid.unwrap()), "{listed}");
    // Without the change there is only the plan.
    let plan: Value =
        serde_json::from_str(&shell.prints("create --dry-run --json 2g.12gb")).unwrap();
    assert!(plan["result"]["applied"].is_null());
    assert_eq!(plan["result"]["plans"][0]["changes_nothing"], false);
}

/// There is no driver, and nothing takes its place.
#[test]
fn without_a_driver_nothing_is_imitated() {
    let shell = Shell::new("a30");
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libnvidia-ml.so.1");
    std::fs::write(library, "").unwrap();
    let mut command = shell.command("list");
    let output = command.env("LD_LIBRARY_PATH", folder.path()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the file is empty"), "{said}");
}

/// Standard output and standard error whose readers are gone, in the middle of a change.
#[test]
fn closed_pipes_stop_no_change() {
    for arguments in ["--yes 4*1g.6gb", "--yes --json 4*1g.6gb"] {
        let shell = Shell::new("a30");
        let mut command = shell.command(&format!("apply {arguments}"));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments}");
        assert_eq!(
            shell.there(),
            "GPU 0: 1g.6gb:0, 1g.6gb:1, 1g.6gb:2, 1g.6gb:3\n"
        );
    }
    let shell = Shell::new("a30");
    for command in [
        "list",
        "list --json",
        "fit",
        "export",
        "completions bash",
        "--help",
    ] {
        let mut child = shell.command(command);
        let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{command}");
    }
}

/// What can't be printed before a change prevents it, and after it does not undo it.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_for_the_output_is_no_failed_change() {
    let shell = Shell::new("a30");
    let run = |arguments: &str| {
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = shell.command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    assert_eq!(run("apply --yes 4g.24gb").0, Some(7));
    assert_eq!(shell.there(), "GPU 0: none\n");
    let (code, said) = run("apply --yes --json 4g.24gb");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("warning: the change is done"), "{said}");
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
    for arguments in ["list", "--help", "apply --help", "--version"] {
        let (code, said) = run(arguments);
        assert_eq!(code, Some(7), "{arguments}");
        assert!(said.contains("No space left on device"), "{said}");
    }
}

/// A hang-up, Ctrl-C and SIGTERM end a change between two steps, and it is rolled back.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_in_the_middle_undoes_a_change() {
    for signal in ["HUP", "INT", "TERM"] {
        let shell = Shell::new("a30");
        shell.prints("apply --yes 2*2g.12gb");
        let delay = std::time::Duration::from_millis(300);
        let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
        shell.simulator.delay(function, delay).unwrap();
        let mut child = shell
            .command("apply --yes 4*1g.6gb")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(told.any(|line| line.unwrap().contains("create GPU instance 1g.6gb")));
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let rest: Vec<String> = told.map(Result::unwrap).collect();
        assert_eq!(child.wait().unwrap().code(), Some(7), "{signal}: {rest:?}");
        let said = rest.concat();
        assert!(said.contains("everything was restored"), "{said}");
        shell.simulator.clear_faults().unwrap();
        assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
    }
}

#[test]
fn a_lock_that_is_held_has_a_time_limit_and_a_name() {
    let shell = Shell::new("a30");
    let held = nvml_mig::MachineLock::take_in(shell.folder.path().join("lock")).unwrap();
    let said = shell.fails("apply --yes --lock-timeout 1 4g.24gb", 5);
    let holder = format!("process {}", std::process::id());
    assert!(said.contains("gave up after 1 s"), "{said}");
    assert!(said.contains(&holder), "{said}");
    // Nobody who only looks waits for it.
    shell.prints("plan 4g.24gb");
    shell.prints("apply --dry-run 4g.24gb");
    // Device nodes are made for what no other process is changing.
    let said = shell.fails("nodes --create --lock-timeout 0", 5);
    assert!(said.contains(&holder), "{said}");
    drop(held);
    shell.prints("apply --yes --lock-timeout 1 4g.24gb");
}

#[test]
fn changes_are_watched() {
    let shell = Shell::new("a30");
    let watch = |arguments: &'static str| {
        let watching = shell.command(&format!("watch --seconds 3 {arguments}"));
        let mut watching = watching;
        watching
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut child = watch("");
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert_eq!(first, "watching using the driver's events");
    shell.prints("create --yes 4g.24gb(2c)");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = [
        "+ GPU 0: GPU instance 0: 4g.24gb at 0:4",
        "+ GPU 0: GPU instance 0, compute instance 0: 2c.4g.24gb at 0:2",
    ];
    assert_lines(&text, &lines);

    let mut child = watch("--json");
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    shell.prints("destroy --yes --all");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let gone = text.lines().flat_map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        let gone = event["result"]["instances"]["gone"].as_array().unwrap();
        gone.clone()
    });
    assert_eq!(gone.count(), 2, "{text}");
    assert!(
        Shell::new("t4")
            .fails("watch", 9)
            .contains("no GPU with MIG")
    );
}

#[test]
fn a_gpu_that_is_lost_may_be_the_one_that_is_meant() {
    let shell = Shell::new("t4,a30");
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    shell.simulator.refuse_gpu(1, Some(lost)).unwrap();
    for command in ["create --yes 1g.6gb", "destroy --yes --all"] {
        let said = shell.fails(command, 7);
        assert!(said.contains("GPU index 1"), "{said}");
    }
}

#[test]
fn those_who_package_it_get_completions_and_man_pages() {
    let shell = Shell::new("a30");
    for name in ["bash", "zsh", "fish"] {
        let text = shell.prints(&format!("completions {name}"));
        assert!(text.contains("change-mig-mode"), "{name}");
    }
    let folder = shell.folder.path().join("man");
    shell.prints(&format!("man {}", folder.display()));
    let page = std::fs::read_to_string(folder.join("nvml-mig-apply.1")).unwrap();
    assert!(page.contains("change\\-mig\\-mode"), "{page}");
    assert!(shell.prints("--version").starts_with("nvml-mig 0."));
}

/// What helps is an option or command of the program, and no function of the library.
#[test]
fn what_allows_a_change_of_mig_mode_is_named() {
    let off = GpuSpec::new("a30").mig(false);
    let shell = Shell::of(Simulator::builder().gpu(off));
    let output = shell.run("preflight");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`nvml-mig mode enable`"), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(!printed.contains("::"), "{printed}");
    let said = shell.fails("apply --yes 1g.6gb", 2);
    let sentence =
        "MIG mode is disabled but must be enabled, and a change of MIG mode is not allowed";
    assert!(said.contains(sentence), "{said}");
    assert!(said.contains("note: --change-mig-mode allows"), "{said}");
}
