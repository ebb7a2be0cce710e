//! NVML's handles and functions beside the safe ones.

use crate::support::machine::Machine;
use nvml_mig::device::VisibleDevices;
use nvml_mig::error::Cause;
use nvml_mig::sys::{Library, NvmlSymbols, nvmlReturn_t};
use nvml_mig::{AnyDevice, ComputeInstance, Device, GpuInstance, MigDevice, Nvml, ReturnCode};

/// Handles of one client are those of another one of the same library.
#[test]
fn a_gpu_gives_its_library() {
    let machine = Machine::with("a30");
    let nvml = machine.device.nvml();
    assert_eq!(nvml.device_by_index(0).unwrap(), machine.device);
    assert_eq!(nvml.library().name(), machine.nvml.library().name());
}

#[test]
fn handles_go_out_and_come_in() {
    let machine = Machine::with("a30");
    let other = Nvml::init_from(machine.simulator.library_path()).unwrap();
    let made = machine.create(0).unwrap();
    let profile = made.compute_instance_profile_by_name("4g.24gb").unwrap().id;
    let inside = made.create_compute_instance(profile).unwrap();
    let mig_device = inside.mig_device().unwrap();

    // SAFETY: the handle is of a GPU, and both clients have the same library open.
    let device = unsafe { Device::from_raw(&other, machine.device.as_raw()) };
    assert_eq!(device.uuid().unwrap(), machine.device.uuid().unwrap());
    // SAFETY: the handle is of a MIG device, and both clients have the same library open.
    let from_raw = unsafe { MigDevice::from_raw(&other, mig_device.as_raw()) };
    assert_eq!(from_raw.uuid().unwrap(), mig_device.uuid().unwrap());
    assert!(matches!(
        other.any_device_by_uuid(&mig_device.uuid().unwrap()).unwrap(),
        AnyDevice::Mig(found) if found == from_raw
    ));
    // SAFETY: the handle is of a GPU instance of this GPU.
    let gpu_instance = unsafe { GpuInstance::from_raw(&device, made.as_raw()) }.unwrap();
    assert_eq!(
        (gpu_instance.id(), gpu_instance.placement()),
        (made.id(), made.placement())
    );
    // SAFETY: the handle is of a compute instance in this GPU instance.
    let found = unsafe { ComputeInstance::from_raw(&gpu_instance, inside.as_raw()) };
    assert_eq!(found.unwrap().id(), inside.id());

    // An instance that is gone is an error and not a handle to nothing.
    let raw = inside.as_raw();
    inside.destroy().unwrap();
    // SAFETY: the simulator checks every handle, as NVML does with those of instances.
    let gone = unsafe { ComputeInstance::from_raw(&gpu_instance, raw) };
    assert_eq!(gone.unwrap_err().code(), Some(ReturnCode::InvalidArgument));
}

/// As README shows it.
#[test]
fn nvml_wrapper_in_the_same_process() {
    let machine = Machine::with("a30");
    let wrapper = nvml_wrapper::Nvml::builder()
        .lib_path(machine.simulator.library_path().as_os_str())
        .init()
        .unwrap();
    let theirs = wrapper.device_by_index(0).unwrap();
    // SAFETY: nothing is freed through the handle.
    let raw = unsafe { theirs.handle() };
    // SAFETY: the handle is of a GPU, and both crates have the simulated library open.
    let ours = unsafe { Device::from_raw(&machine.nvml, raw.cast()) };
    assert_eq!(ours.uuid().unwrap(), theirs.uuid().unwrap());
    drop(wrapper);
    // NVML counts its users: one that leaves takes nothing from the other.
    assert_eq!(
        ours.mig_mode().unwrap().current(),
        nvml_mig::MigMode::Enabled
    );
}

unsafe extern "C" fn two_devices(count: *mut core::ffi::c_uint) -> nvmlReturn_t {
    // SAFETY: NVML's caller gives a place for the number.
    unsafe { *count = 2 };
    nvmlReturn_t::NVML_SUCCESS
}

/// A table with a function of the program's own in it, and the others from a library that stays open.
#[test]
fn functions_of_ones_own() {
    let machine = Machine::with("a30");
    let symbols = NvmlSymbols {
        nvmlDeviceGetCount_v2: two_devices,
        ..*machine.nvml.library().symbols()
    };
    // SAFETY: the functions are the simulated library's, which stays open, and one that does the same.
    let library = unsafe { Library::from_symbols(symbols, "two devices") };
    assert!(library.missing_functions().is_empty());
    let nvml = Nvml::from_library(library).unwrap();
    assert_eq!(nvml.device_count().unwrap(), 2);
    let first = nvml.device_by_index(0).unwrap();
    assert_eq!(first.uuid().unwrap(), machine.device.uuid().unwrap());
    assert!(nvml.device_by_index(1).is_err());
}

unsafe extern "C" fn absurdly_many_devices(count: *mut core::ffi::c_uint) -> nvmlReturn_t {
    // SAFETY: NVML's caller gives a place for the number.
    unsafe { *count = core::ffi::c_uint::MAX };
    nvmlReturn_t::NVML_SUCCESS
}

/// No machine has as many GPUs, so nothing is asked of each.
#[test]
fn an_absurd_number_of_gpus_is_an_error() {
    let machine = Machine::with("a30");
    let symbols = NvmlSymbols {
        nvmlDeviceGetCount_v2: absurdly_many_devices,
        ..*machine.nvml.library().symbols()
    };
    // SAFETY: the functions are the simulated library's, which stays open, and one that only writes a number.
    let library = unsafe { Library::from_symbols(symbols, "many devices") };
    let nvml = Nvml::from_library(library).unwrap();
    let start = &machine.device.uuid().unwrap()[..12];
    let errors = [
        nvml.device_count().unwrap_err(),
        nvml.devices().unwrap_err(),
        nvml.find_device(&start.parse().unwrap()).unwrap_err(),
        nvml.visible_devices(&VisibleDevices::from_cuda(None))
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.cause(), Some(Cause::ImplausibleAnswer), "{error}");
    }
    // A GPU that is named is found.
    assert!(nvml.device_by_index(0).is_ok());
}

#[test]
fn a_table_without_init_is_refused() {
    // SAFETY: no function of this table does anything.
    let library = unsafe { Library::from_symbols(NvmlSymbols::LACKING, "nothing") };
    let error = Nvml::from_library(library).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::FunctionNotFound));
    assert_eq!(error.function(), Some("nvmlInit_v2"));
}
