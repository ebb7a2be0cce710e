//! The site's reboot command while it runs, in a thread of its own: the agent works on meanwhile.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, spawn_blocking};

/// How often it looks whether the command has ended.
const GLANCE: Duration = Duration::from_millis(50);

/// A running command.
#[derive(Debug)]
pub(super) struct RebootRun {
    handle: JoinHandle<Option<String>>,
    is_to_end: Arc<AtomicBool>,
}

impl RebootRun {
    pub(super) fn start(command: String, limit: Duration) -> Self {
        let is_to_end = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&is_to_end);
        Self {
            handle: spawn_blocking(move || run(&command, limit, &asked).err()),
            is_to_end,
        }
    }

    /// Ends the command, which takes a moment.
    pub(super) fn end(&self) {
        self.is_to_end.store(true, Ordering::Relaxed);
    }

    /// Waits for the end, and returns why the command did not reboot the node; `None` if it did, as far as it says. May be called
    /// again if it was not waited for to the end.
    pub(super) async fn done(&mut self) -> Option<String> {
        let done = (&mut self.handle).await;
        done.unwrap_or_else(|error| Some(error.to_string()))
    }
}

/// Runs the command, which may end before the node goes down.
fn run(command: &str, limit: Duration, is_to_end: &AtomicBool) -> Result<(), String> {
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("there is no reboot command")?;
    let of_io = |error: std::io::Error| format!("{command}: {error}");
    let mut child = Command::new(program).args(words).spawn().map_err(of_io)?;
    let began = Instant::now();
    let why = loop {
        match child.try_wait().map_err(of_io)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{command}: it ended with {status}")),
            None if is_to_end.load(Ordering::Relaxed) => {
                break "the reboot is not wanted any more".to_owned();
            }
            None if began.elapsed() >= limit => {
                break format!("it took longer than {} s", limit.as_secs());
            }
            None => sleep(GLANCE),
        }
    };
    child.kill().and_then(|()| child.wait()).map_err(of_io)?;
    Err(format!("{command}: it was ended, since {why}"))
}
