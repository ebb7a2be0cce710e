//! Controls a loaded simulated library beyond what NVML offers: JSON requests and replies, passed through one
//! additional exported C function, `nvmlMigSimControl`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calls::{self, Call};
use crate::machine::{
    Answer, Caller, DriverVersion, Event, GpmMetric, Machine, MachineSpec, Process, ProcessFilter,
    Refusal, Vgpu, VgpuPlacements, VgpuRun,
};
use crate::session::{self, Session};

/// A request to the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Sets up the machine. Refused if there already is one.
    SetUp {
        /// The state file. If it already contains a machine, that machine is used unchanged.
        state_file: Option<PathBuf>,
        /// Description of the machine.
        machine: MachineSpec,
    },
    /// Starts a simulated process.
    StartProcess(Process),
    /// Ends simulated processes.
    EndProcesses(ProcessFilter),
    /// Starts a vGPU.
    StartVgpu(Vgpu),
    /// Stops the vGPU with an ID.
    StopVgpu(u32),
    /// Sets the creatable placements of a vGPU type.
    SetVgpuPlacements {
        /// Index of the GPU.
        gpu: u32,
        /// ID of the GPU instance.
        gpu_instance: u32,
        /// The placements.
        placements: VgpuPlacements,
    },
    /// Adds a run to the log of a vGPU scheduler.
    LogVgpuRun {
        /// Index of the GPU.
        gpu: u32,
        /// ID of the GPU instance.
        gpu_instance: u32,
        /// Number of the engine.
        engine: u32,
        /// The run.
        run: VgpuRun,
    },
    /// Resets a GPU: a pending MIG mode takes effect and all instances are removed.
    ResetGpu(u32),
    /// Reboots the machine.
    Reboot {
        /// Whether the GPUs get new numbers in `/dev/nvidiaN`.
        new_minors: bool,
    },
    /// Unloads and reloads the driver.
    ReloadDriver,
    /// Makes every query about a GPU fail with a code; `None` ends this.
    RefuseGpu {
        /// Index of the GPU.
        gpu: u32,
        /// Return code of the queries.
        code: Option<u32>,
    },
    /// Sets the value of a GPM metric.
    SetGpm {
        /// Index of the GPU.
        gpu: u32,
        /// ID of the GPU instance; `None` for the whole GPU.
        gpu_instance: Option<u32>,
        /// Number of the metric.
        number: u32,
        /// The value that the metric reports.
        value: f64,
    },
    /// Posts an event of a GPU.
    PostEvent {
        /// Index of the GPU.
        gpu: u32,
        /// The event.
        event: Event,
    },
    /// Makes a function that changes the machine succeed without effect.
    Pretend(String),
    /// Makes the `nth` call of a function from now on fail with a code; 0 means every call.
    Fail {
        /// Name of the C function.
        function: String,
        /// Number of the call that fails, counted from 1.
        nth: u32,
        /// Return code of the failing call.
        code: u32,
    },
    /// Delays every call of a function.
    Delay {
        /// Name of the C function.
        function: String,
        /// The additional time per call.
        delay: Duration,
    },
    /// Clears all injected faults.
    ClearFaults,
    /// Sets the privilege of later calls.
    SetCaller(Caller),
    /// Makes later calls come from a container that was given the MIG devices with these UUIDs.
    EnterContainer(Vec<String>),
    /// Switches to another driver version.
    SetDriverVersion(String),
    /// Turns the call log on or off.
    LogCalls(bool),
    /// Reads the calls logged so far.
    ReadCalls,
}

/// A reply from the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The request was carried out.
    Done,
    /// The logged calls.
    Calls(Vec<Call>),
    /// The request was refused; the text gives the reason.
    Refused(String),
}

/// Carries out a request.
pub(crate) fn handle(request: Request) -> Reply {
    match request {
        Request::LogCalls(on) => calls::switch(on),
        Request::ReadCalls => return Reply::Calls(calls::noted()),
        request => {
            if let Err(why) = change(&mut session::lock(), request) {
                return Reply::Refused(why);
            }
        }
    }
    Reply::Done
}

fn change(session: &mut Session, request: Request) -> Result<(), String> {
    if let Request::SetUp {
        state_file,
        machine,
    } = request
    {
        return session.set_up(state_file.as_ref(), &machine);
    }
    let explain_request = match request {
        Request::StartVgpu(_) | Request::StopVgpu(_) => explain_vgpu,
        _ => explain,
    };
    let changed = session.change(|machine| {
        machine.change(|machine| carry_out(machine, request).map_err(explain_request))
    });
    changed.map_err(explain)?
}

fn carry_out(machine: &mut Machine, request: Request) -> Answer {
    match request {
        Request::StartProcess(process) => return machine.start_process(process),
        Request::StartVgpu(vgpu) => return machine.start_vgpu(vgpu),
        Request::StopVgpu(id) => return machine.stop_vgpu(id),
        Request::SetVgpuPlacements {
            gpu,
            gpu_instance,
            placements,
        } => return machine.set_vgpu_placements(gpu, gpu_instance, placements),
        Request::LogVgpuRun {
            gpu,
            gpu_instance,
            engine,
            run,
        } => return machine.log_vgpu_run(gpu, gpu_instance, engine, run),
        Request::ResetGpu(index) => return machine.reset_gpu(index),
        Request::EnterContainer(uuids) => return machine.enter_container(&uuids),
        Request::ReloadDriver => return machine.reload_driver(),
        Request::RefuseGpu { gpu, code } => return machine.refuse_gpu(gpu, code),
        Request::SetGpm {
            gpu,
            gpu_instance,
            number,
            value,
        } => {
            let metric = GpmMetric::with_number(number).ok_or(Refusal::NotFound)?;
            return machine.set_gpm(gpu, gpu_instance, metric, value);
        }
        Request::PostEvent { gpu, event } => return machine.post_event(gpu, event),
        Request::Reboot { new_minors } => machine.reboot(new_minors),
        Request::Pretend(function) => machine.faults.pretend(function),
        Request::EndProcesses(filter) => machine.end_processes(&filter),
        Request::Fail {
            function,
            nth,
            code,
        } => machine.faults.fail(function, nth, code),
        Request::Delay { function, delay } => machine.faults.delay(function, delay),
        Request::ClearFaults => machine.faults = Default::default(),
        Request::SetCaller(caller) => machine.set_caller(caller),
        Request::SetDriverVersion(text) => machine.driver = DriverVersion::from(text),
        Request::SetUp { .. } | Request::LogCalls(_) | Request::ReadCalls => {}
    }
    Ok(())
}

fn explain(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotFound | Refusal::InvalidArgument => "no such GPU or instance",
        Refusal::InUse => "processes are running on the GPU",
        Refusal::NotSupported => "only ECC and Xid errors can be posted, one kind at a time",
        _ => "the simulated machine can't be read or written; the reason is on standard error",
    }
    .to_owned()
}

/// The reason why a vGPU does not start or stop.
#[must_use]
pub fn explain_vgpu(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotFound => "no such GPU, GPU instance or vGPU",
        Refusal::NotSupported => "the GPU is no vGPU host",
        Refusal::InvalidArgument => {
            "the ID is 0 or in use, or the vGPU type is not for this place: a type with a GPU instance profile needs a \
             GPU instance of it, any other a GPU with MIG mode off"
        }
        Refusal::InsufficientResources => "no room for another vGPU of this type",
        other => return explain(other),
    }
    .to_owned()
}
