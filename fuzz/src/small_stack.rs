//! A thread with a small stack, as a Go or musl program might have.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Result, anyhow};

use crate::parsers::Parser;

/// Recursion that depends on the input ends the process at a few thousand levels.
const SIZE: usize = 256 << 10;

/// A thread on which one parser runs.
pub struct SmallStack {
    inputs: SyncSender<Vec<u8>>,
    answers: Mutex<Receiver<Result<bool>>>,
}

impl SmallStack {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn new(parser: Parser) -> Result<Self> {
        let (inputs, waiting) = sync_channel::<Vec<u8>>(0);
        let (answer, answers) = sync_channel(0);
        let parse_all = move || {
            for input in waiting {
                // Nobody waits for the answer once the thread is not needed any more.
                if answer.send((parser.parse)(&input)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().stack_size(SIZE).spawn(parse_all)?;
        let answers = Mutex::new(answers);
        Ok(Self { inputs, answers })
    }

    /// Parses an input. Returns whether the parser accepts it.
    ///
    /// # Errors
    ///
    /// A rule that the answer breaks, or a panic.
    pub fn parse(&self, input: &[u8]) -> Result<bool> {
        let panicked = || anyhow!("the parser panicked");
        let answers = self.answers.lock().map_err(|_| panicked())?;
        self.inputs.send(input.to_vec()).map_err(|_| panicked())?;
        answers.recv().map_err(|_| panicked())?
    }
}
