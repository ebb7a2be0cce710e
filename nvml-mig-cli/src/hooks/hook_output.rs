//! What a hook prints. It goes to standard error, and the hook does not die of it.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write, stderr};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// So long the rest of the output may take once the hook has ended. What it left running may hold the pipe for ever.
const REST: Duration = Duration::from_secs(1);

/// The way of the output.
pub(super) enum HookOutput {
    /// The hook writes to standard error itself.
    Direct,
    /// This program passes it on.
    PassedOn { ended: Receiver<()> },
}

impl HookOutput {
    /// Connects a command. A hook that writes to a closed pipe is killed, for example after `head` has exited. So if standard error
    /// is a pipe, this program reads the hook's output and passes it on.
    pub(super) fn of(command: &mut Command) -> io::Result<Self> {
        if !may_break()? {
            command.stdout(stderr());
            return Ok(Self::Direct);
        }
        let (reader, writer) = io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let (end, ended) = channel();
        thread::spawn(move || pass_on(reader, end));
        Ok(Self::PassedOn { ended })
    }

    /// Waits for what an ended hook has printed.
    pub(super) fn finish(self) {
        if let Self::PassedOn { ended } = self {
            // Both outcomes are an end.
            let _ = ended.recv_timeout(REST);
        }
    }
}

fn may_break() -> io::Result<bool> {
    let own = File::from(stderr().as_fd().try_clone_to_owned()?);
    let kind = own.metadata()?.file_type();
    Ok(kind.is_fifo() || kind.is_socket())
}

/// Passes on what comes, also if nobody reads it any more.
fn pass_on(mut reader: PipeReader, end: Sender<()>) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        if let Some(text) = buffer.get(..length) {
            // There is nobody left to tell that nobody reads.
            let _ = stderr().write_all(text);
        }
    }
    drop(end);
}
