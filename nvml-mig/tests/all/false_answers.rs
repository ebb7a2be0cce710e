//! Answers about another instance than the one that was asked for (also: `.ci/liar`, with every kind of lie).

use core::ffi::c_uint;
use std::sync::OnceLock;

#[cfg(feature = "apply")]
use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::error::Cause;
use nvml_mig::instance::ComputeInstanceId;
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::sys::{
    Library, NvmlSymbols, nvmlComputeInstance_t, nvmlComputeInstanceInfo_t, nvmlDevice_t,
    nvmlGpuInstance_t, nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t, nvmlProcessInfo_t,
    nvmlReturn_t,
};
use nvml_mig::{Device, Error, Nvml};
#[cfg(feature = "apply")]
use nvml_mig::{Layout, MachineLock};
use nvml_mig_sim::Process;

use crate::support::machine::Machine;

/// Opens the library of a machine with one function in place of its own, which `$honest` still has.
macro_rules! instead {
    ($machine:ident, |$honest:ident| $function:ident($($argument:ident: $type:ty),*) $body:block) => {{
        static HONEST: OnceLock<NvmlSymbols> = OnceLock::new();
        unsafe extern "C" fn stand_in($($argument: $type),*) -> nvmlReturn_t {
            let $honest = HONEST.get().unwrap();
            $body
        }
        let honest = *HONEST.get_or_init(|| *$machine.nvml.library().symbols());
        let symbols = NvmlSymbols { $function: stand_in, ..honest };
        // SAFETY: the functions are the simulated library's, which stays open, and one that writes no more than it may.
        let library = unsafe { Library::from_symbols(symbols, "one function in place of its own") };
        Nvml::from_library(library).unwrap().device_by_index(0).unwrap()
    }};
}

/// Two GPU instances, the first with two compute instances.
fn machine() -> Machine {
    let machine = Machine::with("a30");
    let device = &machine.device;
    let profile = |name| device.gpu_instance_profile_by_name(name).unwrap().id;
    let first = device.create_gpu_instance(profile("2g.12gb")).unwrap();
    let inside = first.compute_instance_profile_by_name("1c.2g.12gb");
    let inside = inside.unwrap().id;
    for _ in 0..2 {
        let _stays = first.create_compute_instance(inside).unwrap();
    }
    let _stays = device.create_mig_device(profile("1g.6gb")).unwrap();
    machine
}

fn is_implausible<T>(answer: Result<T, Error>) -> bool {
    answer.is_err_and(|error| error.cause() == Some(Cause::ImplausibleAnswer))
}

#[test]
fn the_instance_of_another_id_is_not_the_one_asked_for() {
    let machine = machine();
    let first = machine.device.gpu_instances().unwrap()[0].id();
    let device = instead!(machine, |honest| nvmlDeviceGetGpuInstanceById(device: nvmlDevice_t, _id: c_uint, found: *mut nvmlGpuInstance_t) {
        // SAFETY: the arguments are the caller's, but for the id of the first instance.
        unsafe { (honest.nvmlDeviceGetGpuInstanceById)(device, 1, found) }
    });
    for instance in machine.device.gpu_instances().unwrap() {
        let found = device.gpu_instance_by_id(instance.id());
        assert_eq!(is_implausible(found), instance.id() != first);
    }
}

#[test]
fn the_compute_instance_of_another_id_is_not_the_one_asked_for() {
    let machine = machine();
    let device = instead!(machine, |honest| nvmlGpuInstanceGetComputeInstanceById(of: nvmlGpuInstance_t, _id: c_uint, found: *mut nvmlComputeInstance_t) {
        // SAFETY: the arguments are the caller's, but for the id.
        unsafe { (honest.nvmlGpuInstanceGetComputeInstanceById)(of, 0, found) }
    });
    let first = &device.gpu_instances().unwrap()[0];
    let by_id = |id| first.compute_instance_by_id(ComputeInstanceId::new(id));
    assert!(by_id(0).is_ok());
    assert!(is_implausible(by_id(1)));
}

#[test]
fn two_gpu_instances_have_different_ids_and_slices() {
    let machine = machine();
    let same_id = instead!(machine, |honest| nvmlGpuInstanceGetInfo(instance: nvmlGpuInstance_t, info: *mut nvmlGpuInstanceInfo_t) {
        // SAFETY: the arguments are the caller's.
        let code = unsafe { (honest.nvmlGpuInstanceGetInfo)(instance, info) };
        // SAFETY: the caller gives a structure.
        unsafe { (*info).id = 1 };
        code
    });
    let same_slices = instead!(machine, |honest| nvmlGpuInstanceGetInfo(instance: nvmlGpuInstance_t, info: *mut nvmlGpuInstanceInfo_t) {
        // SAFETY: the arguments are the caller's.
        let code = unsafe { (honest.nvmlGpuInstanceGetInfo)(instance, info) };
        // SAFETY: the caller gives a structure.
        unsafe { (*info).placement = nvmlGpuInstancePlacement_t { start: 0, size: 1 } };
        code
    });
    for device in [same_id, same_slices] {
        assert!(is_implausible(device.gpu_instances()));
        assert!(is_implausible(PresentGpuInstance::read_all(&device)));
    }
}

#[test]
fn two_compute_instances_have_different_ids() {
    let machine = machine();
    let device = instead!(machine, |honest| nvmlComputeInstanceGetInfo_v2(instance: nvmlComputeInstance_t, info: *mut nvmlComputeInstanceInfo_t) {
        // SAFETY: the arguments are the caller's.
        let code = unsafe { (honest.nvmlComputeInstanceGetInfo_v2)(instance, info) };
        // SAFETY: the caller gives a structure.
        unsafe { (*info).id = 0 };
        code
    });
    let [first, second] = device.gpu_instances().unwrap().try_into().unwrap();
    assert!(is_implausible(first.compute_instances()));
    assert_eq!(second.compute_instances().unwrap().len(), 1);
}

#[test]
fn a_new_gpu_instance_has_the_profile_that_was_asked_for() {
    let machine = machine();
    let device = instead!(machine, |honest| nvmlDeviceCreateGpuInstance(device: nvmlDevice_t, _profile: c_uint, made: *mut nvmlGpuInstance_t) {
        // SAFETY: the arguments are the caller's, but for the id of the first instance.
        unsafe { (honest.nvmlDeviceGetGpuInstanceById)(device, 1, made) }
    });
    let profile = device.gpu_instance_profile_by_name("1g.6gb").unwrap().id;
    assert!(is_implausible(device.create_gpu_instance(profile)));
    // It is not taken for a new one, which would be destroyed since it is another than expected.
    assert_eq!(machine.device.gpu_instances().unwrap().len(), 2);
}

/// It may be on any.
#[test]
fn a_process_on_an_instance_that_is_not_listed_keeps_all_busy() {
    let machine = machine();
    let process = Process::new(0, 4242).gpu_instance(1).compute_instance(0);
    machine.simulator.busy(process).unwrap();
    let device = instead!(machine, |honest| nvmlDeviceGetComputeRunningProcesses_v3(device: nvmlDevice_t, count: *mut c_uint, records: *mut nvmlProcessInfo_t) {
        // SAFETY: the arguments are the caller's.
        let code = unsafe { (honest.nvmlDeviceGetComputeRunningProcesses_v3)(device, count, records) };
        if code == nvmlReturn_t::NVML_SUCCESS {
            // SAFETY: there is one process, for which the caller has room.
            unsafe { (*records).gpuInstanceId = 13 };
        }
        code
    });
    let busy = |device: &Device| {
        let present = PresentGpuInstance::read_all(device).unwrap();
        present.iter().map(|it| it.busy).collect::<Vec<_>>()
    };
    assert_eq!(busy(&machine.device), [true, false]);
    assert_eq!(busy(&device), [true, true]);
}

/// Otherwise its steps would be taken on the other, which a rollback would destroy.
#[cfg(feature = "apply")]
#[test]
fn a_new_gpu_instance_does_not_have_the_id_of_another() {
    let machine = Machine::with("a30");
    let empty = machine.create(14).unwrap();
    let device = instead!(machine, |honest| nvmlGpuInstanceGetInfo(instance: nvmlGpuInstance_t, info: *mut nvmlGpuInstanceInfo_t) {
        // SAFETY: the arguments are the caller's.
        let code = unsafe { (honest.nvmlGpuInstanceGetInfo)(instance, info) };
        // SAFETY: the caller gives a structure.
        unsafe { (*info).id = 1 };
        code
    });
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let layout = "1g.6gb".parse::<Layout>().unwrap();
    let refused = lock.change(&device, GpuTarget::Add(layout), GpuPlanOptions::new());
    let error = refused.unwrap_err();
    let cause = error.failure.error().and_then(Error::cause);
    assert_eq!(cause, Some(Cause::ImplausibleAnswer), "{error}");
    let left = machine.device.gpu_instance_by_id(empty.id()).unwrap();
    assert_eq!(left.placement(), empty.placement());
    assert!(left.compute_instances().unwrap().is_empty());
}
