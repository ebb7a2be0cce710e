//! A process that ends between any two system calls of a change leaves the old machine or the new one.
//!
//! The kernel ends the child, before the call is made, by a filter on the number of the system call. So it does not
//! matter which calls the simulator makes: those that it makes are found by halving the range of all numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use nvml_mig_sim::machine::MachineSpec;
use nvml_mig_sim::store::{FileStore, Store};
use nvml_mig_sim::{GpuSpec, Simulator};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use super::child::{Client, child};
use super::nvml::{SUCCESS, c};

/// More than any architecture has of its own.
const ALL: Range<i64> = 0..512;
/// The signal of a process that the filter ended.
const SIGSYS: i32 = 31;

#[test]
#[ignore = "run by the next test, in a process of its own"]
fn changes_until_it_is_ended() {
    let client = Client::of_environment();
    let numbers = std::env::var("NVML_MIG_SIM_TEST_CALLS").unwrap();
    let (first, end) = numbers.split_once("..").unwrap();
    let (first, end): (i64, i64) = (first.parse().unwrap(), end.parse().unwrap());
    let (gpu, mut made) = (client.gpu(0), core::ptr::null_mut());
    end_at(first..end);
    let code = c!(client, nvmlDeviceCreateGpuInstance(gpu, 0, &mut made));
    // Not `assert`: a panic makes system calls of its own.
    std::process::exit(i32::from(code != SUCCESS));
}

/// From now on this thread's system calls with these numbers end the process. Leaving it is left alone.
fn end_at(numbers: Range<i64>) {
    let leave = [60, 231, 93, 94];
    let rules = numbers.filter(|number| !leave.contains(number));
    let rules: BTreeMap<_, _> = rules.map(|number| (number, Vec::new())).collect();
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let (allow, end) = (SeccompAction::Allow, SeccompAction::KillProcess);
    let filter = SeccompFilter::new(rules, allow, end, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

/// An empty machine in a file, for one change.
struct Trial {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Trial {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine.json");
        drop(FileStore::open(&path, &MachineSpec::default()).unwrap());
        Self { folder, path }
    }

    /// Whether a child that makes an instance lives to tell it.
    fn survives(&self, library: &Path, numbers: &Range<i64>) -> bool {
        let mut child = child("crash::changes_until_it_is_ended", library, &self.path);
        let text = format!("{}..{}", numbers.start, numbers.end);
        let status = child.env("NVML_MIG_SIM_TEST_CALLS", text).status().unwrap();
        assert!(
            status.success() || status.signal() == Some(SIGSYS),
            "{status}"
        );
        status.success()
    }

    /// How many instances there are: none or one, and one more process can go on from there.
    fn check(&self) -> usize {
        let mut store = Store::in_file(&self.path, &MachineSpec::default()).unwrap();
        let count = store.read().unwrap().gpus()[0].gpu_instances.len();
        assert!(count <= 1);
        let changed = store.change(|machine| machine.log_calls = true);
        changed.unwrap();
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let names: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
        let expected = ["machine.json", "machine.json.lock"].map(Into::into);
        assert_eq!(names, expected.into(), "nothing is left behind");
        count
    }
}

/// For each system call that a change makes, how many instances there are when the process ended at it.
fn outcomes(library: &Path, numbers: Range<i64>, found: &mut BTreeMap<i64, usize>) {
    let trial = Trial::new();
    if trial.survives(library, &numbers) {
        assert_eq!(trial.check(), 1);
        return;
    }
    let count = trial.check();
    if numbers.end - numbers.start == 1 {
        found.insert(numbers.start, count);
        return;
    }
    let middle = numbers.start.midpoint(numbers.end);
    outcomes(library, numbers.start..middle, found);
    outcomes(library, middle..numbers.end, found);
}

#[test]
fn old_or_new_wherever_a_process_ends() {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .start()
        .unwrap();
    let mut found = BTreeMap::new();
    outcomes(simulator.library_path(), ALL, &mut found);
    // Lock, look, create, find space, write, rename, close: the file is the new one from the rename on.
    assert!(found.len() >= 7, "{found:?}");
    let counts: BTreeSet<usize> = found.values().copied().collect();
    assert_eq!(counts, [0, 1].into(), "before and after: {found:?}");
}
