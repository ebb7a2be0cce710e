//! What was measured on, and when.

use std::process::Command;

/// The processor, the compiler and the day, each as its own program tells it.
pub fn description() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("an unknown processor", |model| {
        model.trim_matches([' ', '\t', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = output("rustc", &["--version"]);
    let valgrind = output("valgrind", &["--version"]);
    let day = output("date", &["--utc", "+%Y-%m-%d"]);
    format!("{model}, {cores} cores; {compiler}; {valgrind}; nvml-wrapper 0.13; {day}")
}

fn output(program: &str, arguments: &[&str]) -> String {
    let ran = Command::new(program).args(arguments).output();
    let text = ran.map(|ran| String::from_utf8_lossy(&ran.stdout).trim().to_owned());
    text.unwrap_or_else(|_| format!("no {program}"))
}
