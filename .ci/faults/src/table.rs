//! All faults of one operation.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::answer::Fault;
use crate::machine::Machine;
use crate::operation::Operation;
use crate::rules;
use crate::trial::{self, Honest, Outcome};

/// What comes of each code at one point.
pub(crate) type OfCodes = BTreeMap<u32, Outcome>;

/// A function, and how often the operation calls it.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) calls: u32,
    /// By the number of the call that fails; 0: each.
    pub(crate) points: BTreeMap<u32, OfCodes>,
}

/// Every call of the operation with every code. What breaks a rule is added to `broken`.
pub(crate) fn of(
    machine: &Machine,
    operation: Operation,
    broken: &mut Vec<String>,
) -> Result<Vec<Function>> {
    let honest = trial::honest(machine, operation)?;
    let mut functions = Vec::new();
    for (name, &calls) in &honest.calls {
        let mut points = BTreeMap::new();
        for nth in 0..=calls {
            let point = of_point(machine, operation, &honest, (name, nth), broken)?;
            points.insert(nth, point);
        }
        functions.push(Function {
            name: name.clone(),
            calls,
            points,
        });
    }
    Ok(functions)
}

/// One call, or all of a function, with every code.
fn of_point(
    machine: &Machine,
    operation: Operation,
    honest: &Honest,
    (function, nth): (&str, u32),
    broken: &mut Vec<String>,
) -> Result<OfCodes> {
    let mut of_codes = OfCodes::new();
    for code in operation.codes() {
        let fault = Fault {
            function,
            nth,
            code,
        };
        let outcome = trial::faulty(machine, operation, honest, fault)?;
        if let Some(rule) = rules::broken(operation, &honest.answer, fault, &outcome) {
            let (name, kind) = (operation.name, machine.kind);
            let (board, driver) = (kind.board, kind.driver);
            broken.push(format!(
                "{name} on {board} with driver {driver}, {fault:?}: {rule}: {outcome:?}"
            ));
        }
        of_codes.insert(code, outcome);
    }
    Ok(of_codes)
}
