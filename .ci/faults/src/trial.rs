//! One operation with one fault.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Result;
use nvml_mig_sim::nvmlReturn_t;

use crate::answer::{Compared, Fault, Gets, Left, compared};
use crate::machine::{Machine, State};
use crate::operation::{Answer, Operation};

/// What an operation does without a fault.
pub(crate) struct Honest {
    pub(crate) answer: Compared,
    after: State,
    /// How often each function is called.
    pub(crate) calls: BTreeMap<String, u32>,
}

/// What came of a fault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcome {
    pub(crate) gets: Gets,
    pub(crate) left: Left,
}

pub(crate) fn honest(machine: &Machine, operation: Operation) -> Result<Honest> {
    let ran = run(machine, operation, None)?;
    let mut calls = BTreeMap::new();
    for function in ran.calls {
        *calls.entry(function).or_default() += 1;
    }
    Ok(Honest {
        answer: compared(&ran.answer),
        after: ran.after,
        calls,
    })
}

pub(crate) fn faulty(
    machine: &Machine,
    operation: Operation,
    honest: &Honest,
    fault: Fault<'_>,
) -> Result<Outcome> {
    let ran = run(machine, operation, Some(fault))?;
    let gets = match ran.panicked {
        true => Gets::Panic,
        false => Gets::of(&ran.answer, &honest.answer, fault),
    };
    let left = match ran.after {
        after if after == ran.before => Left::Before,
        after if after == honest.after => Left::After,
        after if [&honest.after.there, &ran.before.there].contains(&&after.there) => {
            Left::WithOtherIds
        }
        after => Left::Part(after.there),
    };
    Ok(Outcome { gets, left })
}

struct Ran {
    answer: Answer,
    panicked: bool,
    before: State,
    after: State,
    /// The functions that were called, without a fault.
    calls: Vec<String>,
}

/// The operation on the machine as it is at the beginning.
fn run(machine: &Machine, operation: Operation, fault: Option<Fault<'_>>) -> Result<Ran> {
    if operation.changes {
        machine.begin()?;
    }
    let scene = machine.scene()?;
    // NVML stays open until the faults are gone.
    let _open = scene.nvml.clone();
    let rest = (operation.prepare)(machine, scene)?;
    let before = machine.state()?;
    match fault {
        Some(fault) => {
            machine
                .simulator
                .fail(fault.function, fault.nth, nvmlReturn_t(fault.code))?
        }
        None => machine.simulator.log_calls(true)?,
    }
    let answer = catch_unwind(AssertUnwindSafe(rest));
    machine.simulator.clear_faults()?;
    let panicked = answer.is_err();
    let answer = answer.unwrap_or_else(|_| Ok(String::new()));
    let calls = machine.simulator.calls()?.into_iter();
    let calls = calls.map(|call| call.function).collect();
    machine.simulator.log_calls(false)?;
    let after = machine.state()?;
    Ok(Ran {
        answer,
        panicked,
        before,
        after,
        calls,
    })
}
