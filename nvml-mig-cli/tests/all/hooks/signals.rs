//! Signals while hooks run.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{hooked, hooked_at, log, off, wait_for_log};
use crate::shell::Shell;

/// A program that runs hooks, in a process group of its own as from a shell.
struct Run<'a> {
    shell: &'a Shell,
    child: Child,
}

impl<'a> Run<'a> {
    fn start(shell: &'a Shell, arguments: &str) -> Self {
        let mut command = shell.command(arguments);
        let command = command.process_group(0);
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        Self { shell, child }
    }

    /// Waits until this hook has begun.
    fn wait_for(&self, hook: &str) {
        wait_for_log(self.shell, hook);
    }

    /// Sends a signal to the program, or to its group as a terminal does.
    fn signal(&self, signal: &str, to_group: bool) {
        let group = if to_group { "-" } else { "" };
        let target = format!("{group}{}", self.child.id());
        let kill = Command::new("kill")
            .args(["-s", signal, "--", &target])
            .status();
        assert!(kill.unwrap().success());
    }

    /// The exit code, and what was said.
    fn end(self) -> (Option<i32>, String) {
        let output = self.child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    }
}

/// The last hook starts what the first has stopped, and the others are of a change that is not made.
#[test]
fn after_a_signal_only_the_last_hook_runs() {
    let shell = off();
    let apply = hooked_at(&shell, "apply-start", "sleep 0.5; echo x >> log");
    let run = Run::start(&shell, &format!("{apply} halves --yes"));
    run.wait_for("apply-start");
    run.signal("TERM", false);
    let (code, said) = run.end();
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("stopped by a signal before hook"), "{said}");
    let expected = ["apply-start halves 1", "x", "apply-exit halves 1"];
    assert_eq!(log(&shell), expected);
    assert_eq!(shell.there(), "GPU 0: off\n");
}

#[test]
fn ctrl_c_reaches_no_hook() {
    let shell = off();
    let apply = hooked_at(&shell, "apply-exit", "sleep 0.5; echo x >> log");
    let run = Run::start(&shell, &format!("{apply} halves --yes"));
    run.wait_for("apply-exit");
    run.signal("INT", true);
    let (code, said) = run.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(log(&shell).last().unwrap(), "x");
}

/// Two signals end a hook only if both come while it runs.
#[test]
fn a_signal_before_the_last_hook_does_not_count_for_it() {
    let shell = off();
    let apply = hooked(&shell, |_| "sleep 0.5; echo x >> log");
    let run = Run::start(&shell, &format!("{apply} halves --yes"));
    for hook in ["apply-start", "apply-exit"] {
        run.wait_for(hook);
        run.signal("INT", true);
    }
    let (code, said) = run.end();
    assert_eq!(code, Some(7), "{said}");
    let expected = ["apply-start halves 1", "x", "apply-exit halves 1", "x"];
    assert_eq!(log(&shell), expected);
}

/// As systemd ends a unit: all its processes get the signal. What the hook has stopped must be started again.
#[test]
fn a_signal_that_ends_the_first_hook_too_does_not_keep_the_last_from_running() {
    let shell = off();
    let apply = hooked_at(&shell, "apply-start", "kill -TERM $PPID $$");
    let said = shell.fails(&format!("{apply} halves --yes"), 7);
    assert!(said.contains("(SIGTERM), and a signal had come"), "{said}");
    let expected = ["apply-start halves 1", "apply-exit halves 1"];
    assert_eq!(log(&shell), expected);
    assert_eq!(shell.there(), "GPU 0: off\n");
}

#[test]
fn a_second_signal_ends_a_hook_that_hangs() {
    for (hanging, code, there) in [
        ("apply-start", 7, "off"),
        ("pre-apply-mode", 7, "off"),
        ("apply-exit", 8, "2g.12gb:0, 2g.12gb:2"),
    ] {
        let shell = off();
        let apply = hooked_at(&shell, hanging, "trap '' INT; sleep 60");
        let run = Run::start(&shell, &format!("{apply} halves --yes"));
        run.wait_for(hanging);
        let began = Instant::now();
        // The second comes at once, as from `timeout`.
        for pause in [0, 600, 0] {
            std::thread::sleep(Duration::from_millis(pause));
            run.signal("TERM", false);
        }
        let (exit, said) = run.end();
        assert!(began.elapsed() < Duration::from_secs(20), "{hanging}");
        assert_eq!(exit, Some(code), "{said}");
        let expected = format!("hook {hanging}: /bin/sh: it was ended by a second signal");
        assert!(said.contains(&expected), "{said}");
        assert_eq!(log(&shell).last().unwrap(), "apply-exit halves 1");
        assert_eq!(shell.there(), format!("GPU 0: {there}\n"));
    }
}
