//! A machine in a file that several libraries share.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use nvml_mig_sim::machine::{Machine, MachineSpec};
use nvml_mig_sim::store::Store;
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, SimulatorBuilder, nvmlReturn_t};

use super::child::{Client, child};
use super::nvml::{FUNCTION_NOT_FOUND, IN_USE, Nvml, SUCCESS, UNKNOWN, c};

fn on(path: &Path) -> SimulatorBuilder {
    Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .state_file(path)
}

#[test]
fn two_libraries_see_one_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let (first, second) = (Nvml::start(on(&path)), Nvml::start(on(&path)));
    let parent = first.create(5).unwrap();
    assert_eq!(second.capacity(5), 1);
    let compute = second.create_compute(parent, 1).unwrap();
    assert_eq!(first.name(first.mig(0).unwrap()), "NVIDIA A30 MIG 2g.12gb");
    let process = Process::new(0, 7).gpu_instance(1).compute_instance(0);
    first.simulator.busy(process).unwrap();
    assert_eq!(c!(second, nvmlComputeInstanceDestroy(compute)), IN_USE);
    second.simulator.set_caller(Caller::Unprivileged).unwrap();
    assert_eq!(first.create(5), Err(super::nvml::NO_PERMISSION));
    first.simulator.set_caller(Caller::Root).unwrap();
    first
        .simulator
        .fail(
            "nvmlDeviceCreateGpuInstance",
            2,
            nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
        )
        .unwrap();
    let made = first.create(5).unwrap();
    assert_eq!(first.destroy(made), SUCCESS);
    assert_eq!(
        second.create(5),
        Err(15),
        "calls are counted over all processes"
    );
}

/// A machine outlives everybody who looks at it; a later description doesn't change it.
#[test]
fn the_file_is_used_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("machine.json");
    Nvml::start(on(&path)).create(0).unwrap();
    let other = Simulator::builder().gpu(GpuSpec::new("h100-sxm5-80gb"));
    let nvml = Nvml::start(other.state_file(&path));
    assert_eq!(nvml.name(nvml.gpu(0)), "NVIDIA A30");
    assert_eq!(nvml.capacity(0), 0);
}

#[test]
fn a_damaged_file_is_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = Nvml::start(on(&path));
    let long = format!("{{\"format\":1,\"{}\\n\":1}}", "x".repeat(20_000));
    for damage in [
        "",
        "{\"format\":1,\"machine\":{}}",
        "{\"format\":1,\"mach",
        &long,
    ] {
        fs::write(&path, damage).unwrap();
        let mut count = 0;
        assert_eq!(
            c!(nvml, nvmlDeviceGetCount_v2(&mut count)),
            UNKNOWN,
            "{damage}"
        );
        let mut made = core::ptr::null_mut();
        let gpu = core::ptr::null_mut();
        let code = c!(nvml, nvmlDeviceCreateGpuInstance(gpu, 0, &mut made));
        assert_eq!(code, UNKNOWN, "{damage}");
        let error = on(&path).start().unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        let is_short = error.len() < 2000 && !error.contains(char::is_control);
        assert!(is_short, "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), damage);
    }
}

#[test]
fn another_format_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    fs::write(&path, "{\"format\":2,\"machine\":\"?\"}").unwrap();
    let error = on(&path).start().unwrap_err().to_string();
    assert!(error.contains("format 2"), "{error}");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "{\"format\":2,\"machine\":\"?\"}"
    );
}

/// Handles of several libraries at once, each making and destroying: none lost, none twice.
#[test]
fn no_instance_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = Nvml::start(on(&path));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let nvml = Nvml::start(on(&path));
                for _ in 0..50 {
                    if let Ok(made) = nvml.create(14) {
                        assert_eq!(nvml.info(made).profileId, 14);
                        assert_eq!(nvml.destroy(made), SUCCESS);
                    }
                }
            });
        }
    });
    assert_eq!(nvml.capacity(14), 4, "all were destroyed");
}

/// A library whose symbols are fixed answers that the driver lacks what another process hid.
#[test]
fn hidden_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = Nvml::start(on(&path));
    let mut store = Store::in_file(&path, &MachineSpec::default()).unwrap();
    let hide = |machine: &mut Machine| machine.faults.hide("nvmlDeviceGetCount_v2".to_owned());
    store.change(hide).unwrap();
    let mut count = 0;
    let code = c!(nvml, nvmlDeviceGetCount_v2(&mut count));
    assert_eq!(code, FUNCTION_NOT_FOUND);
    nvml.create(0).unwrap();
    let seen = store.read().unwrap().gpus()[0].gpu_instances.len();
    assert_eq!(seen, 1, "the store sees what the library made");
}

/// A program that knows nothing of the simulator.
#[test]
#[ignore = "run by the next test, in a process of its own"]
fn child_of_the_environment() {
    let client = Client::of_environment();
    let mut count = 9;
    let code = c!(
        client,
        nvmlDeviceGetGpuInstanceRemainingCapacity(client.gpu(0), 0, &mut count)
    );
    assert_eq!((code, count), (SUCCESS, 0), "what the parent made is there");
}

#[test]
fn the_environment_names_a_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = Nvml::start(on(&path));
    nvml.create(0).unwrap();
    let test = "state_file::child_of_the_environment";
    let mut child = child(test, nvml.simulator.library_path(), &path);
    let output = child.stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}
