//! A monitor that reads load with nvml-wrapper and partitions with this crate: both use the same handles.

use std::error::Error;
use std::ffi::OsStr;

use super::create;
use nvml_mig::{Device, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};
use nvml_wrapper::error::NvmlError;

/// Opens the library again that `nvml` has open.
fn wrapper(nvml: &Nvml) -> Result<nvml_wrapper::Nvml, NvmlError> {
    let library = OsStr::new(nvml.library().name());
    nvml_wrapper::Nvml::builder().lib_path(library).init()
}

/// A line for each GPU with its load. NVML has no load of a GPU in MIG mode, which gets a line for each MIG device.
fn report(nvml: &Nvml, wrapper: &nvml_wrapper::Nvml) -> Result<Vec<String>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for index in 0..wrapper.device_count()? {
        let theirs = wrapper.device_by_index(index)?;
        // SAFETY: the handle is only passed on.
        let handle = unsafe { theirs.handle() };
        // SAFETY: it is the handle of a GPU, from the library that `nvml` has open.
        let ours = unsafe { Device::from_raw(nvml, handle.cast()) };
        match theirs.utilization_rates() {
            Ok(load) => lines.push(format!("{}: {} %", theirs.name()?, load.gpu)),
            Err(NvmlError::NotSupported) => {
                for mig_device in ours.mig_devices()? {
                    let handle = mig_device.as_raw().cast();
                    // SAFETY: it is the handle of a MIG device, from the library that `wrapper` has open.
                    let theirs = unsafe { nvml_wrapper::Device::new(handle, wrapper) };
                    let (name, memory) = (theirs.name()?, theirs.memory_info()?.total);
                    let count = mig_device.attributes()?.multiprocessor_count;
                    lines.push(format!("{name}: {count} SMs, {memory} bytes"));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(lines)
}

/// A `2g.12gb` of an A30 has 28 SMs and 11968 MiB.
#[test]
fn both_crates_report_on_the_same_gpus() {
    let builder = Simulator::builder().gpu(GpuSpec::new("t4"));
    let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    create(&nvml.device_by_index(1).unwrap(), "2g.12gb");
    let wrapper = wrapper(&nvml).unwrap();
    let lines = report(&nvml, &wrapper).unwrap();
    assert_eq!(
        lines,
        [
            "Tesla T4: 0 %",
            "NVIDIA A30 MIG 2g.12gb: 28 SMs, 12549357568 bytes"
        ]
    );
    // NVML counts its users: one that leaves takes nothing from the other.
    drop(wrapper);
    assert_eq!(nvml.device_count().unwrap(), 2);
}
