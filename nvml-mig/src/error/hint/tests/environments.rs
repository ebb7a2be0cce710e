//! Where a process runs, and what it sees there.

use crate::error::environment::{Environment, Node, Place};

/// A host with the driver, and an ordinary user.
pub(super) fn host() -> Environment {
    Environment {
        place: Place::Host,
        sys_admin: false,
        user_namespace: false,
        control_node: Node::Usable,
        config_node: Node::Missing,
        monitor_node: Node::Missing,
        config_requested: false,
        monitor_requested: false,
        kernel_module: Some("550.163.01".to_owned()),
    }
}

/// The same with this `/dev/nvidiactl`.
fn with_node(control_node: Node, at: &Environment) -> Environment {
    let at = at.clone();
    Environment { control_node, ..at }
}

/// Where a process runs, in words.
pub(super) fn environments() -> Vec<(&'static str, Environment)> {
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
            "container with CAP_SYS_ADMIN and NVIDIA_MIG_*_DEVICES",
            Environment {
                sys_admin: true,
                config_requested: true,
                monitor_requested: true,
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
