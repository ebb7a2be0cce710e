//! Versions, process names, and other parts of the machine.

use core::ffi::{c_char, c_int, c_uint};

use nvml_mig_sys::nvmlReturn_t;

use super::pointers::{Out, write_text};
use super::{also_named, call};
use crate::machine::{Answer, Machine, Process, ProcessKind, Refusal};

/// Returns the version of the simulated driver.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetDriverVersion(
    version: Out<c_char>,
    length: c_uint,
) -> nvmlReturn_t {
    call!(answer, nvmlSystemGetDriverVersion(length), |machine| {
        write_text(version, length, machine.driver.text())
    })
}

/// Returns the version of the NVML library of this driver.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetNVMLVersion(
    version: Out<c_char>,
    length: c_uint,
) -> nvmlReturn_t {
    call!(
        answer_any_time,
        nvmlSystemGetNVMLVersion(length),
        |started, machine| {
            if !started && !machine.driver.gives_nvml_version_before_start() {
                return Err(Refusal::Uninitialized);
            }
            write_text(version, length, &machine.driver.nvml_version())
        }
    )
}

/// Returns the newest CUDA version that this driver supports.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetCudaDriverVersion_v2(version: Out<c_int>) -> nvmlReturn_t {
    call!(
        answer,
        nvmlSystemGetCudaDriverVersion_v2(version),
        |machine| {
            let (major, minor) = machine.driver.cuda_version();
            version.write((1000 * major + 10 * minor).cast_signed())
        }
    )
}

also_named!(
    nvmlSystemGetCudaDriverVersion,
    nvmlSystemGetCudaDriverVersion_v2(version: Out<c_int>)
);

/// Returns the name of a simulated process.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetProcessName(
    pid: c_uint,
    name: Out<c_char>,
    length: c_uint,
) -> nvmlReturn_t {
    call!(answer, nvmlSystemGetProcessName(pid, length), |machine| {
        name.require()?;
        let found = process_name(machine, pid).ok_or(Refusal::NotFound)?;
        write_text(name, length, found)
    })
}

/// Returns 0: there are no S-class units.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlUnitGetCount(unit_count: Out<c_uint>) -> nvmlReturn_t {
    call!(answer, nvmlUnitGetCount(unit_count), |_| unit_count
        .write(0))
}

/// Returns 0: no GPU is excluded.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGetExcludedDeviceCount(device_count: Out<c_uint>) -> nvmlReturn_t {
    call!(answer, nvmlGetExcludedDeviceCount(device_count), |_| {
        device_count.write(0)
    })
}

also_named!(
    nvmlGetBlacklistDeviceCount,
    nvmlGetExcludedDeviceCount(device_count: Out<c_uint>)
);

/// Refuses every index: there are no units.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlUnitGetHandleByIndex(index: c_uint, unit: Out<u64>) -> nvmlReturn_t {
    call!(answer, nvmlUnitGetHandleByIndex(index, unit), no_such_index)
}

/// Refuses every index: no GPU is excluded.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGetExcludedDeviceInfoByIndex(
    index: c_uint,
    info: Out<u64>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGetExcludedDeviceInfoByIndex(index, info),
        no_such_index
    )
}

also_named!(
    nvmlGetBlacklistDeviceInfoByIndex,
    nvmlGetExcludedDeviceInfoByIndex(index: c_uint, info: Out<u64>)
);

fn no_such_index(_: &Machine) -> Answer {
    Err(Refusal::InvalidArgument)
}

fn process_name(machine: &Machine, pid: u32) -> Option<&str> {
    let mut processes = machine.gpus().iter().flat_map(|gpu| &gpu.processes);
    let is_listed = |process: &&Process| process.kind != ProcessKind::Unlisted;
    let process = processes.find(|process| process.pid == pid && is_listed(process))?;
    Some(&process.name)
}
