//! Kills the program while it changes a GPU: the change must be complete, or taken back.

use std::error::Error;
use std::ffi::OsString;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nvml_mig::Layout;
use nvml_mig::inventory::Inventory;

use super::change::{STOPPED, Trial};
use super::finding::Source;
use super::layouts;
use crate::change::signals;

/// The options of the processes that are killed.
pub(super) struct Killed {
    /// Those that say which machine it is.
    pub(super) machine: Vec<OsString>,
    /// Those that say where the lock is.
    pub(super) lock: Vec<OsString>,
    /// How many there are.
    pub(super) count: u32,
}

impl Trial<'_> {
    /// Creates the most instances that fill the GPU in processes of their own, which are killed sooner or later, from their
    /// beginning to their end. Returns what was done.
    ///
    /// # Errors
    ///
    /// If the GPU can't be emptied again, or if somebody else changes it or wants this to stop.
    pub(super) fn try_kills(&mut self, killed: &Killed) -> Result<String, Box<dyn Error>> {
        let model = Inventory::read(self.device)?.model()?;
        let layouts = layouts::that_fill_the_gpu(&model).into_iter();
        let most = layouts.max_by_key(|layout| layout.gpu_instances().len());
        let layout = most.ok_or("no layout fills the GPU, so that there is nothing to kill")?;
        let duration = self.complete(killed, &layout)?;
        let mut completed = 0;
        for number in 0..killed.count {
            if signals::has_stopped() {
                return Err(STOPPED.into());
            }
            let after = duration.saturating_mul(number) / killed.count;
            completed += u32::from(self.kill(killed, &layout, after)?);
        }
        let count = killed.count;
        Ok(format!(
            "killed: {count} processes while they created {layout}; {completed} were done, and the others' work was taken back"
        ))
    }

    /// Creates the layout without a kill, and returns how long it takes.
    fn complete(&mut self, killed: &Killed, layout: &Layout) -> Result<Duration, Box<dyn Error>> {
        let began = Instant::now();
        let output = self.start(killed, layout)?.wait_with_output()?;
        let duration = began.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        let found = if output.status.success() {
            "done"
        } else {
            // The lines before are its progress.
            said.lines().last().unwrap_or_default()
        };
        let text = layout.to_string();
        let same = (text.as_str(), "creation by another process");
        self.findings.compare(Source::Rule, same, &"done", &found);
        self.look_and_empty(layout)?;
        Ok(duration)
    }

    /// Returns whether the creation was complete.
    fn kill(
        &mut self,
        killed: &Killed,
        layout: &Layout,
        after: Duration,
    ) -> Result<bool, Box<dyn Error>> {
        let mut running = self.start(killed, layout)?;
        sleep(after);
        running.kill()?;
        running.wait()?;
        self.look_and_empty(layout)
    }

    fn look_and_empty(&mut self, layout: &Layout) -> Result<bool, Box<dyn Error>> {
        let mut lock = self.locked()?;
        let is_complete = self.look(&mut lock, layout);
        self.empty_again(&mut lock, is_complete)
    }

    /// Starts a process that creates the layout beside what is there.
    fn start(&self, killed: &Killed, layout: &Layout) -> Result<Child, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        let uuid = self.device.uuid()?;
        command
            .args(&killed.machine)
            .args(["create", "--yes", "--device", &uuid]);
        command.args(&killed.lock).arg(layout.to_string());
        // What is created is gone before anybody could use it.
        command.env_remove("NVML_MIG_CDI_SPEC");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Ok(command.spawn()?)
    }
}
