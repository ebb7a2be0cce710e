//! The examples, as somebody runs them from a shell, on simulated machines of their own.

use crate::support::machine::shell::{Shell, assert_lines};
use nvml_mig::Nvml;
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig_sim::{Caller, GpuSpec, Simulator, nvmlReturn_t};

#[test]
fn create_mig_makes_one_device_and_says_why_there_is_no_second() {
    let shell = Shell::new("a30");
    let text = shell.prints("create_mig", "");
    let lines = [
        "GPU instance profile: 4g.24gb (id 0)",
        "Compute instance profile: 2c.4g.24gb (id 1)",
        "GPU instance: id 0, placement 0:4",
        "Compute instance: id 0, placement 0:2",
    ];
    assert_lines(&text, &lines);
    assert!(
        text.contains("To use it: CUDA_VISIBLE_DEVICES=MIG-"),
        "{text}"
    );
    let said = shell.fails("create_mig", "", 1);
    assert!(
        said.contains("NVML_ERROR_INSUFFICIENT_RESOURCES (23)"),
        "{said}"
    );
    assert!(
        said.contains("existing instances: GPU instance 0: profile 4g.24gb (id 0) at 0:4"),
        "{said}"
    );
}

#[test]
fn create_mig_takes_profiles_by_name_and_leaves_nothing_half_made() {
    let shell = Shell::new("a100-sxm4-40gb");
    let text = shell.prints(
        "create_mig",
        "--gpu-instance 3g.20gb --compute-instance 1c.3g.20gb",
    );
    assert_lines(
        &text,
        &[
            "GPU instance: id 2, placement 4:4",
            "Compute instance: id 0, placement 0:1",
        ],
    );
    let said = shell.fails(
        "create_mig",
        "--gpu-instance 1g.5gb --compute-instance 3",
        1,
    );
    assert!(said.contains("was destroyed again"), "{said}");
    let said = shell.fails("create_mig", "--gpu-instance 9g.99gb", 1);
    assert!(
        said.contains("this GPU has no profile '9g.99gb'; it has 1g.5gb (id 19)"),
        "{said}"
    );
    let text = shell.prints("list_mig", "--json");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        report["gpus"][0]["gpu_instances"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn list_mig_shows_and_draws_what_is_there() {
    let shell = Shell::new("a30");
    shell.prints("create_mig", "--gpu-instance 2g.12gb --compute-instance 1");
    let text = shell.prints("list_mig", "");
    let lines = [
        "  1g.6gb      14  2/4         1       5952        14  1   1    0    0     0    no   {0,1,2,3}:1",
        "  2g.12gb+me  6   1/1         2       11968       28  2   2    0    1     1    no   {0,2}:2",
        "  4g.24gb     0   0/1         4       24000       56  4   4    0    1     1    no   {0}:4",
        "  1   2g.12gb  5           0:2",
        "  [1: 2g.12gb][free][free]",
        "  [0:1c][free]",
    ];
    assert_lines(&text, &lines);
    let report: serde_json::Value =
        serde_json::from_str(&shell.prints("list_mig", "--json")).unwrap();
    let made = &report["gpus"][0]["gpu_instances"][0];
    assert_eq!(
        (&made["id"], &made["profile"]),
        (&1.into(), &"2g.12gb".into())
    );
    let inside = &made["compute_instances"][0];
    assert_eq!(inside["mig_device"]["name"], "NVIDIA A30 MIG 1c.2g.12gb");
}

#[test]
fn destroy_mig_destroys_what_was_asked_for_and_nothing_else() {
    let shell = Shell::new("a100-sxm4-40gb");
    shell.prints("create_mig", "");
    shell.prints("create_mig", "--gpu-instance 3 --compute-instance 1");
    let count = || {
        let report: serde_json::Value =
            serde_json::from_str(&shell.prints("list_mig", "--json")).unwrap();
        report["gpus"][0]["gpu_instances"].as_array().unwrap().len()
    };
    // Without a word on what to destroy it refuses, before it opens anything.
    assert!(shell.fails("destroy_mig", "", 2).contains("--all"));
    assert!(
        shell
            .fails("destroy_mig", "--gpu-instance 7", 1)
            .contains("NVML_ERROR_NOT_FOUND (6)")
    );
    // One wrong id among right ones: nothing is destroyed.
    shell.fails("destroy_mig", "--gpu-instance 1 --gpu-instance 7", 1);
    assert_lines(
        &shell.prints("destroy_mig", "--all --dry-run"),
        &["would destroy GPU instance 2 at 4:4"],
    );
    assert_eq!(count(), 2);

    let text = shell.prints("destroy_mig", "--gpu-instance 2 --compute-instance 0");
    assert_lines(&text, &["destroyed compute instance 0 of GPU instance 2"]);
    assert_eq!(count(), 2);
    assert_lines(
        &shell.prints("destroy_mig", "--gpu-instance 1"),
        &["destroyed GPU instance 1 at 0:4"],
    );
    assert_eq!(count(), 1);
    shell.prints("destroy_mig", "--all");
    assert_lines(
        &shell.prints("destroy_mig", "--all"),
        &["there is nothing to destroy"],
    );
}

#[test]
fn mig_mode_shows_and_switches() {
    let shell = Shell::new("a30");
    let text = shell.prints("mig_mode", "");
    assert_lines(
        &text,
        &["GPU 0: NVIDIA A30: MIG mode is enabled; a change needs a GPU reset"],
    );
    assert_lines(
        &shell.prints("mig_mode", "disable"),
        &["MIG mode is disabled"],
    );
    let said = shell.fails("create_mig", "", 1);
    assert!(
        said.contains("MIG mode is off on this GPU: enable it as root"),
        "{said}"
    );
    assert_lines(
        &shell.prints("mig_mode", "enable"),
        &["MIG mode is enabled"],
    );
    shell.prints("create_mig", "");
}

#[test]
#[cfg(feature = "monitor")]
fn watch_mig_prints_what_another_process_makes() {
    let shell = Shell::new("a30");
    shell.prints("list_mig", "");
    let text = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| shell.prints("watch_mig", "--seconds 4"));
        std::thread::sleep(std::time::Duration::from_secs(2));
        shell.prints("create_mig", "");
        watcher.join().unwrap()
    });
    let lines = [
        "+ GPU 0: GPU instance 0: 4g.24gb at 0:4",
        "+ GPU 0: GPU instance 0, compute instance 0: 2c.4g.24gb at 0:2",
    ];
    assert_lines(&text, &lines);
}

/// As an ordinary user: MIG devices in place of instances.
#[test]
fn watch_mig_needs_no_privilege() {
    let shell = Shell::new("a30");
    shell.prints("list_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(state).start().unwrap();
    let call_as = |caller| machine.set_caller(caller).unwrap();
    call_as(Caller::Unprivileged);
    let text = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| shell.prints("watch_mig", "--seconds 4"));
        std::thread::sleep(std::time::Duration::from_secs(2));
        call_as(Caller::Root);
        shell.prints("create_mig", "");
        call_as(Caller::Unprivileged);
        watcher.join().unwrap()
    });
    assert_lines(&text, &["watching using the driver's events"]);
    assert!(
        text.contains("compute instance 0: 2c.4g.24gb") || text.contains("MIG 2c.4g.24gb MIG-"),
        "{text}"
    );
}

#[test]
fn a_device_has_many_names() {
    let shell = Shell::new("a30");
    let made = shell.prints("create_mig", "");
    let words: Vec<&str> = made.split_whitespace().collect();
    let uuid_of = |prefix| {
        let mut words = words.iter().filter(|word| word.starts_with(prefix));
        words.next().unwrap().to_ascii_uppercase()
    };
    let (gpu, mig) = (uuid_of("GPU-"), uuid_of("MIG-"));
    let listed = shell.prints("list_mig", "");
    for name in ["0", "17:00.0", "0000:17:00.0", &gpu, &gpu[..12]] {
        assert_eq!(
            shell.prints("list_mig", &format!("--device {name}")),
            listed
        );
    }
    for name in ["0:0", &mig, &format!("MIG-{gpu}/0/0")] {
        let told = shell.fails("list_mig", &format!("--device {name}"), 1);
        let told =
            told.contains("is a MIG device, and this command works on whole GPUs: use --device 0");
        assert!(told, "{name}");
    }
    let told = shell.fails("destroy_mig", "--device 0", 1);
    assert!(told.contains("select what to destroy"), "{told}");
    shell.fails("destroy_mig", "--device 0:0 --all", 1);
    let line = "destroyed compute instance 0 of GPU instance 0";
    assert_lines(&shell.prints("destroy_mig", "--device 0:0"), &[line]);
    let told = shell.fails("destroy_mig", "--device 0:0", 1);
    assert!(
        told.contains("no MIG device of this GPU has index 0"),
        "{told}"
    );
}

#[test]
fn unknown_boards_and_gpus_are_told() {
    let shell = Shell::new("a31");
    assert!(
        shell
            .fails("list_mig", "", 1)
            .contains("unknown board `a31`")
    );
    let shell = Shell::new("a30");
    assert!(
        shell
            .fails("list_mig", "--device 5", 1)
            .contains("GPU index 5")
    );
    let refused = shell.fails("list_mig", "--device gpu0", 2);
    assert!(
        refused.contains("'gpu0' does not name a device"),
        "{refused}"
    );
    let both = shell.run("list_mig", "--library /nowhere");
    assert_eq!(
        both.status.code(),
        Some(2),
        "--simulate and --library exclude each other"
    );
}

/// What NVML tells ordinary users is printed: profiles, and MIG devices with their UUIDs.
#[test]
fn list_mig_needs_no_privilege() {
    let shell = Shell::new("a30");
    shell.prints("create_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(&state).start().unwrap();
    machine.set_caller(Caller::Unprivileged).unwrap();
    let text = shell.prints("list_mig", "");
    let profile =
        "  4g.24gb     0   ?/1         4       24000       56  4   4    0    1     1    no   ?";
    assert_lines(&text, &[profile]);
    let mut lines = text.lines();
    let device = "  0      0             0                 NVIDIA A30 MIG 2c.4g.24gb  ";
    let is_device = |line: &str| {
        line.starts_with(device) && line.contains("/24000 ") && line.contains("  MIG-")
    };
    assert!(lines.any(is_device), "{text}");
    assert!(
        lines.any(|line| line.starts_with("not shown: placements, free counts and instances: ")),
        "{text}"
    );
    let json = shell.prints("list_mig", "--json");
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(report["gpus"][0]["gpu_instances"].is_null());
    let mig_devices = report["gpus"][0]["mig_devices"].as_array().unwrap();
    assert_eq!(mig_devices.len(), 1);
    assert_eq!(mig_devices[0]["memory_mib"], 24000);
}

/// What else is refused is a line, too, and hides neither the rest of the GPU nor the other GPUs.
#[test]
fn list_mig_prints_what_it_can_read_of_a_gpu() {
    let shell = Shell::new("a30,a30");
    shell.prints("create_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(&state).start().unwrap();
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
        let text = shell.prints("list_mig", "");
        let line = format!("\nnot shown: {what}: {function}: NVML_ERROR_UNKNOWN (999)");
        assert_eq!(text.matches(&line).count(), 1, "{text}");
        assert_eq!(text.matches("MIG mode: enabled\n").count(), 2, "{text}");
        assert_eq!(text.matches("\n  4g.24gb     0 ").count(), 2, "{text}");
        let has_mig_device = what == "MIG devices" || text.contains("  MIG-");
        assert!(has_mig_device, "{text}");

        machine.fail(function, 1, unknown).unwrap();
        let picture = shell.folder.path().join("picture.svg");
        let output = shell.run("list_mig", &format!("--svg {}", picture.display()));
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
    let output = shell.run("list_mig", &format!("--svg {}", picture.display()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("GPU 1: can't be read: "), "{said}");
}

/// A display GPU without MIG may be the first; one that is lost may be the one that is meant.
#[test]
fn the_default_gpu_is_the_first_with_mig() {
    let shell = Shell::new("t4,a30,a30");
    let said = shell.prints("create_mig", "");
    assert!(said.contains("GPU: NVIDIA A30"), "{said}");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(&state).start().unwrap();
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    machine.refuse_gpu(1, Some(lost)).unwrap();
    for example in ["create_mig", "mig_mode disable", "destroy_mig --all"] {
        let (example, arguments) = example.split_once(' ').unwrap_or((example, ""));
        let said = shell.fails(example, arguments, 1);
        assert!(said.contains("GPU index 1"), "{said}");
    }
    let said = Shell::new("t4").fails("create_mig", "", 1);
    assert!(said.contains("this GPU has no MIG"), "{said}");
}

#[test]
fn list_mig_fails_if_no_gpu_can_be_read() {
    let (shell, machine) = with_refused(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST);
    for gpu in [0, 2] {
        let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
        machine.refuse_gpu(gpu, Some(refused)).unwrap();
    }
    let output = shell.run("list_mig", "");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert_eq!(shown.matches(": can't be read: ").count(), 3, "{shown}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no GPU can be read"), "{said}");
}

/// One of two MIG devices refuses a question.
#[test]
fn list_mig_prints_the_other_mig_devices_and_one_line() {
    let shell = Shell::new("a30");
    for _ in 0..2 {
        shell.prints("create_mig", "--gpu-instance 2g.12gb --compute-instance 2");
    }
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(&state).start().unwrap();
    let refused = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for caller in [Caller::Root, Caller::Unprivileged] {
        machine.set_caller(caller).unwrap();
        machine
            .fail("nvmlDeviceGetComputeInstanceId", 1, refused)
            .unwrap();
        let text = shell.prints("list_mig", "");
        let odd = text.matches("MIG device 0: can't be read: ").count();
        assert_eq!(odd, 1, "{text}");
        assert_eq!(text.matches("  MIG-").count(), 1, "{text}");
        machine.clear_faults().unwrap();
    }
}

/// The one in the middle is lost, refused, or without MIG.
#[test]
fn list_mig_prints_the_other_gpus_and_one_line() {
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    for (board, code, expected) in [
        (
            "a30",
            Some(lost),
            "GPU 1: can't be read: nvmlDeviceGetHandleByIndex_v2",
        ),
        (
            "a30",
            Some(refused),
            "GPU 1: can't be read: nvmlDeviceGetHandleByIndex_v2",
        ),
        ("t4", None, "GPU 1: Tesla T4"),
    ] {
        let shell = Shell::new("a30");
        let state = shell.folder.path().join("state.json");
        let builder = ["a30", board, "a30"]
            .iter()
            .fold(Simulator::builder().state_file(&state), |builder, board| {
                builder.gpu(GpuSpec::new(*board))
            });
        let machine = builder.start().unwrap();
        machine.refuse_gpu(1, code).unwrap();
        let text = shell.prints("list_mig", "");
        let gpus: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("GPU "))
            .collect();
        let middle: Vec<&&str> = gpus
            .iter()
            .filter(|line| line.starts_with("GPU 1"))
            .collect();
        assert_eq!(middle.len(), 1, "{text}");
        assert!(middle[0].starts_with(expected), "{text}");
        for other in ["GPU 0: NVIDIA A30", "GPU 2: NVIDIA A30"] {
            assert!(gpus.iter().any(|line| line.starts_with(other)), "{text}");
        }
    }
}

/// Figures of some boards are derived, and the examples say so.
#[test]
fn a_provisional_board_is_called_so() {
    let said = |board| {
        let output = Shell::new(board).run("list_mig", "");
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let provisional = said("b200-180gb");
    assert!(
        provisional.starts_with("using a simulated b200-180gb (provisional); "),
        "{provisional}"
    );
    assert!(said("a30").starts_with("using a simulated a30; "));
}

/// Three A30s, of which the second is refused with this code.
fn with_refused(code: nvmlReturn_t) -> (Shell, Simulator) {
    let shell = Shell::new("a30,a30,a30");
    let state = shell.folder.path().join("state.json");
    let builder = Simulator::builder().state_file(state);
    let builder = (0..3).fold(builder, |builder, _| builder.gpu(GpuSpec::new("a30")));
    let machine = builder.start().unwrap();
    machine.refuse_gpu(1, Some(code)).unwrap();
    (shell, machine)
}

#[test]
fn mig_mode_and_watch_mig_go_on_without_a_gpu_that_is_refused() {
    for code in [
        nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
        nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
        nvmlReturn_t::NVML_ERROR_UNKNOWN,
        nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT,
    ] {
        let (shell, _machine) = with_refused(code);
        let examples = [
            ("mig_mode", ""),
            #[cfg(feature = "monitor")]
            ("watch_mig", "--seconds 0"),
        ];
        for (example, arguments) in examples {
            let output = shell.run(example, arguments);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{example}: {said}");
            assert_eq!(said.matches("GPU 1: can't be read: ").count(), 1, "{said}");
        }
        let modes = shell.prints("mig_mode", "");
        assert_eq!(modes.lines().count(), 2, "{modes}");
        // One that is named is an error, and the others are shown.
        let mut examples = vec![
            (
                "mig_mode",
                "--device 0,1",
                "GPU 0: NVIDIA A30: MIG mode is ",
            ),
            ("list_mig", "--device 0,1", "GPU 0: NVIDIA A30 (UUID: "),
        ];
        if cfg!(feature = "monitor") {
            examples.push(("watch_mig", "--seconds 0 --device 0,1", "watching "));
        }
        for (example, arguments, expected) in examples {
            let output = shell.run(example, arguments);
            let (shown, said) = (
                String::from_utf8(output.stdout).unwrap(),
                String::from_utf8(output.stderr).unwrap(),
            );
            assert_eq!(output.status.code(), Some(1), "{example}: {said}");
            assert!(shown.starts_with(expected), "{example}: {shown}");
            let lines = format!("{shown}{said}");
            let lines = lines.matches("GPU 1: can't be read: ").count();
            assert_eq!(lines, 1, "{example}: {said}");
            assert!(said.contains("not all of the selected GPUs can be read"));
        }
    }
}

#[test]
#[cfg(feature = "monitor")]
fn watch_mig_says_once_why_instances_are_missing() {
    let shell = Shell::new("a30");
    shell.prints("list_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(state).start().unwrap();
    machine.set_caller(Caller::Unprivileged).unwrap();
    let said = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| shell.run("watch_mig", "--seconds 4"));
        std::thread::sleep(std::time::Duration::from_secs(2));
        machine.set_caller(Caller::Root).unwrap();
        shell.prints("create_mig", "");
        machine.set_caller(Caller::Unprivileged).unwrap();
        String::from_utf8(watcher.join().unwrap().stderr).unwrap()
    });
    let told = said.matches("GPU 0: only MIG devices are shown: ").count();
    assert_eq!(told, 1, "{said}");
    assert!(said.contains("NVML_ERROR_NO_PERMISSION (4)"), "{said}");
}

/// Instances that can't be read are not known to be gone, whether of a GPU that is lost or that refuses one question.
#[test]
#[cfg(feature = "monitor")]
fn watch_mig_calls_nothing_gone_that_can_not_be_read() {
    for (is_lost, privileged) in [(true, true), (false, true), (true, false), (false, false)] {
        let shell = Shell::new("a30,a30");
        for gpu in ["0", "1"] {
            let device = format!("--gpu-instance 2g.12gb --device {gpu}");
            shell.prints("create_mig", &device);
        }
        let state = shell.folder.path().join("state.json");
        let machine = Simulator::builder().state_file(state).start().unwrap();
        let list = "nvmlDeviceGetGpuInstances";
        if !privileged {
            let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
            machine.fail(list, 0, refused).unwrap();
        }
        let nvml = Nvml::init_from(machine.library_path()).unwrap();
        let other = nvml.device_by_index(1).unwrap();
        let half = other.gpu_instance_profile_by_name("2g.12gb").unwrap().id;
        let text = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| shell.prints("watch_mig", "--seconds 4"));
            std::thread::sleep(std::time::Duration::from_secs(2));
            let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
            if is_lost {
                let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
                machine.refuse_gpu(0, Some(lost)).unwrap();
            } else if privileged {
                machine.fail(list, 1, unknown).unwrap();
            } else {
                machine.fail("nvmlDeviceGetName", 1, unknown).unwrap();
            }
            let made = other.create_gpu_instance(half).unwrap();
            let part = ComputeInstanceProfileId::new(1);
            let _stays = made.create_compute_instance(part).unwrap();
            watcher.join().unwrap()
        });
        // The change of the other GPU was seen.
        assert!(text.contains("+ GPU 1: "), "{is_lost} {privileged}: {text}");
        assert!(!text.contains("- "), "{is_lost} {privileged}: {text}");
    }
}

#[test]
#[cfg(feature = "monitor")]
fn watch_mig_has_nothing_to_watch_without_mig() {
    let said = Shell::new("t4").fails("watch_mig", "--seconds 0", 1);
    assert!(said.contains("no GPU with MIG"), "{said}");
}

/// How a GPU is reset depends on the machine; in a container, neither of these works.
#[test]
fn mig_mode_sends_nobody_to_a_reboot() {
    let shell = Shell::new("a30");
    shell.prints("list_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(state).start().unwrap();
    machine.busy(nvml_mig_sim::Process::new(0, 4242)).unwrap();
    let said = shell.fails("mig_mode", "disable", 1);
    assert!(said.contains("only after a GPU reset"), "{said}");
    for text in [said, shell.prints("mig_mode", "")] {
        for word in ["nvidia-smi", "reboot"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[test]
fn mig_mode_notices_a_change_that_the_driver_did_not_record() {
    let shell = Shell::new("a30");
    shell.prints("list_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(state).start().unwrap();
    machine.pretend("nvmlDeviceSetMigMode").unwrap();
    let said = shell.fails("mig_mode", "disable", 1);
    assert!(said.contains("did not record the change"), "{said}");
}
