//! Kills the program while it changes a GPU: the change must be complete, or taken back.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nvml_mig::apply::LockOptions;
use nvml_mig::inventory::Inventory;
use nvml_mig::{Layout, MachineLock};
use tempfile::TempDir;

use super::change::{STOPPED, Trial};
use super::finding::Source;
use super::layouts;
use super::outcome::{Kills, Outcome};
use crate::change::signals;
use crate::exit::NotEmptied;

/// How often the instances of a process are counted.
const LOOK: Duration = Duration::from_millis(1);

/// The processes that are killed.
pub(super) struct Killed {
    /// The options that say which machine it is.
    machine: Vec<OsString>,
    layout: Layout,
    /// The folder of their locks and journals: the check keeps the lock of the GPU, so that nobody comes between.
    folder: TempDir,
}

impl Trial<'_> {
    /// Creates the most instances that fill the GPU in processes of their own, which are killed sooner or later, between
    /// their first instance and their last.
    ///
    /// # Errors
    ///
    /// If the GPU can't be emptied again, or if somebody else changes it or wants this to stop.
    pub(super) fn try_kills(
        &mut self,
        lock: &mut MachineLock,
        machine: Vec<OsString>,
        count: u32,
    ) -> Result<(), Box<dyn Error>> {
        let killed = self.killed(machine)?;
        let changing = self.complete(lock, &killed)?;
        let mut kills = Kills::default();
        let ended = (0..count).try_for_each(|number| {
            if signals::has_stopped() {
                return Err(STOPPED.into());
            }
            kills.processes += 1;
            let part = (f64::from(number) + 1.0) / (f64::from(count) + 1.0);
            let outcome = self.kill(lock, &killed, changing.mul_f64(part))?;
            kills.add(&outcome);
            Ok(())
        });
        self.add_kills(&killed.layout, kills);
        ended
    }

    fn killed(&self, machine: Vec<OsString>) -> Result<Killed, Box<dyn Error>> {
        let model = Inventory::read(self.device())?.model()?;
        let layouts = layouts::that_fill_the_gpu(&model).into_iter();
        let most = layouts.max_by_key(|layout| layout.gpu_instances().len());
        Ok(Killed {
            machine,
            layout: most.ok_or("no layout fills the GPU, so that there is nothing to kill")?,
            folder: tempfile::tempdir()?,
        })
    }

    fn add_kills(&mut self, layout: &Layout, kills: Kills) {
        let gpu = &mut self.gpu;
        gpu.changes
            .push(format!("killed while they created {layout}: {kills}"));
        gpu.kills = Some(kills);
        if kills.interrupted == 0 {
            let why = "none was killed in the middle of a change; --kills gives it more tries";
            gpu.findings
                .not_checked("what a killed process leaves", &why);
        }
    }

    /// Creates the layout without a kill, and returns how long it takes from the first instance to the last.
    fn complete(
        &mut self,
        lock: &mut MachineLock,
        killed: &Killed,
    ) -> Result<Duration, Box<dyn Error>> {
        let mut running = self.start(killed)?;
        self.wait_for(1, &mut running)?;
        let began = Instant::now();
        self.wait_for(killed.layout.gpu_instances().len(), &mut running)?;
        let changing = began.elapsed();
        let output = running.wait_with_output()?;
        if signals::has_stopped() {
            // A terminal stops that process too.
            self.look_and_empty(lock, killed, output.status.success())?;
            return Err(STOPPED.into());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let found = if output.status.success() {
            "done"
        } else {
            // The lines before are its progress.
            said.lines().last().unwrap_or_default()
        };
        let text = killed.layout.to_string();
        let same = (text.as_str(), "creation by another process");
        let findings = &mut self.gpu.findings;
        findings.compare(Source::Rule, same, &"done", &found);
        self.look_and_empty(lock, killed, output.status.success())?;
        Ok(changing)
    }

    /// Waits until a process has created so many GPU instances, or has ended.
    fn wait_for(&self, count: usize, running: &mut Child) -> io::Result<()> {
        // Beside a change, an instance may be gone while it is read.
        let are_there = || {
            let instances = self.device().gpu_instances();
            instances.is_ok_and(|instances| instances.len() >= count)
        };
        while running.try_wait()?.is_none() && !are_there() {
            sleep(LOOK);
        }
        Ok(())
    }

    /// Kills a process so long after its first instance: before that, it mostly opens the library.
    fn kill(
        &mut self,
        lock: &mut MachineLock,
        killed: &Killed,
        after: Duration,
    ) -> Result<Outcome, Box<dyn Error>> {
        let mut running = self.start(killed)?;
        self.wait_for(1, &mut running)?;
        sleep(after);
        running.kill()?;
        let status = running.wait()?;
        // One that has failed by itself has undone what it did.
        let may_be_done = status.success() || status.code().is_none();
        self.look_and_empty(lock, killed, may_be_done)
    }

    fn look_and_empty(
        &mut self,
        lock: &mut MachineLock,
        killed: &Killed,
        may_be_done: bool,
    ) -> Result<Outcome, Box<dyn Error>> {
        let mut looked = self.look_at(lock, killed, may_be_done);
        if looked
            .as_ref()
            .is_err_and(|error| !error.is::<NotEmptied>())
        {
            // A driver may refuse once what it does the next time.
            looked = self.look_at(lock, killed, may_be_done);
        }
        match looked {
            Err(error) if !error.is::<NotEmptied>() => {
                Err(self.unread(lock, &killed.layout, &*error))
            }
            looked => self.empty_again(lock, looked),
        }
    }

    fn look_at(
        &mut self,
        lock: &mut MachineLock,
        killed: &Killed,
        may_be_done: bool,
    ) -> Result<Outcome, Box<dyn Error>> {
        let options = LockOptions::new().with_folder(killed.folder.path());
        // Without a time limit, it is always taken.
        let own = options.take()?;
        let mut own = own.ok_or("the lock of a process that is gone can't be taken")?;
        self.look(lock, &mut own, &killed.layout, may_be_done)
    }

    /// Starts a process that creates the layout beside what is there.
    fn start(&self, killed: &Killed) -> Result<Child, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(&killed.machine)
            .args(["create", "--yes", "--device", &self.uuid, "--lock-folder"])
            .arg(killed.folder.path())
            .arg(killed.layout.to_string());
        // What is created is gone before anybody could use it.
        command.env_remove("NVML_MIG_CDI_SPEC");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Ok(command.spawn()?)
    }
}
