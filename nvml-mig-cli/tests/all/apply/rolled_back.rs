//! Changes that fail or whose process is killed: rolled back, and what waits until they are.

use crate::shell::Shell;
use nvml_mig_sim::nvmlReturn_t;

use super::{HALVES, halves, with_refused};

#[test]
fn what_fails_is_rolled_back_or_told() {
    let shell = halves();
    let fail = |nth: u32| {
        let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
        shell
            .simulator
            .fail(function, nth, nvmlReturn_t::NVML_ERROR_UNKNOWN)
            .unwrap();
    };
    fail(2);
    let said = shell.fails("apply --yes 4*1g.6gb", 7);
    assert!(said.contains("everything was restored"), "{said}");
    assert_eq!(shell.there(), HALVES);
    fail(0);
    let said = shell.fails("apply --yes 4*1g.6gb", 8);
    assert!(
        said.contains("missing: GPU instance 2g.12gb at 2:2"),
        "{said}"
    );
    shell.simulator.clear_faults().unwrap();
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0\n");
}

#[test]
fn a_gpu_that_is_open_does_not_stop_the_others() {
    let shell = Shell::new("a30,a30");
    shell.prints("apply --yes 2*2g.12gb");
    let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
    let code = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    shell.simulator.fail(function, 0, code).unwrap();
    shell.fails("apply --yes --device 0 4*1g.6gb", 8);
    // The other one, which needs no new GPU instance.
    shell.prints("apply --yes --device 1 2g.12gb:0");
    for devices in ["--device 0", ""] {
        let command = format!("apply --yes {devices} none");
        let said = shell.fails(&command, 8);
        assert!(said.contains("--give-up"), "{said}");
    }
    shell.prints("apply --yes --give-up none");
    let there = shell.prints("export --format text");
    assert_eq!(there, "GPU 0: none\nGPU 1: none\n");
}

/// Applies a layout in a process that is killed while it creates the first GPU instance.
fn kill_while_it_creates(shell: &Shell, arguments: &str) {
    let delay = std::time::Duration::from_secs(30);
    let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
    shell.simulator.delay(function, delay).unwrap();
    let mut child = shell
        .command(&format!("apply --yes {arguments}"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let told = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(told);
    assert!(lines.any(|line| line.unwrap().contains("create GPU instance 1g.6gb")));
    child.kill().unwrap();
    child.wait().unwrap();
    shell.simulator.clear_faults().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_killed_is_recovered_from_by_the_next() {
    let shell = halves();
    kill_while_it_creates(&shell, "4*1g.6gb");
    let next = shell.run("apply --yes 4g.24gb");
    let told = String::from_utf8(next.stderr).unwrap();
    assert!(next.status.success(), "{told}");
    assert!(
        told.contains("interrupted: everything was restored"),
        "{told}"
    );
    assert_eq!(shell.there(), "GPU 0: 4g.24gb:0\n");
}

/// Only what was interrupted waits for it.
#[test]
fn a_gpu_that_can_not_be_recovered_does_not_stop_the_others() {
    let shell = with_refused(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST);
    shell.simulator.refuse_gpu(1, None).unwrap();
    kill_while_it_creates(&shell, "--device 0,1 4*1g.6gb");
    shell
        .simulator
        .refuse_gpu(0, Some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST))
        .unwrap();
    // The change was of both GPUs, so both are recovered; the first is away.
    shell.prints("apply --yes --device 1 4g.24gb");
    shell.prints("apply --yes --device 2 2*2g.12gb");
    // All GPUs that can be read.
    shell.fails("apply --yes 2*2g.12gb", 7);
    shell.simulator.refuse_gpu(0, None).unwrap();
    let told = shell.run("apply --yes --device 0 2g.12gb");
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.contains("interrupted: everything was restored"),
        "{told}"
    );
    assert_eq!(
        shell.prints("export --format text"),
        "GPU 0: 2g.12gb:0\nGPU 1: 2g.12gb:0, 2g.12gb:2\nGPU 2: 2g.12gb:0, 2g.12gb:2\n"
    );
}
