//! The processes on a GPU or MIG device.

use super::Device;
use super::process_info::{ProcessInfo, ProcessKind};
use super::process_records::{self, Record};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, or_older};
use crate::error::ReturnCode;

/// Buffer size for the path of a program; NVML truncates longer paths.
const NAME_SIZE: usize = 4096;

impl Device {
    /// The processes of all three lists. Every driver with MIG has the first; the others may be missing.
    pub(crate) fn processes_or_failure(&self) -> Result<Vec<ProcessInfo>, Failure> {
        let mut processes = Vec::new();
        for kind in ProcessKind::ALL {
            let records = match self.records(kind) {
                Err(failure) if kind != ProcessKind::Compute && has_no_list(failure) => continue,
                records => records?,
            };
            let process = |record| self.process(kind, record);
            processes.extend(records.iter().map(process));
        }
        Ok(processes)
    }

    /// One list, by the newest function that the driver has. The oldest ones do not tell the instances.
    fn records(&self, kind: ProcessKind) -> Result<Vec<Record>, Failure> {
        let library = self.driver().library();
        let device = self.handle();
        macro_rules! process_list {
            ($function:ident) => {
                process_records::read(stringify!($function), |records, count| {
                    call!(library.$function(device, count, records))
                })
            };
            ($newest:ident, $newer:ident, $oldest:ident) => {
                or_older(
                    or_older(process_list!($newest), || process_list!($newer)),
                    || process_list!($oldest),
                )
            };
        }
        match kind {
            ProcessKind::Compute => process_list!(
                nvmlDeviceGetComputeRunningProcesses_v3,
                nvmlDeviceGetComputeRunningProcesses_v2,
                nvmlDeviceGetComputeRunningProcesses
            ),
            ProcessKind::MpsCompute => process_list!(
                nvmlDeviceGetMPSComputeRunningProcesses_v3,
                nvmlDeviceGetMPSComputeRunningProcesses_v2,
                nvmlDeviceGetMPSComputeRunningProcesses
            ),
            ProcessKind::Graphics => process_list!(
                nvmlDeviceGetGraphicsRunningProcesses_v3,
                nvmlDeviceGetGraphicsRunningProcesses_v2,
                nvmlDeviceGetGraphicsRunningProcesses
            ),
        }
    }

    fn process(&self, kind: ProcessKind, record: &Record) -> ProcessInfo {
        ProcessInfo::from_record(kind, record, self.process_name(record.pid))
    }

    /// Returns the name of a process, or `None` if NVML reports none: the process may have ended since it was listed.
    fn process_name(&self, pid: u32) -> Option<String> {
        let library = self.driver().library();
        let name = buffer::text::<NAME_SIZE>(|text, length| {
            call!(library.nvmlSystemGetProcessName(pid, text, length))
        });
        name.ok().filter(|name| !name.is_empty())
    }
}

/// Whether a driver has no list of this kind: it is too old, or the GPU can't do it.
fn has_no_list(failure: Failure) -> bool {
    failure.is_missing() || failure.is(ReturnCode::NotSupported)
}
