//! What may not be exceeded: counts, which are the same on every machine.

use std::process::ExitCode;

use crate::instructions::Counts;
use crate::questions::Questions;

/// A question that gives a number, or up to three.
const SCALAR: u64 = 20;
/// A question with a version word that gives four 64-bit numbers: its result does not fit into registers, so that the
/// caller also makes the call that frees an error. nvml-wrapper has 50.
const MEMORY: u64 = 39;
/// nvml-wrapper's 36 for a device handle, and the atomic that counts who uses the library.
const DEVICE: u64 = 37;
/// nvml-wrapper's 643 for a text.
const TEXT: u64 = 643;

/// Instructions that one call may cost.
const INSTRUCTIONS: &[(&str, u64)] = &[
    ("mig_mode", SCALAR),
    ("index", SCALAR),
    ("minor_number", SCALAR),
    ("cuda_compute_capability", SCALAR),
    ("device_count", SCALAR),
    ("cuda_driver_version", SCALAR),
    ("architecture", SCALAR),
    ("memory_info", MEMORY),
    ("device_by_index", DEVICE),
    ("uuid", TEXT),
    ("name", TEXT),
];

/// Calls that may allocate, and how often.
const ALLOCATIONS: &[(&str, u64)] = &[("uuid", 1), ("name", 1)];

/// Questions that a task may ask.
const QUESTIONS: &[(&str, usize)] = &[
    ("list one full A100", 120),
    ("list it again", 45),
    ("plan a full change of a GPU", 33),
    ("apply it", 120),
    ("a creation that is refused, besides the call", 12),
];

/// Prints each limit with what was counted, and fails if one is exceeded. The counts of single calls may be left out.
pub fn check(counts: Option<&Counts>, questions: &Questions) -> ExitCode {
    let mut broken = 0;
    let of_calls = counts.map(of_calls).unwrap_or_default();
    for (name, most, count) in of_calls.into_iter().chain(of_tasks(questions)) {
        let verdict = if count.is_some_and(|count| count <= most) {
            "at most"
        } else {
            broken += 1;
            "MORE THAN"
        };
        let count = count.map_or("not counted".to_owned(), |count| count.to_string());
        println!("{name}: {count}, {verdict} {most}");
    }
    if broken == 0 {
        return ExitCode::SUCCESS;
    }
    println!("{broken} limits are exceeded");
    ExitCode::FAILURE
}

type Line = (String, u64, Option<u64>);

fn of_calls(counts: &Counts) -> Vec<Line> {
    let ours = |question: &str| counts.get(&format!("ours_{question}")).copied();
    let instructions = INSTRUCTIONS.iter().map(|(question, most)| {
        let count = ours(question).map(|count| count.instructions);
        (format!("instructions of {question}"), *most, count)
    });
    let below = counts.iter().filter_map(|(name, theirs)| {
        let question = name.strip_prefix("wrapper_")?;
        let count = ours(question).map(|count| count.instructions);
        let name = format!("instructions of {question} below nvml-wrapper");
        Some((name, theirs.instructions.saturating_sub(1), count))
    });
    let allocations = counts.iter().filter_map(|(name, count)| {
        let question = name.strip_prefix("ours_")?;
        let most = ALLOCATIONS.iter().find(|(name, _)| *name == question);
        let most = most.map_or(0, |(_, most)| *most);
        Some((
            format!("allocations of {question}"),
            most,
            Some(count.allocations),
        ))
    });
    instructions.chain(below).chain(allocations).collect()
}

fn of_tasks(questions: &Questions) -> impl Iterator<Item = Line> {
    QUESTIONS.iter().map(|(task, most)| {
        let asked = questions.iter().find(|(name, _)| name == task);
        let count = asked.map(|(_, asked)| asked.questions as u64);
        (format!("questions to {task}"), *most as u64, count)
    })
}
