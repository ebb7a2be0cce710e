//! A program with all that it starts, as a process group: a Ctrl-C that is for this program does not end it.

use std::io;
#[cfg(feature = "kubernetes")]
use std::os::unix::process::CommandExt;
#[cfg(feature = "kubernetes")]
use std::process::Command;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// How often to look whether it has ended.
pub(crate) const GLANCE: Duration = Duration::from_millis(50);
/// How long it may take to end itself when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// A running program.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    leader: Child,
}

impl ProcessGroup {
    #[cfg(feature = "kubernetes")]
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        Ok(Self { leader })
    }

    /// The group of a process that has made itself its leader.
    pub(crate) const fn of(leader: Child) -> Self {
        Self { leader }
    }

    /// Returns how the program ended, if it has.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.leader.try_wait()
    }

    /// Asks the program and all that it has started to end, and kills what has not ended after a while.
    pub(crate) fn end(mut self) -> io::Result<()> {
        let group = Pid::from_child(&self.leader);
        unless_gone(kill_process_group(group, Signal::TERM))?;
        let began = Instant::now();
        while began.elapsed() < GRACE {
            // Only what is waited for is gone.
            self.leader.try_wait()?;
            if test_kill_process_group(group) == Err(Errno::SRCH) {
                return Ok(());
            }
            sleep(GLANCE);
        }
        unless_gone(kill_process_group(group, Signal::KILL))?;
        self.leader.wait().map(drop)
    }
}

fn unless_gone(result: Result<(), Errno>) -> io::Result<()> {
    match result {
        Err(Errno::SRCH) => Ok(()),
        result => Ok(result?),
    }
}
