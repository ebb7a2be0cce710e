//! What this process can see of its machine. The remedy of an error depends on it.

use std::env;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Number of `CAP_SYS_ADMIN` in Linux.
const CAP_SYS_ADMIN: u32 = 21;

/// The surroundings of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) place: Place,
    /// Whether `CAP_SYS_ADMIN` is effective.
    pub(crate) sys_admin: bool,
    /// Whether this is not the first user namespace, as in a rootless container. `CAP_SYS_ADMIN` has no effect there.
    pub(crate) user_namespace: bool,
    pub(crate) control_node: Node,
    /// The node of the capability `mig/config`, which permits changes.
    pub(crate) config_node: Node,
    /// The node of the capability `mig/monitor`, which permits listing.
    pub(crate) monitor_node: Node,
    /// Whether NVIDIA's container toolkit was asked for these two nodes, by `NVIDIA_MIG_CONFIG_DEVICES` and
    /// `NVIDIA_MIG_MONITOR_DEVICES`.
    pub(crate) config_requested: bool,
    pub(crate) monitor_requested: bool,
    /// Version of the loaded kernel module.
    pub(crate) kernel_module: Option<String>,
}

/// Where a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Host,
    Container,
    /// A job of Slurm, which sees only the GPUs that it was given.
    Job,
    /// The Windows Subsystem for Linux.
    Wsl,
}

/// A device file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Usable,
    Missing,
    Refused,
}

impl Environment {
    pub(crate) fn read() -> Self {
        Self::of(Path::new("/proc"), Path::new("/dev"))
    }

    pub(crate) fn of(proc: &Path, dev: &Path) -> Self {
        let text = |name: &str| read(&proc.join(name));
        let capability = |number| dev.join(format!("nvidia-caps/nvidia-cap{number}"));
        Self {
            place: Place::read(),
            sys_admin: text("self/status").is_some_and(|text| has_sys_admin(&text)),
            user_namespace: text("self/uid_map").is_some_and(|text| is_in_user_namespace(&text)),
            control_node: Node::of(&dev.join("nvidiactl"), true),
            // The driver numbers these two the same on every machine (mig-minors).
            config_node: Node::of(&capability(1), false),
            monitor_node: Node::of(&capability(2), false),
            config_requested: env::var_os("NVIDIA_MIG_CONFIG_DEVICES").is_some(),
            monitor_requested: env::var_os("NVIDIA_MIG_MONITOR_DEVICES").is_some(),
            kernel_module: text("driver/nvidia/version").and_then(|text| module_version(&text)),
        }
    }

    /// Whether `CAP_SYS_ADMIN` counts for the driver.
    pub(crate) const fn is_privileged(&self) -> bool {
        self.sys_admin && !self.user_namespace
    }
}

/// Files in the root of a container, by its engine: Docker; Podman; Apptainer and Singularity; systemd-nspawn.
const CONTAINER_FILES: [&str; 4] = [
    ".dockerenv",
    "run/.containerenv",
    ".singularity.d",
    "run/host/container-manager",
];

/// The name of the container engine, which systemd leaves here, as it does with LXC.
const CONTAINER_ENGINE: &str = "run/systemd/container";

const CONTAINER_VARIABLES: [&str; 3] = [
    "KUBERNETES_SERVICE_HOST",
    "APPTAINER_CONTAINER",
    "SINGULARITY_CONTAINER",
];

impl Place {
    pub(crate) fn read() -> Self {
        let kernel = read(Path::new("/proc/sys/kernel/osrelease"));
        Self::of(Path::new("/"), &kernel.unwrap_or_default(), |name| {
            env::var_os(name)
        })
    }

    /// A container under WSL is a container: Windows can't be reached from it.
    fn of(root: &Path, kernel: &str, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let is_wsl = kernel.contains("microsoft") || kernel.contains("Microsoft");
        if is_container(root, &variable) {
            Self::Container
        } else if is_wsl {
            Self::Wsl
        } else if variable("SLURM_JOB_ID").is_some() {
            Self::Job
        } else {
            Self::Host
        }
    }
}

fn is_container(root: &Path, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    // systemd calls WSL a container, too.
    let is_engine = |name: &str| !name.trim().is_empty() && name.trim() != "wsl";
    let engine = variable("container").map(|name| name.to_string_lossy().into_owned());
    let engine = engine.or_else(|| read(&root.join(CONTAINER_ENGINE)));
    engine.is_some_and(|name| is_engine(&name))
        || CONTAINER_FILES.iter().any(|file| root.join(file).exists())
        || CONTAINER_VARIABLES
            .iter()
            .any(|name| variable(name).is_some())
}

impl Node {
    /// Opening a node is harmless: the driver does nothing until it is used.
    fn of(path: &Path, writable: bool) -> Self {
        let opened: io::Result<File> = OpenOptions::new().read(true).write(writable).open(path);
        match opened {
            Ok(_) => Self::Usable,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Missing,
            Err(_) => Self::Refused,
        }
    }
}

/// Reads a file of at most 64 KiB; the files of Linux that are read here are far shorter.
fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(1 << 16).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the line `CapEff: 000001ffffffffff`, in which each bit is a capability.
fn has_sys_admin(status: &str) -> bool {
    let mut lines = status.lines();
    let effective = lines.find_map(|line| line.strip_prefix("CapEff:"));
    let bits = effective.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits >> CAP_SYS_ADMIN & 1 == 1)
}

/// The first user namespace maps every user id to itself: `0 0 4294967295`.
fn is_in_user_namespace(uid_map: &str) -> bool {
    let first = uid_map.lines().next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    words != ["0", "0", "4294967295"]
}

/// Reads the line `NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.163.01  ...`.
fn module_version(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find(|line| line.starts_with("NVRM version:"))?;
    let mut words = line.split_whitespace();
    let version =
        words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    version.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Place, has_sys_admin, is_in_user_namespace, module_version};

    const LINUX: &str = "6.8.0-45-generic";
    const WSL: &str = "5.15.153.1-microsoft-standard-WSL2";

    /// The place with this file in `/`, which may have contents, and with these variables.
    fn place(kernel: &str, file: Option<(&str, &str)>, variables: &[(&str, &str)]) -> Place {
        let root = tempfile::tempdir().expect("a temporary folder can be created");
        if let Some((name, contents)) = file {
            let path = root.path().join(name);
            let folder = path.parent().expect("it is below the root");
            fs::create_dir_all(folder).expect("a folder can be created");
            fs::write(path, contents).expect("a file can be written");
        }
        Place::of(root.path(), kernel, |name| {
            let variable = variables.iter().find(|variable| variable.0 == name);
            variable.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn containers_are_found_by_what_their_engines_leave() {
        for file in [
            (".dockerenv", ""),
            ("run/.containerenv", ""),
            (".singularity.d/env/10-docker2singularity.sh", ""),
            ("run/host/container-manager", "systemd-nspawn\n"),
            ("run/systemd/container", "lxc\n"),
        ] {
            assert_eq!(place(LINUX, Some(file), &[]), Place::Container, "{file:?}");
            // Docker Desktop runs its containers under WSL.
            assert_eq!(place(WSL, Some(file), &[]), Place::Container, "{file:?}");
        }
        for variable in [
            ("container", "podman"),
            ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
            ("APPTAINER_CONTAINER", "/images/cuda.sif"),
            ("SINGULARITY_CONTAINER", "/images/cuda.sif"),
        ] {
            let job = ("SLURM_JOB_ID", "7");
            assert_eq!(place(LINUX, None, &[variable, job]), Place::Container);
        }
    }

    #[test]
    fn places_that_are_no_containers() {
        assert_eq!(place(LINUX, None, &[]), Place::Host);
        assert_eq!(place(LINUX, None, &[("SLURM_JOB_ID", "7")]), Place::Job);
        assert_eq!(place(WSL, None, &[]), Place::Wsl);
        // So does WSL with systemd (starship, pull request 4593).
        let engine = Some(("run/systemd/container", "wsl\n"));
        assert_eq!(place(WSL, engine, &[]), Place::Wsl);
        assert_eq!(place(WSL, None, &[("container", "wsl")]), Place::Wsl);
    }

    #[test]
    fn files_of_linux_and_of_the_driver() {
        assert!(has_sys_admin("Name:\tx\nCapEff:\t000001ffffffffff\n"));
        assert!(!has_sys_admin("CapEff:\t00000000a80425fb\n"));
        assert!(!has_sys_admin(""));
        assert!(!is_in_user_namespace("         0          0 4294967295\n"));
        assert!(is_in_user_namespace("         0       1000          1\n"));
        let text = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.163.01  Tue Apr  8 12:41:17 UTC 2025\n";
        assert_eq!(module_version(text).as_deref(), Some("550.163.01"));
        let open =
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n";
        assert_eq!(module_version(open).as_deref(), Some("580.65.06"));
        assert_eq!(module_version("GCC version: 12.2.0\n"), None);
    }
}
