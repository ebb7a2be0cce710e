//! The site's reboot command while it runs, in a thread of its own: the agent works on meanwhile.

use std::io;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, spawn_blocking};

use crate::process_group::{GLANCE, ProcessGroup};

/// A running command, with all that it has started: they are a process group.
#[derive(Debug)]
pub(super) struct RebootRun {
    handle: JoinHandle<Option<String>>,
    /// Why it is to end.
    end: Arc<OnceLock<&'static str>>,
}

impl RebootRun {
    pub(super) fn start(command: String, limit: Duration) -> Self {
        let end = Arc::new(OnceLock::new());
        let asked = Arc::clone(&end);
        Self {
            handle: spawn_blocking(move || run(&command, limit, &asked).err()),
            end,
        }
    }

    /// Ends the command, which takes a moment. The first reason counts.
    pub(super) fn end(&self, why: &'static str) {
        self.end.get_or_init(|| why);
    }

    /// Waits for the end, and returns why the command did not reboot the node; `None` if it did, as far as it says. May be called
    /// again if it was not waited for to the end.
    pub(super) async fn done(&mut self) -> Option<String> {
        let done = (&mut self.handle).await;
        done.unwrap_or_else(|error| Some(error.to_string()))
    }
}

/// Runs the command, which may end before the node goes down. If it fails, nothing of it goes on: it may be tried again.
fn run(command: &str, limit: Duration, end: &OnceLock<&'static str>) -> Result<(), String> {
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("there is no reboot command")?;
    let of_io = |error: io::Error| format!("{command}: {error}");
    let mut group = ProcessGroup::start(Command::new(program).args(words)).map_err(of_io)?;
    let began = Instant::now();
    let why = loop {
        match (group.try_wait().map_err(of_io)?, end.get()) {
            (Some(status), _) if status.success() => return Ok(()),
            (Some(status), _) => break format!("it ended with {status}"),
            (None, Some(why)) => break format!("it was ended, since {why}"),
            (None, None) if began.elapsed() >= limit => {
                break format!(
                    "it was ended, since it took longer than {} s",
                    limit.as_secs()
                );
            }
            (None, None) => sleep(GLANCE),
        }
    };
    group.end().map_err(of_io)?;
    Err(format!("{command}: {why}"))
}
