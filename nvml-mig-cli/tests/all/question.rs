//! The question before a change, on a terminal.

use std::process::Stdio;

use crate::shell::Shell;

/// In either case of letters, as other programs take it.
#[test]
fn a_change_is_made_after_a_yes_only() {
    let shell = Shell::new("a30");
    let answer = |answer: &str, arguments: &str| {
        let line = format!("'{}' {arguments}", env!("CARGO_BIN_EXE_nvml-mig"));
        let input = std::fs::File::open(shell.file("answer", answer)).unwrap();
        shell.terminal(&line).stdin(input).output().unwrap()
    };
    let there = |layout| assert_eq!(shell.there(), format!("GPU 0: {layout}\n"));
    // Bytes that are no text are no yes.
    std::fs::write(shell.folder.path().join("bytes"), b"y\xff\n").unwrap();
    let input = std::fs::File::open(shell.folder.path().join("bytes")).unwrap();
    let line = format!("'{}' apply 4g.24gb", env!("CARGO_BIN_EXE_nvml-mig"));
    let asked = shell.terminal(&line).stdin(input).output().unwrap();
    assert_eq!(asked.status.code(), Some(2), "{asked:?}");
    let said = String::from_utf8_lossy(&asked.stdout);
    assert!(said.contains("cancelled, nothing was changed"), "{said}");
    for yes in ["y\n", "Y\n", " yes \n", "YES\n"] {
        let made = answer(yes, "apply 4g.24gb");
        assert_eq!(made.status.code(), Some(0), "{yes:?}: {made:?}");
        there("4g.24gb:0");
        shell.prints("destroy --yes --all");
    }
    for no in ["\n", "N\n", "yy\n"] {
        let asked = answer(no, "apply 4g.24gb");
        assert_eq!(asked.status.code(), Some(2), "{no:?}: {asked:?}");
        there("none");
    }
}

/// The steps are the same, but not what the person saw before them.
#[test]
fn a_plan_that_was_shown_of_another_state_is_not_applied() {
    let shell = Shell::new("a30");
    let line = format!("'{}' create 2g.12gb", env!("CARGO_BIN_EXE_nvml-mig"));
    let mut terminal = shell.terminal(&line);
    let terminal = terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut terminal = terminal.spawn().unwrap();
    let mut said = terminal.stdout.take().unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"[y/N] ") {
        let mut byte = [0];
        std::io::Read::read_exact(&mut said, &mut byte).unwrap();
        text.extend(byte);
    }
    let shown = String::from_utf8_lossy(&text).into_owned();
    assert!(
        shown.contains("create GPU instance 2g.12gb at 0:2"),
        "{shown}"
    );
    // Beside it, so that the steps stay.
    shell.prints("create --yes 1g.6gb:3");
    let mut input = terminal.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"y\n").unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut said, &mut rest).unwrap();
    assert_eq!(terminal.wait().unwrap().code(), Some(7), "{rest}");
    let words = "the GPUs are not as the plan showed them any more, so nothing was changed";
    assert!(
        rest.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains(words),
        "{rest}"
    );
    assert_eq!(shell.there(), "GPU 0: 1g.6gb:3\n");
}
