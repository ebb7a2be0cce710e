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

/// A line for each GPU with its load, or with the memory of its MIG devices: NVML has no load of a GPU in MIG mode.
fn report(nvml: &Nvml, wrapper: &nvml_wrapper::Nvml) -> Result<Vec<String>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for index in 0..wrapper.device_count()? {
        let gpu = wrapper.device_by_index(index)?;
        match gpu.utilization_rates() {
            Ok(load) => lines.push(format!("{}: {} %", gpu.name()?, load.gpu)),
            Err(NvmlError::NotSupported) => lines.extend(mig_devices(nvml, wrapper, &gpu)?),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(lines)
}

fn mig_devices(
    nvml: &Nvml,
    wrapper: &nvml_wrapper::Nvml,
    gpu: &nvml_wrapper::Device<'_>,
) -> Result<Vec<String>, Box<dyn Error>> {
    // SAFETY: the handle is only passed on.
    let handle = unsafe { gpu.handle() };
    // SAFETY: it is the handle of a GPU, from the library that `nvml` has open.
    let gpu = unsafe { Device::from_raw(nvml, handle.cast()) };
    let mut lines = Vec::new();
    for mig_device in gpu.mig_devices()? {
        // SAFETY: it is the handle of a MIG device, from the library that `wrapper` has open.
        let same = unsafe { nvml_wrapper::Device::new(mig_device.as_raw().cast(), wrapper) };
        let count = mig_device.attributes()?.multiprocessor_count;
        lines.push(format!(
            "{}: {count} SMs, {} bytes",
            same.name()?,
            same.memory_info()?.total
        ));
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
