//! The examples, as somebody runs them from a shell, on simulated machines of their own.

use crate::support::machine::shell::{Shell, assert_lines};
use nvml_mig_sim::{Caller, Simulator, nvmlReturn_t};

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
    let listed = shell.prints("list_mig", "");
    assert_eq!(listed.matches("MIG device").count(), 1, "{listed}");
    // Without a word on the compute instance it has all slices, whatever the GPU instance.
    for profile in ["1g.5gb", "1g.5gb+me"] {
        let made = shell.prints("create_mig", &format!("--gpu-instance {profile}"));
        let whole = format!("Compute instance profile: {profile} ");
        assert!(made.contains(&whole), "{made}");
    }
    // Of the two of a 1g with twice the memory, it is the one with all multiprocessors.
    let shell = Shell::new("h100-sxm5-80gb");
    let made = shell.prints("create_mig", "--gpu-instance 1g.20gb");
    assert!(
        made.contains("Compute instance profile: 1g.20gb (id 7)"),
        "{made}"
    );
}

#[test]
fn list_mig_names_each_mig_device_and_loses_none() {
    let shell = Shell::new("t4,a30,a30");
    shell.prints("create_mig", "");
    let state = shell.folder.path().join("state.json");
    let machine = Simulator::builder().state_file(&state).start().unwrap();
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    machine.refuse_gpu(2, Some(lost)).unwrap();
    machine.set_caller(Caller::Unprivileged).unwrap();
    let output = shell.run("list_mig", "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("GPU 2: can't be read: "), "{said}");
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_lines(
        &listed,
        &[
            "GPU 0: Tesla T4, no MIG",
            "GPU 1: NVIDIA A30, MIG mode enabled",
        ],
    );
    let device = "  MIG device 0: NVIDIA A30 MIG 2c.4g.24gb, ";
    assert!(listed.contains(device), "{listed}");
    assert!(listed.contains(" of 24000 MiB used, MIG-"), "{listed}");
}

#[test]
fn destroy_mig_destroys_what_was_asked_for_and_nothing_else() {
    let shell = Shell::new("a100-sxm4-40gb");
    shell.prints("create_mig", "");
    shell.prints("create_mig", "--gpu-instance 3 --compute-instance 1");
    // Without a word on what to destroy it refuses, before it opens anything.
    assert!(shell.fails("destroy_mig", "", 2).contains("--all"));
    let said = shell.fails("destroy_mig", "--gpu-instance 7", 1);
    assert!(said.contains("NVML_ERROR_NOT_FOUND (6)"), "{said}");
    let line = "destroyed GPU instance 1 at 0:4";
    assert_lines(&shell.prints("destroy_mig", "--gpu-instance 1"), &[line]);
    let line = "destroyed GPU instance 2 at 4:4";
    assert_lines(&shell.prints("destroy_mig", "--all"), &[line]);
    assert_eq!(shell.prints("destroy_mig", "--all"), "");
}

#[test]
fn mig_mode_shows_and_switches() {
    let shell = Shell::new("a30");
    let shown = shell.prints("mig_mode", "");
    assert_eq!(shown, "NVIDIA A30: MIG mode is enabled\n");
    let line = "MIG mode is disabled";
    assert_lines(&shell.prints("mig_mode", "disable"), &[line]);
    let said = shell.fails("create_mig", "", 1);
    assert!(
        said.contains("MIG mode is off on this GPU: enable it as root"),
        "{said}"
    );
    let line = "MIG mode is enabled";
    assert_lines(&shell.prints("mig_mode", "enable"), &[line]);
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
    assert!(text.starts_with("0 MIG devices\n"), "{text}");
    assert!(
        text.contains("1 MIG devices\n  NVIDIA A30 MIG 2c.4g.24gb MIG-"),
        "{text}"
    );
}

#[test]
#[cfg(feature = "apply")]
fn apply_layout_applies_it_or_says_why_not() {
    let shell = Shell::new("a30");
    let lock = shell.folder.path().join("lock");
    let lock = format!("--lock-folder {}", lock.display());
    let text = shell.prints("apply_layout", &format!("{lock} 2g.12gb,2*1g.6gb"));
    assert_eq!(
        text.matches("CUDA_VISIBLE_DEVICES=MIG-").count(),
        3,
        "{text}"
    );
    let said = shell.fails("apply_layout", &format!("{lock} 5*1g.6gb"), 1);
    assert!(said.contains("would fit"), "{said}");
    let text = shell.prints("apply_layout", &format!("{lock} 2g.12gb,2*1g.6gb"));
    assert!(text.contains("nothing to do"), "{text}");
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
    let shown = shell.prints("mig_mode", "");
    for name in ["0", "17:00.0", "0000:17:00.0", &gpu, &gpu[..12]] {
        assert_eq!(shell.prints("mig_mode", &format!("--device {name}")), shown);
    }
    for name in ["0:0", &mig, &format!("MIG-{gpu}/0/0")] {
        let told = shell.fails("mig_mode", &format!("--device {name}"), 1);
        let told =
            told.contains("is a MIG device, and this command works on whole GPUs: use --device 0");
        assert!(told, "{name}");
    }
    let told = shell.fails("destroy_mig", "--device 0", 1);
    assert!(told.contains("select what to destroy"), "{told}");
    shell.fails("destroy_mig", "--device 0:0 --all", 1);
    let line = shell.prints("destroy_mig", "--device 0:0");
    assert!(
        line.starts_with("destroyed the compute instance of MIG-"),
        "{line}"
    );
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
            .fails("mig_mode", "--device 5", 1)
            .contains("GPU index 5")
    );
    let refused = shell.fails("mig_mode", "--device gpu0", 2);
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
    assert!(said.contains("neither active nor pending"), "{said}");
}
