//! Processes on GPUs and MIG devices: three lists, each read by functions of three generations.

use core::ffi::c_uint;

use nvml_mig_sys::{nvmlDevice_t, nvmlProcessInfo_t, nvmlReturn_t};

use super::call;
use super::devices::to_u32;
use super::padded::ProcessInfo;
use super::pointers::{Out, number};
use crate::machine::{Answer, Device, Machine, Process, ProcessKind, ProcessRecord, Refusal};

/// NVML's value for a process without an instance.
const NO_INSTANCE: u32 = u32::MAX;

/// The structure of the unversioned functions: without instance IDs.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct ProcessInfoV1 {
    pid: c_uint,
    /// C's padding, which would have no value otherwise.
    padding: c_uint,
    used_gpu_memory: u64,
}

impl From<&Process> for ProcessInfoV1 {
    fn from(process: &Process) -> Self {
        Self {
            pid: process.pid,
            padding: 0,
            used_gpu_memory: process.memory_bytes(),
        }
    }
}

/// The structure of the first 535 drivers.
#[derive(Clone, Copy)]
#[repr(C)]
struct ProtectedProcessInfo {
    info: ProcessInfo,
    used_protected_memory: u64,
}

impl From<&Process> for ProtectedProcessInfo {
    fn from(process: &Process) -> Self {
        Self {
            info: process_info(process).into(),
            used_protected_memory: 0,
        }
    }
}

pub(super) fn process_info(process: &Process) -> nvmlProcessInfo_t {
    nvmlProcessInfo_t {
        pid: process.pid,
        usedGpuMemory: process.memory_bytes(),
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

/// The processes of one list of a device.
pub(super) fn on<'a>(device: &Device<'a>, kind: ProcessKind) -> impl Iterator<Item = &'a Process> {
    let ids = device.mig(Refusal::NotSupported).ok();
    let ids = ids.map(|mig| (Some(mig.gpu_instance.id), Some(mig.compute_instance.id)));
    let all = device.gpu().processes.iter();
    let of_kind = all.filter(move |process| process.kind == kind);
    of_kind.filter(move |p| ids.is_none_or(|ids| ids == (p.gpu_instance, p.compute_instance)))
}

/// Lists processes in records without ids.
fn list_without_ids(
    machine: &Machine,
    device: nvmlDevice_t,
    kind: ProcessKind,
    (count, infos): (Out<c_uint>, Out<ProcessInfoV1>),
) -> Answer {
    let found = machine.device(number(device))?;
    let processes: Vec<_> = on(&found, kind).map(ProcessInfoV1::from).collect();
    write_processes(&processes, count, infos)
}

/// Lists processes in records with ids.
fn list_with_ids(
    machine: &Machine,
    device: nvmlDevice_t,
    kind: ProcessKind,
    (count, infos): (Out<c_uint>, Out<nvmlProcessInfo_t>),
) -> Answer {
    if machine.second_process_lists_differ() {
        return list_newest(machine, device, kind, (count, infos));
    }
    let found = machine.device(number(device))?;
    let processes = on(&found, kind).map(process_info);
    let processes: Vec<_> = processes.map(ProcessInfo::from).collect();
    write_processes(&processes, count, infos.cast())
}

/// Lists processes in the record format of this driver's newest function, which may differ from nvml.h.
fn list_newest(
    machine: &Machine,
    device: nvmlDevice_t,
    kind: ProcessKind,
    (count, infos): (Out<c_uint>, Out<nvmlProcessInfo_t>),
) -> Answer {
    match machine.process_record() {
        ProcessRecord::WithoutIds => list_without_ids(machine, device, kind, (count, infos.cast())),
        ProcessRecord::WithIds => list_with_ids(machine, device, kind, (count, infos)),
        ProcessRecord::WithProtectedMemory => {
            let found = machine.device(number(device))?;
            let processes: Vec<_> = on(&found, kind).map(ProtectedProcessInfo::from).collect();
            write_processes(&processes, count, infos.cast())
        }
    }
}

/// Exports a function that lists processes of a kind in the record format of its generation.
macro_rules! process_list {
    ($($function:ident, $list:ident, $record:ty, $kind:ident;)*) => {
        $(
            /// Processes of a kind on a device.
            #[unsafe(no_mangle)]
            pub(super) unsafe extern "C" fn $function(
                device: nvmlDevice_t,
                info_count: Out<c_uint>,
                infos: Out<$record>,
            ) -> nvmlReturn_t {
                call!(answer, $function(device, info_count), |machine| {
                    $list(machine, device, ProcessKind::$kind, (info_count, infos))
                })
            }
        )*
    };
}

process_list! {
    nvmlDeviceGetComputeRunningProcesses, list_without_ids, ProcessInfoV1, Compute;
    nvmlDeviceGetComputeRunningProcesses_v2, list_with_ids, nvmlProcessInfo_t, Compute;
    nvmlDeviceGetComputeRunningProcesses_v3, list_newest, nvmlProcessInfo_t, Compute;
    nvmlDeviceGetGraphicsRunningProcesses, list_without_ids, ProcessInfoV1, Graphics;
    nvmlDeviceGetGraphicsRunningProcesses_v2, list_with_ids, nvmlProcessInfo_t, Graphics;
    nvmlDeviceGetGraphicsRunningProcesses_v3, list_newest, nvmlProcessInfo_t, Graphics;
    nvmlDeviceGetMPSComputeRunningProcesses, list_without_ids, ProcessInfoV1, MpsCompute;
    nvmlDeviceGetMPSComputeRunningProcesses_v2, list_with_ids, nvmlProcessInfo_t, MpsCompute;
    nvmlDeviceGetMPSComputeRunningProcesses_v3, list_newest, nvmlProcessInfo_t, MpsCompute;
}
