//! Settings apart from MIG mode, through functions that nvml-mig-sys does not declare.

use core::ffi::c_void;

use libloading::Library;
use nvml_mig_sim::{Caller, GpuSpec, Simulator, SimulatorBuilder};

use super::nvml::{INVALID_ARGUMENT, NO_PERMISSION, NOT_SUPPORTED, Nvml, SUCCESS};

/// Any of the functions below: pointers and numbers are passed alike.
type Function = unsafe extern "C" fn(*mut c_void, usize, usize, *mut u64) -> u32;
type MemoryErrors = unsafe extern "C" fn(*mut c_void, u32, u32, u32, *mut u64) -> u32;

/// Calls a function with a device and up to three more arguments.
fn call(nvml: &Nvml, name: &str, device: *mut c_void, rest: (usize, usize, *mut u64)) -> u32 {
    // SAFETY: the file is the simulated library, which is open already.
    let library = unsafe { Library::new(nvml.simulator.library_path()) }.unwrap();
    // SAFETY: the simulator exports these functions with at most four pointers or numbers.
    let function = unsafe { library.get::<Function>(name.as_bytes()) }.unwrap();
    // SAFETY: every pointer that a test passes is null or to a variable of the test.
    unsafe { function(device, rest.0, rest.1, rest.2) }
}

/// Calls a function that writes a number, as the second argument.
fn get(nvml: &Nvml, name: &str, device: *mut c_void) -> (u32, u32) {
    let mut found = 99_u32;
    let place = (&raw mut found).addr();
    let code = call(nvml, name, device, (place, 0, core::ptr::null_mut()));
    (code, found)
}

fn ecc_mode(nvml: &Nvml, gpu: u32) -> (u32, [u32; 2]) {
    let mut modes = [9_u32; 2];
    let [current, pending] = core::array::from_fn(|at| (&raw mut modes[at]).addr());
    let null = core::ptr::null_mut();
    let rest = (current, pending, null);
    let code = call(nvml, "nvmlDeviceGetEccMode", nvml.gpu(gpu).cast(), rest);
    (code, modes)
}

fn ecc_errors(nvml: &Nvml, device: *mut c_void, error_type: usize) -> (u32, u64) {
    let mut count = 99;
    let rest = (error_type, 0, &raw mut count);
    let code = call(nvml, "nvmlDeviceGetTotalEccErrors", device, rest);
    (code, count)
}

/// Uncorrected errors since the last start, which nvidia-smi prints.
fn memory_errors(nvml: &Nvml, device: *mut c_void, location: u32) -> (u32, u64) {
    // SAFETY: the file is the simulated library, which is open already.
    let library = unsafe { Library::new(nvml.simulator.library_path()) }.unwrap();
    let name = b"nvmlDeviceGetMemoryErrorCounter";
    // SAFETY: the simulator exports this function with three numbers and a pointer after the device.
    let function = unsafe { library.get::<MemoryErrors>(name) }.unwrap();
    let mut count = 99;
    // SAFETY: the pointer is to a variable of this function.
    let code = unsafe { function(device, 1, 0, location, &raw mut count) };
    (code, count)
}

#[test]
fn servers_have_ecc_and_workstations_do_not() {
    let boards = ["a30", "t4", "rtx-pro-6000-bse", "rtx-pro-6000-workstation"].map(GpuSpec::new);
    let builder = boards
        .into_iter()
        .fold(Simulator::builder(), SimulatorBuilder::gpu);
    let nvml = Nvml::start(builder);
    for (gpu, on) in [(0, 1), (1, 1), (2, 1), (3, 0)] {
        assert_eq!(ecc_mode(&nvml, gpu), (SUCCESS, [on; 2]), "GPU {gpu}");
        let device = nvml.gpu(gpu).cast();
        assert_eq!(
            get(&nvml, "nvmlDeviceGetDefaultEccMode", device),
            (SUCCESS, on)
        );
    }
    let null = core::ptr::null_mut();
    let code = call(
        &nvml,
        "nvmlDeviceGetEccMode",
        nvml.gpu(0).cast(),
        (0, 0, null),
    );
    assert_eq!(code, INVALID_ARGUMENT);
}

#[test]
fn ecc_errors_are_counted_where_memory_is_used() {
    let nvml = Nvml::with("a30");
    let instance = nvml.create(0).unwrap();
    nvml.create_compute(instance, 0).unwrap();
    assert_eq!(ecc_errors(&nvml, nvml.gpu(0).cast(), 1).0, NOT_SUPPORTED);
    assert_eq!(
        ecc_errors(&nvml, nvml.mig(0).unwrap().cast(), 1),
        (SUCCESS, 0)
    );
    assert_eq!(
        ecc_errors(&nvml, nvml.mig(0).unwrap().cast(), 2).0,
        INVALID_ARGUMENT
    );
    // 7 is SRAM, the last location of nvml.h.
    let device = nvml.mig(0).unwrap().cast();
    assert_eq!(memory_errors(&nvml, device, 7), (SUCCESS, 0));
    assert_eq!(memory_errors(&nvml, device, 8).0, INVALID_ARGUMENT);
    assert_eq!(memory_errors(&nvml, nvml.gpu(0).cast(), 7).0, NOT_SUPPORTED);
    let whole = Nvml::of(GpuSpec::new("a30").mig(false));
    assert_eq!(ecc_errors(&whole, whole.gpu(0).cast(), 0), (SUCCESS, 0));
}

#[test]
fn nothing_is_displayed_and_every_process_may_compute() {
    let nvml = Nvml::with("a30");
    let gpu = nvml.gpu(0).cast();
    for name in [
        "nvmlDeviceGetDisplayMode",
        "nvmlDeviceGetDisplayActive",
        "nvmlDeviceGetComputeMode",
    ] {
        assert_eq!(get(&nvml, name, gpu), (SUCCESS, 0), "{name}");
        assert_eq!(
            get(&nvml, name, core::ptr::null_mut()).0,
            INVALID_ARGUMENT,
            "{name}"
        );
    }
}

#[test]
fn persistence_stays_on() {
    let nvml = Nvml::with("a30");
    let null = core::ptr::null_mut();
    let set = |mode| {
        let rest = (mode, 0, null);
        call(
            &nvml,
            "nvmlDeviceSetPersistenceMode",
            nvml.gpu(0).cast(),
            rest,
        )
    };
    assert_eq!(set(1), SUCCESS);
    assert_eq!(set(0), NOT_SUPPORTED);
    assert_eq!(set(2), INVALID_ARGUMENT);
    nvml.simulator.set_caller(Caller::Unprivileged).unwrap();
    assert_eq!(set(1), NO_PERMISSION);
}

/// 0 is the same board and 40 the same NUMA node.
#[test]
fn gpus_are_on_one_numa_node() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let nvml = Nvml::start(builder.gpu(GpuSpec::new("t4")));
    for (other, expected) in [(0, 0), (1, 40)] {
        let mut level = 99_u32;
        let (second, place) = (nvml.gpu(other).addr(), (&raw mut level).addr());
        let null = core::ptr::null_mut();
        let name = "nvmlDeviceGetTopologyCommonAncestor";
        let code = call(&nvml, name, nvml.gpu(0).cast(), (second, place, null));
        assert_eq!((code, level), (SUCCESS, expected));
    }
}
