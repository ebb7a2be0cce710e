//! The sentence for each return code, by where the process runs, as HINTS.md has them.

use std::path::{Path, PathBuf};

use nvml_mig_sys::LibraryProblem;

use super::Hint;
use super::library::{not_found, unusable};
use super::permission::{CHANGES, LISTS};
use super::{
    Devices, init, look_up, mig_pending, no_devices, no_driver_file, no_permission, of_machine,
};
use crate::error::ReturnCode;
use crate::error::environment::{Environment, Node, Place};

/// A host with the driver, and an ordinary user.
fn host() -> Environment {
    Environment {
        place: Place::Host,
        sys_admin: false,
        user_namespace: false,
        control_node: Node::Usable,
        config_node: Node::Missing,
        monitor_node: Node::Missing,
        kernel_module: Some("550.163.01".to_owned()),
    }
}

/// The same with this `/dev/nvidiactl`.
fn with_node(control_node: Node, at: &Environment) -> Environment {
    let at = at.clone();
    Environment { control_node, ..at }
}

/// Where a process runs, in words.
fn environments() -> Vec<(&'static str, Environment)> {
    let container = Environment {
        place: Place::Container,
        ..host()
    };
    let job = Environment {
        place: Place::Job,
        ..host()
    };
    let root = Environment {
        sys_admin: true,
        ..host()
    };
    vec![
        ("host, as an ordinary user", host()),
        ("host, as root", root.clone()),
        (
            "host without /dev/nvidiactl",
            with_node(Node::Missing, &host()),
        ),
        (
            "host that refuses /dev/nvidiactl",
            with_node(Node::Refused, &host()),
        ),
        (
            "host, kernel module not loaded",
            Environment {
                kernel_module: None,
                control_node: Node::Missing,
                ..root.clone()
            },
        ),
        (
            "user namespace",
            Environment {
                user_namespace: true,
                ..root
            },
        ),
        ("container", container.clone()),
        (
            "container with CAP_SYS_ADMIN",
            Environment {
                sys_admin: true,
                ..container.clone()
            },
        ),
        (
            "rootless container",
            Environment {
                sys_admin: true,
                user_namespace: true,
                ..container.clone()
            },
        ),
        (
            "container without device files",
            with_node(Node::Missing, &container),
        ),
        (
            "container that lost its device files",
            with_node(Node::Refused, &container),
        ),
        ("Slurm job without a GPU", with_node(Node::Missing, &job)),
        (
            "Slurm job as root, as Prolog and Epilog are",
            Environment {
                sys_admin: true,
                ..job.clone()
            },
        ),
        ("Slurm job", job),
        (
            "WSL",
            Environment {
                place: Place::Wsl,
                control_node: Node::Missing,
                kernel_module: None,
                ..host()
            },
        ),
    ]
}

/// What happened, and the sentence for it in an environment.
type Row = (String, Box<dyn Fn(&Environment) -> String>);

fn rows() -> Vec<Row> {
    let mut rows = library_rows();
    let init_codes = [
        ReturnCode::NoPermission,
        ReturnCode::DriverNotLoaded,
        ReturnCode::GpuIsLost,
        ReturnCode::ResetRequired,
        ReturnCode::LibraryDriverVersionMismatch,
        ReturnCode::Unknown,
    ];
    rows.extend(init_codes.map(|code| {
        call("nvmlInit_v2", code, move |at| {
            init(code, || at.clone(), || Some("550.144.03".to_owned()))
        })
    }));
    let refused = ReturnCode::NoPermission;
    rows.push(call("nvmlDeviceGetHandleByIndex_v2", refused, move |at| {
        look_up(refused, || at.clone())
    }));
    let calls = [
        ("nvmlDeviceGetGpuInstances", refused),
        ("nvmlDeviceCreateGpuInstance", refused),
        ("nvmlDeviceGetMemoryInfo", refused),
        ("nvmlDeviceGetName", refused),
        ("nvmlDeviceGetName", ReturnCode::GpuIsLost),
        ("nvmlDeviceGetName", ReturnCode::ResetRequired),
    ];
    rows.extend(calls.map(|(function, code)| call(function, code, |_| None)));
    rows.extend(driver_file_rows());
    rows.push((
        "MIG mode enabled but pending".to_owned(),
        Box::new(|at| mig_pending(at.place).text),
    ));
    rows
}

/// A library that is not there or can't be loaded.
fn library_rows() -> Vec<Row> {
    let elsewhere = PathBuf::from("/run/opengl-driver/lib/libnvidia-ml.so.1");
    let nowhere: Row = (
        "no library".to_owned(),
        Box::new(|at| not_found(&[], at.place)),
    );
    let elsewhere: Row = (
        "a library only in a folder that is not searched".to_owned(),
        Box::new(move |at| not_found(core::slice::from_ref(&elsewhere), at.place)),
    );
    let problems = [
        LibraryProblem::EmptyFile,
        LibraryProblem::Directory,
        LibraryProblem::NotElf,
        LibraryProblem::OtherArchitecture,
        LibraryProblem::StaticProgram,
    ];
    let problems = problems.map(|problem| -> Row {
        (
            format!("a library that can't be loaded: {problem}"),
            Box::new(move |at| unusable(Some(problem), at.place).to_owned()),
        )
    });
    let damaged: Row = (
        "a library that can't be loaded: another reason".to_owned(),
        Box::new(|at| unusable(None, at.place).to_owned()),
    );
    [nowhere, elsewhere]
        .into_iter()
        .chain(problems)
        .chain([damaged])
        .collect()
}

/// What `/proc` lacks of the driver.
fn driver_file_rows() -> Vec<Row> {
    let mut rows: Vec<Row> = vec![(
        "no file of the driver in `/proc`".to_owned(),
        Box::new(|at| no_driver_file(at.place)),
    )];
    let all = [
        ("nvidia", Devices::Gpus),
        ("nvidia-caps", Devices::Capabilities),
        ("nvidia-uvm", Devices::UnifiedMemory),
    ];
    rows.extend(all.map(|(name, devices)| -> Row {
        (
            format!("no character devices '{name}' in `/proc/devices`"),
            Box::new(move |at| no_devices(devices, at.place).to_owned()),
        )
    }));
    rows
}

/// A call that failed: `special` hints come first, as in the library.
fn call(
    function: &'static str,
    code: ReturnCode,
    special: impl Fn(&Environment) -> Option<Hint> + 'static,
) -> Row {
    let sentence = move |at: &Environment| {
        let hint = special(at).or_else(|| of_machine(function, code, || at.clone()));
        hint.expect("each of these has a hint").text
    };
    (format!("`{function}`: {code}"), Box::new(sentence))
}

/// Each sentence with where it is printed.
fn alike(row: &Row) -> Vec<(Vec<&'static str>, String)> {
    let mut all: Vec<(Vec<&str>, String)> = Vec::new();
    for (name, at) in environments() {
        let text = (row.1)(&at);
        match all.iter_mut().find(|(_, other)| *other == text) {
            Some((names, _)) => names.push(name),
            None => all.push((vec![name], text)),
        }
    }
    all
}

fn page() -> String {
    let mut page = String::from(
        "# Hints\n\nWhat an error suggests, by its return code and by where the process runs. This page is generated by the \
         test `the_page_has_every_hint`.\n",
    );
    let everywhere = environments().len();
    for row in rows() {
        page += &format!("\n## {}\n\n", row.0);
        for (names, text) in alike(&row) {
            let place = match names.len() == everywhere {
                true => "everywhere".to_owned(),
                false => names.join("; "),
            };
            page += &format!("- {place}: {text}\n");
        }
    }
    page
}

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
        "nvmlDeviceGetMemoryInfo",
        "nvmlDeviceGetBAR1MemoryInfo",
    ] {
        let text = refused_in_a_container(anybody);
        assert!(!text.contains("NVIDIA_MIG_"), "{anybody}: {text}");
        assert!(!text.contains("SYS_ADMIN"), "{anybody}: {text}");
    }
}

/// Whether a process has only MIG devices was not seen.
#[test]
fn why_memory_is_refused_is_only_a_possibility() {
    for function in ["nvmlDeviceGetMemoryInfo", "nvmlDeviceGetBAR1MemoryInfo"] {
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
