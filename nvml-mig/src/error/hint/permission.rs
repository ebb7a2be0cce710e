//! Hints for calls that need a privilege.

use super::Hint;
use crate::error::Cause;
use crate::error::environment::{Environment, Node, Place};

/// Parts of the names of functions that change something. The others only read.
const CHANGES: [&str; 3] = ["Create", "Destroy", "Set"];

/// Returns the hint for `NO_PERMISSION` of a function.
pub(crate) fn no_permission(function: &str, at: &Environment) -> Hint {
    let text = if function == "nvmlDeviceGetMemoryInfo" {
        "this process may not query the memory of the whole GPU, of which it has only MIG devices: query a MIG device"
            .to_owned()
    } else if CHANGES.iter().any(|change| function.contains(change)) {
        text(at, &Purpose::CHANGE, at.config_node)
    } else {
        text(at, &Purpose::LIST, at.monitor_node)
    };
    Cause::NoPermission.hint(text)
}

/// What a privilege is for, in words.
struct Purpose {
    what: &'static str,
    /// Capability of the driver.
    capability: &'static str,
    /// Variable of NVIDIA's container toolkit.
    variable: &'static str,
}

impl Purpose {
    const CHANGE: Self = Self {
        what: "change MIG mode and instances",
        capability: "mig/config",
        variable: "NVIDIA_MIG_CONFIG_DEVICES=all",
    };
    const LIST: Self = Self {
        what: "list instances, placements and capacities",
        capability: "mig/monitor",
        variable: "NVIDIA_MIG_MONITOR_DEVICES=all",
    };
}

fn text(at: &Environment, purpose: &Purpose, node: Node) -> String {
    let Purpose {
        what,
        capability,
        variable,
    } = purpose;
    match at.place {
        Place::Job => format!("a job may not {what}, which needs CAP_SYS_ADMIN"),
        Place::Container if at.user_namespace => format!(
            "a rootless container may not {what}: CAP_SYS_ADMIN has no effect in a user namespace; use a rootful container"
        ),
        Place::Container if !at.sys_admin => format!(
            "this container may not {what}: start it with `--cap-add=SYS_ADMIN -e {variable}`"
        ),
        Place::Container if node != Node::Usable => format!(
            "this container has CAP_SYS_ADMIN, but not the device file of {capability}: start it with `-e {variable}`"
        ),
        _ if at.is_privileged() => {
            format!("the driver does not let this process {what}, although it has CAP_SYS_ADMIN")
        }
        _ if at.user_namespace => format!(
            "CAP_SYS_ADMIN has no effect in a user namespace: run as root outside of it to {what}"
        ),
        _ => format!("run as root or with CAP_SYS_ADMIN to {what}"),
    }
}
