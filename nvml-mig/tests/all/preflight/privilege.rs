//! The privilege to create instances: capabilities, capability nodes, and the driver's last word.

use std::fs;

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::error::Cause;
use nvml_mig::node::DriverFiles;
use nvml_mig::preflight::{Preflight, Privilege};
use nvml_mig_sim::Caller;

use super::{DOCKER, FIRST_NAMESPACE, ROOT, preflight_of};

const NOBODY: &str = "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n";
const ROOTLESS: &str = "         0       1000          1\n         1     100000      65536\n";

/// As `privilege` is judged where NVML has nothing to say.
fn privilege_by_files(files: &DriverFiles) -> Privilege {
    Preflight::read_from("/nowhere", files).privilege
}

#[test]
fn cap_sys_admin_counts_and_not_the_user_id() {
    let of = |status: &str, map: &str| {
        let proc = Proc::with("self/status", status).and("self/uid_map", map);
        privilege_by_files(&proc.files())
    };
    assert_eq!(of(ROOT, FIRST_NAMESPACE), Privilege::SysAdmin);
    assert_eq!(of(DOCKER, FIRST_NAMESPACE), Privilege::None);
    assert_eq!(of(NOBODY, FIRST_NAMESPACE), Privilege::None);
    assert_eq!(of(ROOT, ROOTLESS), Privilege::None);
    // Bit 21 alone.
    assert_eq!(
        of("CapEff:\t0000000000200000\n", FIRST_NAMESPACE),
        Privilege::SysAdmin
    );
}

#[test]
fn hostile_contents_give_no_privilege() {
    for status in [
        "",
        "CapEff",
        "CapEff:",
        "CapEff:\txyz\n",
        "CapEff:\t1ffffffffffffffffffff\n",
    ] {
        let proc = Proc::with("self/status", status).and("self/uid_map", FIRST_NAMESPACE);
        assert_eq!(
            privilege_by_files(&proc.files()),
            Privilege::None,
            "{status:?}"
        );
    }
    for map in [&b""[..], b"0 0", b"\xff\xfe", b"0 0 99999999999999999999"] {
        let proc = Proc::with("self/status", ROOT).and("self/uid_map", map);
        assert_eq!(
            privilege_by_files(&proc.files()),
            Privilege::None,
            "{map:?}"
        );
    }
    let binary = Proc::with("self/status", b"\xff\xff\nCapEff:\xff\n");
    assert_eq!(privilege_by_files(&binary.files()), Privilege::None);
    assert_eq!(privilege_by_files(&Proc::empty().files()), Privilege::None);
}

/// A process without `CAP_SYS_ADMIN` that has these capability nodes.
fn process_with_nodes(minors: &[u32]) -> (Proc, DriverFiles) {
    let proc = Proc::with("self/status", NOBODY)
        .and("driver/nvidia-caps/mig-minors", "config 1\nmonitor 2\n");
    let nodes = proc.path("dev/nvidia-caps");
    fs::create_dir_all(&nodes).unwrap();
    for minor in minors {
        fs::write(nodes.join(format!("nvidia-cap{minor}")), "").unwrap();
    }
    let files = proc.files().with_dev(proc.path("dev"));
    (proc, files)
}

#[test]
fn a_capability_node_that_opens_is_a_privilege() {
    for (minors, expected) in [
        (&[1, 2][..], Privilege::Config),
        (&[1], Privilege::Config),
        (&[2], Privilege::Monitor),
        (&[], Privilege::None),
    ] {
        let (_proc, files) = process_with_nodes(minors);
        assert_eq!(privilege_by_files(&files), expected);
        assert_eq!(expected.may_create(), expected == Privilege::Config);
    }
}

#[test]
fn the_driver_has_the_last_word_on_privilege() {
    let machine = Machine::with("a30");
    let judged = |minors| machine.nvml.preflight(&process_with_nodes(minors).1);
    assert_eq!(judged(&[]).privilege, Privilege::ConfirmedByDriver);
    assert!(judged(&[]).may_create());
    // An answer is what a monitor gets too.
    assert_eq!(judged(&[2]).privilege, Privilege::Monitor);
    assert!(!judged(&[2]).may_create());

    machine.simulator.set_caller(Caller::Unprivileged).unwrap();
    let preflight = preflight_of(&machine);
    assert_eq!(preflight.privilege, Privilege::None);
    assert_eq!(preflight.obstacles.len(), 1, "{preflight}");
    assert_eq!(preflight.obstacles[0].cause, Some(Cause::NoPermission));
    let message = preflight.obstacles[0].to_string();
    assert!(message.contains("SYS_ADMIN"), "{message}");
    assert!(!preflight.may_create());
}
