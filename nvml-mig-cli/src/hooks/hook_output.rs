//! What a hook prints. It goes to standard error, and the hook does not die of it.

use std::io;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::own_session::start_passing_on;

/// So long the rest of the output may take once the hook has ended, so that it comes before what follows. If it takes
/// longer, none of it is lost. What the hook left running may print for ever.
const REST: Duration = Duration::from_secs(1);
/// How often to look.
const GLANCE: Duration = Duration::from_millis(5);

/// The way of the output.
pub(super) struct HookOutput {
    passing_on: Child,
}

impl HookOutput {
    /// Connects a command.
    pub(super) fn of(command: &mut Command) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let passing_on = start_passing_on(reader.into())?;
        command.stdout(writer.try_clone()?).stderr(writer);
        Ok(Self { passing_on })
    }

    /// Waits for what an ended hook has printed.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let began = Instant::now();
        while self.passing_on.try_wait()?.is_none() && began.elapsed() < REST {
            sleep(GLANCE);
        }
        Ok(())
    }
}
