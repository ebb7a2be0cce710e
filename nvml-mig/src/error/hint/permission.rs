//! Hints for calls that the driver refuses without a privilege.

use super::Hint;
use crate::error::Cause;
use crate::error::environment::{Environment, Node, Place};

/// Functions that need `mig/config`.
pub(super) const CHANGES: [&str; 7] = [
    "nvmlDeviceSetMigMode",
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlGpuInstanceDestroy",
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    "nvmlComputeInstanceDestroy",
];

/// Functions for which `mig/monitor` suffices.
pub(super) const LISTS: [&str; 9] = [
    "nvmlDeviceGetGpuInstances",
    "nvmlDeviceGetGpuInstanceById",
    "nvmlDeviceGetGpuInstancePossiblePlacements",
    "nvmlDeviceGetGpuInstancePossiblePlacements_v2",
    "nvmlDeviceGetGpuInstanceRemainingCapacity",
    "nvmlGpuInstanceGetComputeInstances",
    "nvmlGpuInstanceGetComputeInstanceById",
    "nvmlGpuInstanceGetComputeInstancePossiblePlacements",
    "nvmlGpuInstanceGetComputeInstanceRemainingCapacity",
];

/// Functions that may be refused for a GPU of which a container has only MIG devices.
const MEMORY: [&str; 3] = [
    "nvmlDeviceGetMemoryInfo_v2",
    "nvmlDeviceGetMemoryInfo",
    "nvmlDeviceGetBAR1MemoryInfo",
];

/// Returns the hint for `NO_PERMISSION` of a function.
pub(crate) fn no_permission(function: &str, at: &Environment) -> Hint {
    Cause::NoPermission.hint(if CHANGES.contains(&function) {
        without_privilege(at, &Purpose::CHANGE, (at.config_node, at.config_requested))
    } else if LISTS.contains(&function) {
        without_privilege(at, &Purpose::LIST, (at.monitor_node, at.monitor_requested))
    } else if MEMORY.contains(&function) {
        "the memory of a whole GPU may be refused to a container or job that has only MIG devices of it: query a MIG device"
            .to_owned()
    } else {
        without_device_file(at.place).to_owned()
    })
}

/// For functions that need only the GPU's device file.
const fn without_device_file(place: Place) -> &'static str {
    match place {
        Place::Container => {
            "the driver does not let this container do this: check that the GPU was passed in with `--gpus`"
        }
        Place::Job => {
            "the driver does not let this job do this: check that the GPU was requested for it"
        }
        Place::Host => {
            "the driver does not let this process do this: check the permissions of the GPU's device file /dev/nvidiaN, \
             and the groups of this user"
        }
        Place::Wsl => {
            "the driver does not let this process do this: check the permissions of the device file /dev/dxg"
        }
    }
}

/// What a privilege is for, in words.
struct Purpose {
    what: &'static str,
    /// Capability of the driver.
    capability: &'static str,
    /// Variable of NVIDIA's container toolkit.
    variable: &'static str,
    path: &'static str,
}

impl Purpose {
    const CHANGE: Self = Self {
        what: "change MIG mode and instances",
        capability: "mig/config",
        variable: "NVIDIA_MIG_CONFIG_DEVICES=all",
        path: "/dev/nvidia-caps/nvidia-cap1",
    };
    const LIST: Self = Self {
        what: "list instances, placements and capacities",
        capability: "mig/monitor",
        variable: "NVIDIA_MIG_MONITOR_DEVICES=all",
        path: "/dev/nvidia-caps/nvidia-cap2",
    };
}

/// `node` is that of the capability, and whether the container toolkit was asked for it.
fn without_privilege(at: &Environment, purpose: &Purpose, node: (Node, bool)) -> String {
    let Purpose {
        what,
        capability,
        variable,
        path,
    } = purpose;
    let (node, is_requested) = node;
    match at.place {
        Place::Container if at.user_namespace => format!(
            "a rootless container may not {what}: CAP_SYS_ADMIN has no effect in a user namespace; use a rootful container"
        ),
        Place::Container if !at.sys_admin => format!(
            "this container may not {what}: start it with `--cap-add=SYS_ADMIN -e {variable}`"
        ),
        // Versions 1.18 to 1.20.0 do so in their default mode.
        Place::Container if node == Node::Missing && is_requested => format!(
            "this container has CAP_SYS_ADMIN, but not the device file of {capability}, although its variable is set, which \
             NVIDIA Container Toolkit 1.18.0 to 1.20.0 ignore in their mode jit-cdi: start it with `--device {path}`"
        ),
        Place::Container if node == Node::Missing => format!(
            "this container has CAP_SYS_ADMIN, but not the device file of {capability}: start it with `-e {variable}`"
        ),
        Place::Container if node == Node::Refused => format!(
            "this container has CAP_SYS_ADMIN, but can't open its device file of {capability}: start it with `-e {variable}`"
        ),
        // Slurm's Prolog and Epilog run as root.
        _ if at.is_privileged() => {
            format!("the driver does not let this process {what}, although it has CAP_SYS_ADMIN")
        }
        Place::Job => format!("a job may not {what}, which needs CAP_SYS_ADMIN"),
        _ if at.user_namespace => format!(
            "CAP_SYS_ADMIN has no effect in a user namespace: run as root outside of it to {what}"
        ),
        _ => format!("run as root or with CAP_SYS_ADMIN to {what}"),
    }
}
