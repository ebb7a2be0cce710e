//! Programs with a session of their own. They have no terminal: none stops or ends them, nor does Ctrl-C.
//!
//! A process makes such a session only for itself. So this program starts itself once more by another name, and the new
//! process becomes the hook, or passes on what a hook prints.

use std::convert::Infallible;
use std::env::{self, ArgsOs};
use std::fs::File;
use std::io::{self, Read, Write, stderr, stdin, stdout};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use rustix::process::setsid;
use rustix::stdio::{dup2_stdin, dup2_stdout};

use crate::change::signals;

/// Also if its file has been replaced.
const THIS_PROGRAM: &str = "/proc/self/exe";
const HOOK: &str = "nvml-mig-hook";
const OUTPUT: &str = "nvml-mig-hook-output";
/// What the new process says once no signal for this program can end it. An error follows, if there is one.
const READY: &str = "ready\n";
/// A Ctrl-C that comes before that ends it, and it is started again.
const TRIES: usize = 3;

/// Does what another name of this program stands for. `None` if it has its own name.
pub(crate) fn main() -> Option<ExitCode> {
    let mut arguments = env::args_os();
    let name = arguments.next()?;
    if name == HOOK {
        let Err(_) = become_hook(arguments);
        return Some(ExitCode::FAILURE);
    }
    let passed_on = (name == OUTPUT).then(pass_on)?;
    Some(passed_on.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

/// A command that becomes a hook, with this as its own name.
pub(super) fn hook(program: &Path, name: &str) -> Command {
    let mut command = Command::new(THIS_PROGRAM);
    command.arg0(HOOK).arg(program).arg(name);
    command
}

/// Starts a hook. It has no standard input.
pub(super) fn start_hook(hook: &mut Command) -> io::Result<Child> {
    start(hook, |hook, starter| hook.stdin(starter))
}

/// Starts a process that passes on to standard error what comes until nobody can write any more. It outlives this one,
/// as a service that a hook has started may.
pub(super) fn start_passing_on(from: Stdio) -> io::Result<Child> {
    let mut command = Command::new(THIS_PROGRAM);
    command.arg0(OUTPUT).stdin(from).current_dir("/");
    start(&mut command, |command, starter| command.stdout(starter))
}

/// Starts a process, and waits until it has its own session and is what it becomes.
fn start(
    command: &mut Command,
    connect: fn(&mut Command, Stdio) -> &mut Command,
) -> io::Result<Child> {
    for _ in 0..TRIES {
        let (mut said, starter) = io::pipe()?;
        let mut child = connect(command, starter.into()).spawn()?;
        // Or it never ends.
        connect(command, Stdio::null());
        let mut text = String::new();
        said.read_to_string(&mut text)?;
        if text == READY {
            return Ok(child);
        }
        child.wait()?;
        if !text.is_empty() {
            let error = text.trim_start_matches(READY);
            return Err(io::Error::other(error.to_owned()));
        }
    }
    Err(io::Error::other("it was ended before it had begun"))
}

/// Becomes a hook. The starter, which is standard input, learns of an error; it is closed when there is none.
fn become_hook(mut arguments: ArgsOs) -> io::Result<Infallible> {
    let mut starter = File::from(stdin().as_fd().try_clone_to_owned()?);
    let program = arguments.next().unwrap_or_default();
    let name = arguments.next().unwrap_or_default();
    let ready = dup2_stdin(File::open("/dev/null")?).map_err(io::Error::from);
    let ready = ready.and_then(|()| leave(&mut starter));
    let error = match ready {
        Ok(()) => Command::new(program).arg0(name).args(arguments).exec(),
        Err(error) => error,
    };
    write!(starter, "{error}")?;
    Err(error)
}

/// Passes on what comes to standard error, also if nobody reads that any more: a hook that writes to a closed pipe is
/// killed, for example after `head` has exited, and one that writes to a closed terminal fails.
fn pass_on() -> io::Result<()> {
    let mut starter = File::from(stdout().as_fd().try_clone_to_owned()?);
    dup2_stdout(File::open("/dev/null")?)?;
    leave(&mut starter)?;
    drop(starter);
    let mut buffer = [0; 8192];
    loop {
        let length = stdin().read(&mut buffer)?;
        let Some(text @ [_, ..]) = buffer.get(..length) else {
            return Ok(());
        };
        // There is nobody left to tell that nobody reads.
        let _ = stderr().write_all(text);
    }
}

/// Leaves the terminal, and tells the starter.
fn leave(starter: &mut File) -> io::Result<()> {
    signals::catch().map_err(|error| io::Error::other(error.to_string()))?;
    setsid()?;
    starter.write_all(READY.as_bytes())
}
