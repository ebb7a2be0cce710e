//! A change whose journal the disk does not take is not begun: after a power failure, nobody could take it back.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::support::machine::Machine;
use crate::support::plans::{layout, plan};
use nvml_mig::MachineLock;
use nvml_mig::apply::{ApplyFailure, Progress};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// The number of the system call `fsync`.
const FSYNC: i64 = if cfg!(target_arch = "aarch64") {
    82
} else {
    74
};
/// The disk's error (errno.h).
const EIO: u32 = 5;

/// From now on, `fsync` fails in this thread.
fn refuse_to_sync() {
    let rules = BTreeMap::from([(FSYNC, Vec::new())]);
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let (allow, refuse) = (SeccompAction::Allow, SeccompAction::Errno(EIO));
    let filter = SeccompFilter::new(rules, allow, refuse, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

#[test]
fn a_change_is_not_begun_without_a_journal_on_the_disk() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&machine.device, &layout("2g.12gb, 1g.6gb"));
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let changed = std::thread::spawn(move || {
        refuse_to_sync();
        lock.apply(&[plan], |_| ControlFlow::Continue(()))
    });
    let error = changed.join().unwrap().unwrap_err();
    let ApplyFailure::Journal { source, .. } = &*error.failure else {
        panic!("{error}");
    };
    assert_eq!(source.raw_os_error(), Some(EIO.cast_signed()));
    assert!(error.rollback.is_none());
    assert!(machine.device.gpu_instances().unwrap().is_empty());
}

/// What is made before it is on the disk could be nobody's after a power failure.
#[test]
fn a_step_is_not_made_before_the_journal_has_it() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&machine.device, &layout("2g.12gb, 1g.6gb"));
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    machine.simulator.log_calls(true).unwrap();
    let changed = std::thread::spawn(move || {
        lock.apply(&[plan], |progress| {
            if matches!(progress, Progress::Step { .. }) {
                refuse_to_sync();
            }
            ControlFlow::Continue(())
        })
    });
    let error = changed.join().unwrap().unwrap_err();
    assert!(
        matches!(*error.failure, ApplyFailure::Journal { .. }),
        "{error}"
    );
    let calls = machine.simulator.calls().unwrap();
    let made = calls.iter().filter(|call| call.function.contains("Create"));
    assert_eq!(made.count(), 0);
}
