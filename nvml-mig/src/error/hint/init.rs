//! Hints for initialising NVML.

use super::Hint;
use super::init_code::{not_usable, see_the_log};
use crate::error::environment::{Environment, Node, Place};
use crate::error::{Cause, ReturnCode};

/// Returns the hint for a return code of `nvmlInit_v2`. `library_version` is called for a mismatch of versions.
pub(crate) fn init(
    code: ReturnCode,
    look: impl FnOnce() -> Environment,
    library_version: impl FnOnce() -> Option<String>,
) -> Option<Hint> {
    let (cause, text) = match code {
        ReturnCode::DriverNotLoaded => (Cause::DriverNotLoaded, driver_not_loaded(&look())),
        ReturnCode::LibraryDriverVersionMismatch => (
            Cause::DriverVersionMismatch,
            version_mismatch(&look(), library_version().as_deref()),
        ),
        ReturnCode::NoPermission => (Cause::NoPermission, no_permission(&look())),
        ReturnCode::Unknown => (Cause::DriverNotUsable, unknown(&look())),
        ReturnCode::FunctionNotFound => (Cause::DriverNotUsable, NOT_NVML.to_owned()),
        // These are the same for any call.
        ReturnCode::Success | ReturnCode::GpuIsLost | ReturnCode::ResetRequired => return None,
        other => (Cause::DriverNotUsable, not_usable(other, &look())),
    };
    Some(cause.hint(text))
}

/// Every driver with MIG has the function.
const NOT_NVML: &str = "this file is not the NVML library of a driver with MIG: use the libnvidia-ml.so.1 of the loaded \
                        NVIDIA driver, 450 or newer";

/// What was seen of `/dev/nvidiactl`. A node without its kernel module can't be opened either.
const fn control_node(at: &Environment) -> &'static str {
    match (at.place, at.control_node) {
        (Place::Container, Node::Missing) => "this container has no /dev/nvidiactl",
        (Place::Container, Node::Refused) => "this container can't open its /dev/nvidiactl",
        (Place::Job, Node::Missing) => "this job has no /dev/nvidiactl",
        (Place::Job, Node::Refused) => "this job can't open /dev/nvidiactl",
        (Place::Container, Node::Usable) => "this container can open its /dev/nvidiactl",
        (Place::Job, Node::Usable) => "this job can open /dev/nvidiactl",
        (_, Node::Missing) => "there is no /dev/nvidiactl",
        (_, Node::Refused) => "this process can't open /dev/nvidiactl",
        (_, Node::Usable) => "this process can open /dev/nvidiactl",
    }
}

const TOOLKIT: &str =
    "start it with the NVIDIA Container Toolkit, for example `docker run --gpus all`";

const CREATE_NODE: &str =
    "create it with `nvidia-modprobe`, and in a systemd service remove PrivateDevices=";

fn driver_not_loaded(at: &Environment) -> String {
    let seen = control_node(at);
    let reason = match (at.place, at.control_node) {
        (Place::Wsl, _) => "under WSL, NVML is the library of the Windows driver in /usr/lib/wsl/lib; put this folder \
                            first in LD_LIBRARY_PATH, and remove Linux drivers"
            .to_owned(),
        (_, Node::Usable) => {
            let log = see_the_log(at);
            return format!("NVML reports the driver not loaded, although {seen}; {log}");
        }
        (Place::Container, _) => format!("{seen}; {TOOLKIT}"),
        (Place::Job, _) => format!("{seen}; request a GPU for it"),
        (Place::Host, node) => driver_not_loaded_on_a_host(node, at.kernel_module.as_deref()),
    };
    format!("driver not loaded: {reason}")
}

fn driver_not_loaded_on_a_host(control_node: Node, module: Option<&str>) -> String {
    match (control_node, module) {
        (Node::Missing, Some(module)) => format!(
            "the kernel module {module} is loaded, but there is no /dev/nvidiactl; {CREATE_NODE}"
        ),
        (_, Some(module)) => format!(
            "the kernel module {module} is loaded, but this process can't open /dev/nvidiactl; check its permissions, and \
             the groups of this user"
        ),
        (_, None) => "load the kernel module with `modprobe nvidia`, and see `dmesg` if that fails"
            .to_owned(),
    }
}

fn version_mismatch(at: &Environment, library: Option<&str>) -> String {
    let module = at.kernel_module.as_deref();
    match (library, module) {
        (Some(library), Some(module)) if library == module => format!(
            "NVML reports different versions, although the library and the kernel module are both {module}; {}",
            see_the_log(at)
        ),
        _ => different_versions(at.place, library, module),
    }
}

fn different_versions(place: Place, library: Option<&str>, module: Option<&str>) -> String {
    let of =
        |version: Option<&str>| version.map_or_else(String::new, |version| format!(" ({version})"));
    let remedy = match place {
        Place::Container => "start the container again, so that it gets the library of the host",
        Place::Job => "tell the administrator of this machine",
        Place::Host => "reboot, or reload the kernel module",
        Place::Wsl => "run `wsl --shutdown` in Windows, so that WSL gets the library of its driver",
    };
    format!(
        "the library{} and the kernel module{} have different versions, as after an update; {remedy}",
        of(library),
        of(module)
    )
}

fn no_permission(at: &Environment) -> String {
    let seen = control_node(at);
    let remedy = match at.place {
        Place::Container => TOOLKIT,
        Place::Job => "request a GPU for it",
        Place::Host if at.control_node == Node::Missing => CREATE_NODE,
        Place::Host => "check the permissions of /dev/nvidia*, and the groups of this user",
        Place::Wsl => return "check the permissions of /dev/dxg".to_owned(),
    };
    match at.control_node {
        Node::Usable => format!("NVML has no permission, although {seen}; {remedy}"),
        Node::Missing | Node::Refused => format!("{seen}; {remedy}"),
    }
}

fn unknown(at: &Environment) -> String {
    let remedy = match (at.place, at.control_node) {
        // WSL has no such device file.
        (Place::Wsl, _) | (_, Node::Usable) => {
            return format!("the driver gave no reason; {}", see_the_log(at));
        }
        (Place::Container, Node::Refused) => {
            "start it again: it loses the permission at `systemctl daemon-reload` on the host"
        }
        (Place::Container, Node::Missing) => TOOLKIT,
        (Place::Job, _) => "request a GPU for it",
        (Place::Host, Node::Refused) => {
            "check its permissions, and see `dmesg` for messages of NVRM"
        }
        (Place::Host, Node::Missing) => CREATE_NODE,
    };
    format!("{}; {remedy}", control_node(at))
}
