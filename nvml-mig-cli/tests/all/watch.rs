//! `nvml-mig watch` on machines where not everything can be read.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::shell::Shell;
use nvml_mig::Nvml;
use nvml_mig_sim::{Caller, nvmlReturn_t};

/// A watch that has begun, with what it has said on standard error so far.
fn watch(shell: &Shell, arguments: &str) -> (Child, String) {
    let mut command = shell.command(&format!("watch --seconds 3 {arguments}"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
    while !said.contains("watching ") {
        said += &lines.next().unwrap().unwrap();
    }
    (child, said)
}

fn output(child: Child) -> String {
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// As an ordinary user: MIG devices in place of instances, and one line that says so.
#[test]
fn it_needs_no_privilege() {
    let shell = Shell::new("a30");
    shell.simulator.set_caller(Caller::Unprivileged).unwrap();
    let (child, said) = watch(&shell, "");
    let told = said.matches("GPU 0: only MIG devices are shown: ").count();
    assert_eq!(told, 1, "{said}");
    assert!(said.contains("NVML_ERROR_NO_PERMISSION (4)"), "{said}");
    shell.simulator.set_caller(Caller::Root).unwrap();
    shell.prints("create --yes 4g.24gb(2c)");
    shell.simulator.set_caller(Caller::Unprivileged).unwrap();
    let text = output(child);
    assert!(
        text.contains("compute instance 0: 2c.4g.24gb") || text.contains("MIG 2c.4g.24gb MIG-"),
        "{text}"
    );
}

/// Instances that can't be read are not known to be gone, whether of a GPU that is lost or that refuses one question.
#[test]
fn nothing_is_called_gone_that_can_not_be_read() {
    for (is_lost, privileged) in [(true, true), (false, true), (true, false), (false, false)] {
        let shell = Shell::new("a30,a30");
        for gpu in ["0", "1"] {
            shell.prints(&format!("create --yes --device {gpu} 2g.12gb"));
        }
        let (machine, list) = (&shell.simulator, "nvmlDeviceGetGpuInstances");
        if !privileged {
            let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
            machine.fail(list, 0, refused).unwrap();
        }
        let nvml = Nvml::init_from(machine.library_path()).unwrap();
        let other = nvml.device_by_index(1).unwrap();
        let half = other.gpu_instance_profile_by_name("2g.12gb").unwrap().id;
        let (child, _) = watch(&shell, "");
        let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
        if is_lost {
            let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
            machine.refuse_gpu(0, Some(lost)).unwrap();
        } else if privileged {
            machine.fail(list, 1, unknown).unwrap();
        } else {
            machine.fail("nvmlDeviceGetName", 1, unknown).unwrap();
        }
        other.create_mig_device(half).unwrap();
        let text = output(child);
        // The change of the other GPU was seen.
        assert!(text.contains("+ GPU 1: "), "{is_lost} {privileged}: {text}");
        assert!(!text.contains("- "), "{is_lost} {privileged}: {text}");
    }
}

/// One that is not named is left out; one that is named is a failure.
#[test]
fn it_goes_on_without_a_gpu_that_is_refused() {
    for (code, exit) in [
        (nvmlReturn_t::NVML_ERROR_GPU_IS_LOST, 7),
        (nvmlReturn_t::NVML_ERROR_NO_PERMISSION, 4),
        (nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT, 7),
    ] {
        let shell = Shell::new("a30,a30,a30");
        shell.simulator.refuse_gpu(1, Some(code)).unwrap();
        let output = shell.run("watch --seconds 0");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches("GPU 1: can't be read: ").count(), 1, "{said}");
        shell.fails("watch --seconds 0 --device 0,1", exit);
    }
}

/// As with `head -1`: a watch without a reader would stay for ever.
#[test]
fn it_ends_when_its_reader_is_gone() {
    let shell = Shell::new("a30");
    for after_a_change in [false, true] {
        let mut command = shell.command("watch");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(said.any(|line| line.unwrap().contains("watching ")));
        if after_a_change {
            shell.prints("create --yes 1g.6gb");
            let mut first = String::new();
            let mut changes = BufReader::new(child.stdout.take().unwrap());
            changes.read_line(&mut first).unwrap();
            assert!(first.starts_with("+ GPU 0: "), "{first}");
        } else {
            drop(child.stdout.take());
        }
        let began = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed().as_secs() > 20 {
                child.kill().unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(0), "{after_a_change}");
    }
}
