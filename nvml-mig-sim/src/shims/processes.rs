//! Processes on GPUs and MIG devices. All simulated processes are compute processes; none uses graphics or MPS.

use core::ffi::c_uint;

use nvml_mig_sys::{nvmlDevice_t, nvmlProcessInfo_t, nvmlReturn_t};

use super::devices::to_u32;
use super::pointers::{Out, number};
use super::{also_named, call};
use crate::machine::{Answer, Device, Process, Refusal};

/// NVML's value for a process without an instance.
const NO_INSTANCE: u32 = u32::MAX;

/// The structure of the unversioned functions: without instance IDs.
#[derive(Clone, Copy)]
#[repr(C)]
struct ProcessInfoV1 {
    pid: c_uint,
    used_gpu_memory: u64,
}

impl From<&Process> for ProcessInfoV1 {
    fn from(process: &Process) -> Self {
        Self {
            pid: process.pid,
            used_gpu_memory: process.memory_mib << 20,
        }
    }
}

pub(super) fn process_info(process: &Process) -> nvmlProcessInfo_t {
    nvmlProcessInfo_t {
        pid: process.pid,
        usedGpuMemory: process.memory_mib << 20,
        gpuInstanceId: process.gpu_instance.unwrap_or(NO_INSTANCE),
        computeInstanceId: process.compute_instance.unwrap_or(NO_INSTANCE),
    }
}

/// Writes the processes if they fit. The count is the capacity on entry and the number of processes on return; too
/// little capacity is an error.
pub(super) fn write_processes<T: Copy>(
    processes: &[T],
    count: Out<c_uint>,
    infos: Out<T>,
) -> Answer {
    let room = count.read()? as usize;
    if room > 0 {
        infos.require()?;
    }
    count.write(to_u32(processes.len())?)?;
    if processes.len() > room {
        return Err(Refusal::InsufficientSize);
    }
    let mut processes = processes.iter().enumerate();
    processes.try_for_each(|(index, &process)| infos.write_at(index, process))
}

pub(super) fn on<'a>(device: &Device<'a>) -> impl Iterator<Item = &'a Process> {
    let ids = device.mig(Refusal::NotSupported).ok();
    let ids = ids.map(|mig| (Some(mig.gpu_instance.id), Some(mig.compute_instance.id)));
    let all = device.gpu().processes.iter();
    all.filter(move |p| ids.is_none_or(|ids| ids == (p.gpu_instance, p.compute_instance)))
}

/// Returns the compute processes of a device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    device: nvmlDevice_t,
    info_count: Out<c_uint>,
    infos: Out<nvmlProcessInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetComputeRunningProcesses_v3(device, info_count),
        |machine| {
            let found = machine.device(number(device))?;
            let processes: Vec<_> = on(&found).map(process_info).collect();
            write_processes(&processes, info_count, infos)
        }
    )
}

also_named!(
    nvmlDeviceGetComputeRunningProcesses_v2,
    nvmlDeviceGetComputeRunningProcesses_v3(
        device: nvmlDevice_t,
        info_count: Out<c_uint>,
        infos: Out<nvmlProcessInfo_t>,
    )
);

/// Returns the compute processes of a device in the older structure.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses(
    device: nvmlDevice_t,
    info_count: Out<c_uint>,
    infos: Out<ProcessInfoV1>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetComputeRunningProcesses(device, info_count),
        |machine| {
            let found = machine.device(number(device))?;
            let processes: Vec<_> = on(&found).map(ProcessInfoV1::from).collect();
            write_processes(&processes, info_count, infos)
        }
    )
}

/// Returns no processes: there are none of other kinds.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn nvmlDeviceGetGraphicsRunningProcesses_v3(
    device: nvmlDevice_t,
    info_count: Out<c_uint>,
    infos: Out<nvmlProcessInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetGraphicsRunningProcesses_v3(device, info_count),
        |machine| {
            machine.device(number(device))?;
            write_processes(&[], info_count, infos)
        }
    )
}

macro_rules! no_processes {
    ($($name:ident),*) => {
        $(also_named!(
            $name,
            nvmlDeviceGetGraphicsRunningProcesses_v3(
                device: nvmlDevice_t,
                info_count: Out<c_uint>,
                infos: Out<nvmlProcessInfo_t>,
            )
        );)*
    };
}

no_processes!(
    nvmlDeviceGetGraphicsRunningProcesses,
    nvmlDeviceGetGraphicsRunningProcesses_v2,
    nvmlDeviceGetMPSComputeRunningProcesses,
    nvmlDeviceGetMPSComputeRunningProcesses_v2,
    nvmlDeviceGetMPSComputeRunningProcesses_v3
);
