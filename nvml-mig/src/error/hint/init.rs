//! Hints for initialising NVML.

use super::Hint;
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
        _ => return None,
    };
    Some(cause.hint(text))
}

fn driver_not_loaded(at: &Environment) -> String {
    match (at.place, &at.kernel_module) {
        (Place::Wsl, _) => "driver not loaded: under WSL, NVML is the library of the Windows driver in /usr/lib/wsl/lib; \
                            put this folder first in LD_LIBRARY_PATH, and remove Linux drivers"
            .to_owned(),
        (Place::Container, _) => "driver not loaded: this container has no /dev/nvidiactl; start it with the NVIDIA \
                                  Container Toolkit, for example `docker run --gpus all`"
            .to_owned(),
        (Place::Job, _) => {
            "driver not loaded: this job has no /dev/nvidiactl; request a GPU for it".to_owned()
        }
        (_, Some(module)) => format!(
            "driver not loaded: the kernel module {module} is loaded, but there is no /dev/nvidiactl; create it with \
             `nvidia-modprobe`, and in a systemd service remove PrivateDevices="
        ),
        (_, None) => "driver not loaded: load the kernel module with `modprobe nvidia`, and see `dmesg` if that fails"
            .to_owned(),
    }
}

fn version_mismatch(at: &Environment, library: Option<&str>) -> String {
    let of =
        |version: Option<&str>| version.map_or_else(String::new, |version| format!(" ({version})"));
    let (library, module) = (of(library), of(at.kernel_module.as_deref()));
    let remedy = match at.place {
        Place::Container => "start the container again, so that it gets the library of the host",
        Place::Job => "tell the administrator of this machine",
        Place::Host | Place::Wsl => "reboot, or reload the kernel module",
    };
    format!(
        "the library{library} and the kernel module{module} have different versions, as after an update; {remedy}"
    )
}

fn no_permission(at: &Environment) -> String {
    let remedy = match at.place {
        Place::Container => {
            "start the container with the NVIDIA Container Toolkit, for example `docker run --gpus all`"
        }
        Place::Job => "request a GPU for this job",
        Place::Host | Place::Wsl => {
            "check the permissions of /dev/nvidia*, and the groups of this user"
        }
    };
    format!("this process may not open /dev/nvidiactl; {remedy}")
}

fn unknown(at: &Environment) -> String {
    match (at.place, at.control_node) {
        (Place::Container, Node::Refused) => {
            "this container can no longer open /dev/nvidiactl, as after `systemctl \
                                              daemon-reload` on the host; start it again"
                .to_owned()
        }
        (Place::Container, _) => {
            "the driver gave no reason; start the container again, and see `dmesg` on the host"
                .to_owned()
        }
        _ => "the driver gave no reason; see `dmesg` for messages of NVRM".to_owned(),
    }
}
