//! Process lists for nvidia-smi, in its own record.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{nvmlDevice_t, nvmlReturn_t};

use crate::machine::{Answer, Machine, Process, ProcessKind};
use crate::shims::call;
use crate::shims::padded::ProcessInfo;
use crate::shims::pointers::{Out, number, text_field};
use crate::shims::processes::{on, process_info, write_processes};

/// A process in the layout that nvidia-smi reads: unlike in nvml.h, it includes the name. From driver 535 on it also has
/// the protected memory, one number.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct ProcessDetail<const PROTECTED: usize> {
    info: ProcessInfo,
    used_protected_memory: [u64; PROTECTED],
    name: [c_char; 4096],
}

impl<const PROTECTED: usize> From<&Process> for ProcessDetail<PROTECTED> {
    fn from(process: &Process) -> Self {
        Self {
            info: process_info(process).into(),
            used_protected_memory: [0; PROTECTED],
            name: text_field(&process.name),
        }
    }
}

/// nvidia-smi 525.147.05 reads records without protected memory, 535.261.03 with it.
const PROTECTED_SINCE: u32 = 535;

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
                infos: Out<ProcessDetail<1>>,
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
    (count, infos): (Out<c_uint>, Out<ProcessDetail<1>>),
) -> Answer {
    let found = machine.device(number(device))?;
    let processes = kinds.iter().flat_map(|kind| on(&found, *kind));
    if machine.driver.number() < PROTECTED_SINCE {
        return write::<0>(processes, count, infos.cast());
    }
    write::<1>(processes, count, infos)
}

fn write<'a, const PROTECTED: usize>(
    processes: impl Iterator<Item = &'a Process>,
    count: Out<c_uint>,
    infos: Out<ProcessDetail<PROTECTED>>,
) -> Answer {
    let details: Vec<_> = processes.map(ProcessDetail::from).collect();
    write_processes(&details, count, infos)
}
