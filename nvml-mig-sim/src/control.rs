//! What may be asked of a loaded simulated library beside NVML: requests and replies in JSON, through one more
//! exported C function, `nvmlMigSimControl`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calls::{self, Call};
use crate::machine::{Caller, DriverVersion, MachineSpec, Process, ProcessFilter, Refusal};
use crate::session::{self, Session};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Decide which machine there is. Refused once there is one.
    SetUp {
        /// The file to keep it in. A machine that is in it already is used as it is.
        state_file: Option<PathBuf>,
        /// The machine.
        machine: MachineSpec,
    },
    /// Let a process compute.
    StartProcess(Process),
    /// End processes.
    EndProcesses(ProcessFilter),
    /// Reset a GPU: a pending MIG mode comes into force and the instances are gone.
    ResetGpu(u32),
    /// Let the nth call from now on of a function fail with a code; 0: every call.
    Fail {
        /// The C function.
        function: String,
        /// Which call.
        nth: u32,
        /// What it returns.
        code: u32,
    },
    /// Let every call of a function take longer.
    Delay {
        /// The C function.
        function: String,
        /// How much longer.
        delay: Duration,
    },
    /// Forget all failures, delays and hidden functions.
    ClearFaults,
    /// Call with another privilege from now on.
    SetCaller(Caller),
    /// Be another driver from now on.
    SetDriverVersion(String),
    /// Note calls from now on, or stop.
    LogCalls(bool),
    /// The calls noted so far.
    ReadCalls,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It is done.
    Done,
    /// The calls.
    Calls(Vec<Call>),
    /// It can't be done; a sentence says why.
    Refused(String),
}

/// Does what a request asks.
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
    let changed = session.change(|machine| {
        match request {
            Request::StartProcess(process) => return machine.start_process(process),
            Request::ResetGpu(index) => return machine.reset_gpu(index),
            Request::EndProcesses(filter) => machine.end_processes(&filter),
            Request::Fail {
                function,
                nth,
                code,
            } => machine.faults.fail(function, nth, code),
            Request::Delay { function, delay } => machine.faults.delay(function, delay),
            Request::ClearFaults => machine.faults = Default::default(),
            Request::SetCaller(caller) => machine.caller = caller,
            Request::SetDriverVersion(text) => machine.driver = DriverVersion::from(text),
            Request::SetUp { .. } | Request::LogCalls(_) | Request::ReadCalls => {}
        }
        Ok(())
    });
    changed.and_then(|done| done).map_err(explain)
}

fn explain(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotFound | Refusal::InvalidArgument => "there is no such GPU or instance",
        Refusal::InUse => "processes run on the GPU",
        _ => "the simulated machine can't be read or written; standard error says why",
    }
    .to_owned()
}
