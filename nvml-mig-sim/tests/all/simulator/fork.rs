//! A process that forks: Python's multiprocessing does, and parent and child then share every open file.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::child::{Client, child};
use super::nvml::{SUCCESS, c};
use nvml_mig_sim::machine::MachineSpec;
use nvml_mig_sim::store::Store;
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};

/// Processes at once, and instances that each makes.
const FORKS: u32 = 8;
const EACH: u32 = 250;

unsafe extern "C" {
    safe fn fork() -> i32;
    safe fn _exit(code: i32) -> !;
    safe fn wait(status: Option<&mut i32>) -> i32;
    safe fn alarm(seconds: u32) -> u32;
}

/// Forks, and ends each fork with whether `work` was done.
fn in_forks(work: impl Fn(u32) -> bool) {
    for number in 0..FORKS {
        if fork() == 0 {
            _exit(i32::from(!work(number)));
        }
    }
    for _ in 0..FORKS {
        let mut status = -1;
        assert!(wait(Some(&mut status)) > 0);
        assert_eq!(status, 0, "a fork failed");
    }
}

/// Makes and destroys instances on the GPU with the fork's number, and leaves the last one.
fn make(client: &Client, number: u32) -> bool {
    let gpu = client.gpu(number);
    (1..=EACH).all(|nth| {
        let mut made = core::ptr::null_mut();
        let code = c!(client, nvmlDeviceCreateGpuInstance(gpu, 14, &mut made));
        code == SUCCESS && (nth == EACH || c!(client, nvmlGpuInstanceDestroy(made)) == SUCCESS)
    })
}

#[test]
#[ignore = "run by a test below, in a process of its own"]
fn forks_after_the_start() {
    let client = Client::of_environment();
    in_forks(|number| make(&client, number));
}

#[test]
#[ignore = "run by a test below, in a process of its own"]
fn forks_before_the_start() {
    in_forks(|number| make(&Client::of_environment(), number));
}

/// Forks while another thread is in one call after another. A child that waits is ended by a signal.
#[test]
#[ignore = "run by a test below, in a process of its own"]
fn forks_beside_calls() {
    let client = Client::of_environment();
    let ends = AtomicBool::new(false);
    let asks = |number| {
        let mut modes = [0; 2];
        let [current, pending] = &mut modes;
        let gpu = client.gpu(number);
        c!(client, nvmlDeviceGetMigMode(gpu, current, pending)) == SUCCESS
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                assert!(asks(0));
            }
        });
        for _ in 0..20 {
            in_forks(|number| {
                let _no_earlier_alarm = alarm(20);
                asks(number)
            });
        }
        ends.store(true, Ordering::Relaxed);
    });
}

/// 2,000 instances by eight processes on one machine: every one is made, and none is lost.
fn none_is_lost(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let gpus = (0..FORKS).map(|_| GpuSpec::new("a30"));
    let builder = gpus.fold(Simulator::builder(), SimulatorBuilder::gpu);
    let simulator = builder.state_file(&path).start().unwrap();
    let output = child(test, simulator.library_path(), &path).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(changes(&path), [2 * EACH as u64 - 1; FORKS as usize]);
}

/// How often each GPU was changed.
fn changes(path: &Path) -> Vec<u64> {
    let mut store = Store::in_file(path, &MachineSpec::default()).unwrap();
    let gpus = store.read().unwrap().gpus().iter();
    let changes = gpus.inspect(|gpu| assert_eq!(gpu.gpu_instances.len(), 1));
    changes.map(|gpu| gpu.mig_config_changes).collect()
}

#[test]
fn a_fork_after_the_start_loses_no_instance() {
    none_is_lost("fork::forks_after_the_start");
}

#[test]
fn a_fork_before_the_start_loses_no_instance() {
    none_is_lost("fork::forks_before_the_start");
}

/// The library's locks are not held in the child, whatever another thread did.
#[test]
fn a_fork_beside_another_threads_calls_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let gpus = (0..FORKS).map(|_| GpuSpec::new("a30"));
    let builder = gpus.fold(Simulator::builder(), SimulatorBuilder::gpu);
    let simulator = builder.state_file(&path).start().unwrap();
    let output = child("fork::forks_beside_calls", simulator.library_path(), &path).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
}
