//! docs/FAULTS.md.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use nvml_mig::ReturnCode;

use crate::answer::{Fault, Gets, Left};
use crate::machine::{MACHINES, Machine};
use crate::operation::Operation;
use crate::operations;
use crate::rules;
use crate::table::{self, Function, OfCodes};
use crate::trial::Outcome;

const HEAD: &str = r"# Faults

What a caller gets, and what is left on the GPU, if one NVML call of an operation fails: each call, with each return code of
nvml.h and with one that it does not have (77). `each` means that all calls of the function fail. The page is generated, and
CI fails where it differs:

```sh
cargo run --release --manifest-path .ci/faults/Cargo.toml -- write
```

- *its code*: the caller gets the error of this call, with its code.
- *the same*: the caller gets the same as without the fault.
- *before*: the GPU is as it was. *after*: it is as when nothing fails. *a part*: what the error or the docs of the operation say.
- While plans are applied, only some codes are tried here; `.ci/apply` tries all.

";

pub(crate) fn page() -> Result<String> {
    let mut page = HEAD.to_owned();
    let (mut tried, mut broken) = (0, Vec::new());
    for kind in MACHINES {
        let machine = Machine::start(kind)?;
        let operations = operations::all().into_iter();
        for operation in operations.filter(|it| it.is_of_vgpus() == kind.has_vgpus) {
            let functions = match table::of(&machine, operation, &mut broken) {
                Err(error) if kind.driver != MACHINES[0].driver && is_lacking(&error) => continue,
                functions => functions?,
            };
            tried += functions
                .iter()
                .map(|function| function.points.len() * operation.codes().len())
                .sum::<usize>();
            if kind.driver == MACHINES[0].driver || kind.has_vgpus {
                page.push_str(&section(operation, &functions)?);
            }
        }
    }
    ensure!(
        broken.is_empty(),
        "rules are broken:\n{}",
        broken.join("\n")
    );
    println!(
        "{tried} faults of {} operations on {} machines",
        operations::all().len(),
        MACHINES.len()
    );
    Ok(page)
}

/// Whether an operation can't be tried on an older machine.
fn is_lacking(error: &anyhow::Error) -> bool {
    let code = error
        .downcast_ref::<nvml_mig::Error>()
        .and_then(nvml_mig::Error::code);
    matches!(
        code,
        Some(ReturnCode::NotSupported | ReturnCode::FunctionNotFound)
    )
}

/// The part of the page about one operation.
pub(crate) fn of_one(name: &str) -> Result<String> {
    let operations = operations::all();
    let operation = operations.iter().find(|operation| operation.name == name);
    let operation = operation.with_context(|| format!("there is no operation {name}"))?;
    let [first, .., last] = MACHINES;
    let machine = Machine::start(if operation.is_of_vgpus() { last } else { first })?;
    let mut broken = Vec::new();
    let section = section(*operation, &table::of(&machine, *operation, &mut broken)?)?;
    Ok(section + &broken.join("\n"))
}

fn section(operation: Operation, functions: &[Function]) -> Result<String> {
    let mut text = format!("## {}\n\n", operation.name);
    writeln!(text, "| call | codes | the caller gets | left |")?;
    writeln!(text, "|---|---|---|---|")?;
    for function in functions {
        for (points, of_codes) in merged(function) {
            for (outcome, codes) in grouped(of_codes) {
                let gets = gets(operation, function, &codes, &outcome.gets);
                let (codes, left) = (listed(&codes, &operation.codes()), left(&outcome.left));
                writeln!(
                    text,
                    "| `{}`{points} | {codes} | {gets} | {left} |",
                    function.name
                )?;
            }
        }
    }
    text.push('\n');
    Ok(text)
}

/// Points where the same comes of the same codes.
fn merged(function: &Function) -> Vec<(String, &OfCodes)> {
    let mut merged: Vec<(Vec<u32>, &OfCodes)> = Vec::new();
    for (&nth, of_codes) in &function.points {
        match merged.iter_mut().find(|(_, of)| *of == of_codes) {
            Some((points, _)) => points.push(nth),
            None => merged.push((vec![nth], of_codes)),
        }
    }
    let all = function.points.len();
    let label = |points: &[u32]| {
        if points.len() == all {
            return String::new();
        }
        let points = points.iter().map(|nth| match nth {
            0 => "each".to_owned(),
            nth => nth.to_string(),
        });
        let points = points.collect::<Vec<_>>().join(", ");
        format!(", {points} of {}", function.calls)
    };
    merged
        .into_iter()
        .map(|(points, of)| (label(&points), of))
        .collect()
}

/// The codes of each outcome, the most frequent last.
fn grouped(of_codes: &OfCodes) -> Vec<(&Outcome, Vec<u32>)> {
    let mut grouped: BTreeMap<&Outcome, Vec<u32>> = BTreeMap::new();
    for (&code, outcome) in of_codes {
        grouped.entry(outcome).or_default().push(code);
    }
    let mut grouped: Vec<_> = grouped.into_iter().collect();
    grouped.sort_by_key(|(_, codes)| codes.len());
    grouped
}

fn listed(codes: &[u32], all: &[u32]) -> String {
    if codes.len() == all.len() {
        return "all".to_owned();
    }
    if codes.len() > all.len() / 2 {
        let others = all.iter().filter(|code| !codes.contains(code));
        let others: Vec<String> = others.map(ToString::to_string).collect();
        return format!("all but {}", others.join(", "));
    }
    codes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn gets(operation: Operation, function: &Function, codes: &[u32], gets: &Gets) -> String {
    let fault = Fault {
        function: &function.name,
        nth: 0,
        code: codes.first().copied().unwrap_or_default(),
    };
    match gets {
        Gets::TheSame => "the same".to_owned(),
        Gets::Another(_) => rules::why_another(operation, fault)
            .unwrap_or("another answer")
            .to_owned(),
        Gets::ItsCode => "its code".to_owned(),
        Gets::Error {
            text,
            is_told: false,
        } => text.replace('|', "\\|"),
        Gets::Error {
            text,
            is_told: true,
        } => format!(
            "{}, and what could not be restored",
            text.replace('|', "\\|")
        ),
        Gets::Panic => "a panic".to_owned(),
    }
}

fn left(left: &Left) -> &'static str {
    match left {
        Left::Before => "before",
        Left::After => "after",
        Left::WithOtherIds => "before or after, with other ids",
        Left::Part(_) => "a part",
    }
}
