//! A process for each lie: one that hangs, or takes memory without end, is ended at a limit, and its lie is named.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, kill_process, setrlimit, waitpid,
};

/// What a process may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    /// Of addresses, in bytes; `None` with AddressSanitizer and valgrind, which reserve more than any limit.
    pub(crate) memory: Option<u64>,
}

/// Does something in a copy of this process. Fails if that is not done, or not successful, within the limits.
pub(crate) fn run(limits: Limits, act: impl FnOnce() -> Result<()>) -> Result<()> {
    // SAFETY: this process has a single thread, so its copy may do whatever it may.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()).context("fork"),
        0 => std::process::exit(done(limits, act)),
        child => {
            let child = Pid::from_raw(child).context("a process has an id")?;
            judge(wait(child, limits.time)?)
        }
    }
}

/// The exit code of the copy.
fn done(limits: Limits, act: impl FnOnce() -> Result<()>) -> i32 {
    let done = limit(limits.memory).and_then(|()| act());
    if let Err(error) = &done {
        println!("{error:#}");
    }
    i32::from(done.is_err())
}

fn limit(memory: Option<u64>) -> Result<()> {
    let limit = Rlimit {
        current: memory,
        maximum: memory,
    };
    if memory.is_some() {
        setrlimit(Resource::As, limit)?;
    }
    Ok(())
}

/// Waits for the process to end, or ends it when its time is over.
fn wait(child: Pid, time: Duration) -> Result<WaitStatus> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        if let Some((_, status)) = waitpid(Some(child), WaitOptions::NOHANG)? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    kill_process(child, Signal::KILL)?;
    waitpid(Some(child), WaitOptions::empty())?;
    bail!("it did not end in {time:?}")
}

fn judge(status: WaitStatus) -> Result<()> {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) => bail!("exit code {code}"),
        (_, Some(signal)) => bail!("signal {signal}"),
        _ => bail!("{status:?}"),
    }
}

/// Fails if a process that hangs, takes memory without end, panics or fails would pass.
pub(crate) fn check(limits: Limits) -> Result<()> {
    let short = Limits {
        time: Duration::from_millis(100),
        ..limits
    };
    ensure!(run(limits, || Ok(())).is_ok(), "a process can't start");
    ensure!(
        run(limits, || bail!("a failure that is noticed, as expected")).is_err(),
        "a failure would pass"
    );
    let hangs = run(short, || {
        loop {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    ensure!(hangs.is_err(), "a process that hangs would pass");
    if let Some(limit) = limits.memory {
        let takes = usize::try_from(limit)?;
        let takes = run(limits, || {
            Ok(std::hint::black_box(Vec::<u8>::new()).try_reserve_exact(takes)?)
        });
        ensure!(takes.is_err(), "a process that takes too much would pass");
    }
    Ok(())
}
