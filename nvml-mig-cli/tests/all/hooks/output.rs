//! What hooks print, and where.

use std::io::Read;
use std::process::{Child, Stdio};

use super::{hooked, hooked_at, log, off, wait_for_log};
use crate::shell::Shell;

/// What comes until nobody can write any more.
fn rest(mut child: Child) -> String {
    let mut text = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut text).unwrap();
    text
}

/// As `nvml-mig apply 2>&1 | head -2` does: the hooks end well, so that what the first stopped is started again.
#[test]
fn a_closed_pipe_stops_no_hook() {
    let shell = off();
    let apply = hooked(
        &shell,
        |_| "echo out; echo more >&2; sleep 0.1; echo again; echo end >> log",
    );
    let output = shell
        .command(&format!("{apply} halves --yes"))
        .stdout(Stdio::null())
        .stderr(closed_pipe())
        .status();
    assert_eq!(output.unwrap().code(), Some(0));
    let log = log(&shell);
    assert_eq!(
        log.iter().filter(|line| *line == "end").count(),
        4,
        "{log:?}"
    );
    // With a reader, their output is shown.
    let output = shell.run(&format!("{apply} whole --yes"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("out") && said.contains("more") && said.contains("again"),
        "{said}"
    );
}

/// Nobody reads it.
fn closed_pipe() -> std::io::PipeWriter {
    let (_, writer) = std::io::pipe().unwrap();
    writer
}

/// It prints also once the program has ended, and does not die of it.
#[test]
fn a_service_that_a_hook_starts_stays() {
    let shell = off();
    let service = "(for i in 1 2 3; do sleep 0.7; echo tick $i; echo tick $i >> log; done) &";
    let apply = hooked_at(&shell, "apply-exit", service);
    let mut child = shell.start(&format!("{apply} halves --yes"));
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(0));
    assert!(!log(&shell).contains(&"tick 3".to_owned()));
    let said = rest(child);
    assert_eq!(said.matches("tick").count(), 3, "{said}");
    assert_eq!(log(&shell).last().unwrap(), "tick 3");
}

#[test]
fn nothing_is_lost_if_nobody_reads_for_a_while() {
    let shell = off();
    let print = "i=0; while [ $i -lt 1500 ]; do echo line $i of a long, long, long, long output; i=$((i+1)); done";
    let apply = hooked_at(&shell, "apply-exit", print);
    let mut child = shell.start(&format!("{apply} halves --yes"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let said = rest(child);
    assert_eq!(said.matches("long output").count(), 1500, "{said}");
}

/// A line that runs the program, as `script` takes it.
fn line(apply: &str) -> String {
    format!(
        "stty tostop; exec timeout --foreground --kill-after 1 30 '{}' {apply} --yes",
        env!("CARGO_BIN_EXE_nvml-mig")
    )
}

/// Nobody answers, and a program that asks there must not wait for it.
#[test]
fn hooks_have_no_terminal() {
    let shell = off();
    let apply = hooked(
        &shell,
        |_| "echo out; [ -t 1 ] || [ -t 2 ] || read answer < /dev/tty || echo none >> log",
    );
    let output = shell.terminal(&line(&format!("{apply} halves"))).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("out\r\n").count(), 4, "{said}");
    let log = log(&shell);
    assert_eq!(log.iter().filter(|line| *line == "none").count(), 4);
}

/// Runs a line on a terminal that is closed while the first hook works, as by a connection that breaks.
fn run_on_broken_terminal(shell: &Shell, line: &str) {
    let mut terminal = shell.terminal(line);
    let terminal = terminal.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut terminal = terminal.spawn().unwrap();
    wait_for_log(shell, "apply-start");
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    wait_for_log(shell, "apply-exit halves 1\nend");
}

const WORK: &str = "set -e; sleep 0.5; echo out; echo more >&2; echo end >> log";

/// Without the hang-up, a terminal is closed as a pipe is.
#[test]
fn a_closed_terminal_alone_stops_no_change() {
    let shell = off();
    let apply = hooked(&shell, |_| WORK);
    let line = line(&format!("{apply} halves")).replace("exec", "exec setsid -w");
    run_on_broken_terminal(&shell, &line);
    assert_eq!(shell.there(), "GPU 0: 2g.12gb:0, 2g.12gb:2\n");
}

#[test]
fn a_closed_terminal_stops_no_hook() {
    let shell = off();
    let apply = hooked(&shell, |_| WORK);
    run_on_broken_terminal(&shell, &line(&format!("{apply} halves")));
    let expected = ["apply-start halves 1", "end", "apply-exit halves 1", "end"];
    assert_eq!(log(&shell), expected);
}
