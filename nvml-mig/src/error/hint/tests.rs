//! What the sentences say, and that HINTS.md has them.

mod environments;
mod rows;

use std::path::Path;

use super::super::Cause;
use super::permission::{CHANGES, LISTS};
use super::{init, look_up, no_permission, refused_index};
use crate::error::ReturnCode;
use crate::error::environment::{Environment, Node, Place};
use environments::{environments, host};
use rows::{page, rows};

/// With `NVML_MIG_WRITE_DOCS` set, the page is written instead.
#[test]
fn the_page_has_every_hint() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("HINTS.md");
    let page = page();
    if std::env::var_os("NVML_MIG_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    assert_eq!(std::fs::read_to_string(path).ok(), Some(page));
}

/// A program may print them to people who do not know the library.
#[test]
fn no_hint_names_a_function_or_type_of_the_library() {
    for (name, at) in environments() {
        for row in rows() {
            let text = (row.1)(&at);
            let begins_type = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
            let types = text
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|part| begins_type(part));
            assert_eq!(types.count(), 0, "{name}: {text}");
            assert!(!text.contains("::"), "{name}: {text}");
        }
    }
}

/// Nobody can do these in a container or in a job.
#[test]
fn nobody_is_sent_to_what_they_can_not_do() {
    for (name, at) in environments() {
        if !matches!(at.place, Place::Container | Place::Job) {
            continue;
        }
        for row in rows() {
            let text = (row.1)(&at);
            for forbidden in ["modprobe", "reboot", "reinstall", "install the"] {
                assert!(!text.contains(forbidden), "{name}: {text}");
            }
        }
    }
}

/// WSL has `/dev/dxg` and a Windows that is started again, and no `nvidia-smi --gpu-reset`.
#[test]
fn nobody_is_sent_to_what_wsl_lacks() {
    let all = environments();
    let (_, wsl) = all
        .iter()
        .find(|(name, _)| *name == "WSL")
        .expect("it is among them");
    for row in rows() {
        let text = (row.1)(wsl);
        for forbidden in ["dmesg", "modprobe", "--gpu-reset", "/dev/nvidia", "reboot"] {
            let is_of_memory = row.0.contains("GetMemoryInfo");
            assert!(
                is_of_memory || !text.contains(forbidden),
                "{}: {text}",
                row.0
            );
        }
    }
}

/// Without `-i`, nvidia-smi resets all GPUs, switches their mode and destroys the idle instances of all.
#[test]
fn commands_that_change_a_gpu_name_it() {
    let of_calls = include_str!("../../../ERRORS.md");
    let commands = page() + of_calls;
    let commands: Vec<&str> = commands.split('`').collect();
    let is_change = |command: &&&str| {
        let changes = ["--gpu-reset", "-dci", "-dgi", "-mig "];
        command.starts_with("nvidia-smi") && changes.iter().any(|change| command.contains(change))
    };
    let changes: Vec<_> = commands.iter().filter(is_change).collect();
    assert!(changes.len() > 5, "{changes:?}");
    for command in changes {
        assert!(command.contains(" -i "), "{command}");
        let destroys = command.contains("-dci") || command.contains("-dgi");
        assert!(!destroys || command.contains(" -gi "), "{command}");
    }
}

/// A sentence states of `/dev/nvidiactl` only what was seen.
#[test]
fn the_control_node_is_as_it_was_seen() {
    for (name, at) in environments() {
        for row in rows().iter().filter(|row| row.0.contains("nvmlInit")) {
            let text = (row.1)(&at);
            let claims = [
                ("no /dev/nvidiactl", Node::Missing),
                ("can't open", Node::Refused),
                ("can open", Node::Usable),
            ];
            for (claim, node) in claims {
                let is_true = at.control_node == node;
                assert!(is_true || !text.contains(claim), "{name}: {text}");
            }
        }
    }
}

#[test]
fn versions_are_compared_before_they_are_called_different() {
    let code = ReturnCode::LibraryDriverVersionMismatch;
    let text = |library: &str| {
        let hint = init(code, host, || Some(library.to_owned()));
        hint.expect("a mismatch has a hint").text
    };
    let different = text("550.144.03");
    let part =
        "the library (550.144.03) and the kernel module (550.163.01) have different versions";
    assert!(different.contains(part), "{different}");
    let same = text("550.163.01");
    let part = "although the library and the kernel module are both 550.163.01";
    assert!(same.contains(part), "{same}");
    assert!(!same.contains("have different versions"), "{same}");
}

/// In a container without a privilege.
fn refused_in_a_container(function: &str) -> String {
    let place = Place::Container;
    no_permission(function, &Environment { place, ..host() }).text
}

#[test]
fn each_function_asks_for_the_privilege_that_it_needs() {
    let functions = include_str!("../../../FUNCTIONS.md");
    for (privileged, variable) in [
        (&CHANGES[..], "NVIDIA_MIG_CONFIG_DEVICES=all"),
        (&LISTS[..], "NVIDIA_MIG_MONITOR_DEVICES=all"),
    ] {
        for function in privileged {
            assert!(
                functions.contains(&format!("- `{function}`:")),
                "{function}"
            );
            let text = refused_in_a_container(function);
            assert!(text.contains(variable), "{function}: {text}");
        }
    }
    for anybody in [
        "nvmlEventSetCreate",
        "nvmlDeviceRegisterEvents",
        "nvmlDeviceGetName",
        "nvmlDeviceGetMigMode",
        "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetMemoryInfo_v2",
        "nvmlDeviceGetMemoryInfo",
        "nvmlDeviceGetBAR1MemoryInfo",
    ] {
        let text = refused_in_a_container(anybody);
        assert!(!text.contains("NVIDIA_MIG_"), "{anybody}: {text}");
        assert!(!text.contains("SYS_ADMIN"), "{anybody}: {text}");
    }
}

/// Nobody is sent to what was already done: some versions of the toolkit ignore the variable.
#[test]
fn a_variable_that_is_set_is_not_asked_for() {
    let at = Environment {
        place: Place::Container,
        sys_admin: true,
        config_requested: true,
        ..host()
    };
    let text = no_permission("nvmlDeviceCreateGpuInstance", &at).text;
    assert!(!text.contains("-e NVIDIA"), "{text}");
    assert!(
        text.contains("--device /dev/nvidia-caps/nvidia-cap1"),
        "{text}"
    );
    // The other one was not set.
    let text = no_permission("nvmlDeviceGetGpuInstances", &at).text;
    assert!(text.contains("-e NVIDIA_MIG_MONITOR_DEVICES=all"), "{text}");
}

/// Whether a process has only MIG devices was not seen.
#[test]
fn why_memory_is_refused_is_only_a_possibility() {
    for function in [
        "nvmlDeviceGetMemoryInfo_v2",
        "nvmlDeviceGetMemoryInfo",
        "nvmlDeviceGetBAR1MemoryInfo",
    ] {
        let text = refused_in_a_container(function);
        assert!(text.contains("may be refused"), "{function}: {text}");
    }
}

#[test]
fn a_job_may_change_instances_as_root() {
    let (place, sys_admin) = (Place::Job, true);
    let root = Environment {
        place,
        sys_admin,
        ..host()
    };
    for function in ["nvmlDeviceCreateGpuInstance", "nvmlDeviceGetGpuInstances"] {
        let text = no_permission(function, &root).text;
        assert!(text.contains("although it has CAP_SYS_ADMIN"), "{text}");
        assert!(!text.contains("a job may not"), "{text}");
    }
}

/// Each code has its own meaning, which is printed wherever NVML fails to start with it.
#[test]
fn every_code_at_initialisation_has_a_sentence() {
    let meanings = [
        (10, "did not answer in time"),
        (12, "could not load another one that it needs"),
        (17, "the operating system or a cgroup blocks the GPU"),
        (20, "could not allocate memory"),
        (25, "does not know the version of a structure"),
        (27, "is not ready"),
        (28, "found no GPU"),
    ];
    for (number, meaning) in meanings {
        let code = ReturnCode::from_number(number);
        for (name, at) in environments() {
            let hint = init(code, || at, || None).expect("each code has a hint");
            assert!(hint.text.contains(meaning), "{name}: {}", hint.text);
        }
    }
    assert_eq!(
        rows()
            .iter()
            .filter(|row| row.0.contains("nvmlInit"))
            .count(),
        31
    );
}

/// NVML counts GPUs that it then refuses with this code.
#[test]
fn an_index_that_is_refused_may_belong_to_a_gpu() {
    let hint = look_up(ReturnCode::InvalidArgument, host).expect("it has a hint");
    assert!(hint.text.contains("can be opened"), "{}", hint.text);
    assert!(!hint.text.contains("exists"), "{}", hint.text);
    let counted = refused_index(1, 3);
    assert_eq!(counted.cause, Cause::NotOpened);
    assert!(counted.text.contains("SR-IOV"), "{}", counted.text);
    for (count, expected) in [(0, "no GPU"), (1, "index 0"), (3, "0 to 2")] {
        let hint = refused_index(3, count);
        assert_eq!(hint.cause, Cause::Gone);
        assert!(hint.text.contains(expected), "{}", hint.text);
    }
}
