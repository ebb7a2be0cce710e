//! Process lists for nvidia-smi, in its own record.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{nvmlDevice_t, nvmlReturn_t};

use crate::machine::{Answer, Machine, Process, ProcessKind};
use crate::shims::call;
use crate::shims::pointers::{Out, number, text_field};
use crate::shims::processes::{on, process_info, write_processes};

/// A process in the layout that nvidia-smi reads: unlike in nvml.h, it includes the name.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct ProcessDetail {
    pid: c_uint,
    /// C's padding. It is a field, so that it is written as zero and not left to chance.
    padding: c_uint,
    used_gpu_memory: u64,
    gpu_instance_id: c_uint,
    compute_instance_id: c_uint,
    used_protected_memory: u64,
    name: [c_char; 4096],
}

impl From<&Process> for ProcessDetail {
    fn from(process: &Process) -> Self {
        let info = process_info(process);
        Self {
            pid: info.pid,
            padding: 0,
            used_gpu_memory: info.usedGpuMemory,
            gpu_instance_id: info.gpuInstanceId,
            compute_instance_id: info.computeInstanceId,
            used_protected_memory: 0,
            name: text_field(&process.name),
        }
    }
}

/// nvidia-smi shows an MPS process, as `M+C`, only if the compute list contains it too.
const COMPUTE: &[ProcessKind] = &[ProcessKind::Compute, ProcessKind::MpsCompute];
const MPS: &[ProcessKind] = &[ProcessKind::MpsCompute];
const GRAPHICS: &[ProcessKind] = &[ProcessKind::Graphics];

/// A function of the table. The log and injected faults know it by the name of the public function.
macro_rules! details {
    ($($function:ident, $public:ident, $kinds:ident;)*) => {
        $(
            /// Processes on a device, with their names.
            pub(super) unsafe extern "C" fn $function(
                device: nvmlDevice_t,
                info_count: Out<c_uint>,
                infos: Out<ProcessDetail>,
            ) -> nvmlReturn_t {
                call!(answer, $public(device, info_count), |machine| {
                    list(machine, device, $kinds, (info_count, infos))
                })
            }
        )*
    };
}

details! {
    compute_processes, nvmlDeviceGetComputeRunningProcesses_v3, COMPUTE;
    mps_processes, nvmlDeviceGetMPSComputeRunningProcesses_v3, MPS;
    graphics_processes, nvmlDeviceGetGraphicsRunningProcesses_v3, GRAPHICS;
}

fn list(
    machine: &Machine,
    device: nvmlDevice_t,
    kinds: &[ProcessKind],
    (count, infos): (Out<c_uint>, Out<ProcessDetail>),
) -> Answer {
    let found = machine.device(number(device))?;
    let processes = kinds.iter().flat_map(|kind| on(&found, *kind));
    let details: Vec<_> = processes.map(ProcessDetail::from).collect();
    write_processes(&details, count, infos)
}
