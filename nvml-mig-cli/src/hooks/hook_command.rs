//! A command of a hooks file.

use std::collections::BTreeMap;
use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread::sleep;

use serde::Deserialize;

use super::hook_output::HookOutput;
use super::own_session;
use crate::change::signals;
use crate::process_group::{GLANCE, ProcessGroup};

#[derive(Debug, Deserialize)]
#[serde(expecting = "a hook: a mapping with `command`")]
pub(super) struct HookCommand {
    pub(super) command: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    envs: BTreeMap<String, String>,
    #[serde(default)]
    workdir: String,
}

/// Why a command did not succeed.
pub(super) enum NotRun {
    Failed(String),
    /// It failed, and a signal had come meanwhile, which may have reached the command too.
    Interrupted(String),
    Ended,
}

impl HookCommand {
    /// Runs the command with these environment variables and its own, and no others, as mig-parted does. What it prints
    /// goes to standard error. A signal lets it finish, since it may be in the middle of something; a second one
    /// meanwhile ends it.
    ///
    /// # Errors
    ///
    /// Why it can't be started, does not succeed or was ended.
    pub(super) fn run(&self, environment: &[(&'static str, String)]) -> Result<(), NotRun> {
        let failed = |error: std::io::Error| NotRun::Failed(error.to_string());
        let mut command = self.process(environment)?;
        let output = HookOutput::of(&mut command).map_err(failed)?;
        let before = signals::count();
        let leader = own_session::start_hook(&mut command).map_err(failed)?;
        // It holds an end of the pipe.
        drop(command);
        let mut group = ProcessGroup::of(leader);
        let ended = wait(&mut group, before);
        if matches!(ended, Err(NotRun::Ended)) {
            group.end().map_err(failed)?;
        }
        output.finish().map_err(failed)?;
        ended
    }

    fn process(&self, environment: &[(&'static str, String)]) -> Result<Command, NotRun> {
        let missing = || NotRun::Failed("there is no such program in PATH".to_owned());
        let program = program(&self.command).ok_or_else(missing)?;
        let mut command = own_session::hook(&program, &self.command);
        command
            .args(&self.args)
            .env_clear()
            .envs(&self.envs)
            .envs(environment.iter().map(|(name, value)| (name, value)));
        if !self.workdir.is_empty() {
            command.current_dir(&self.workdir);
        }
        Ok(command)
    }
}

/// Waits until it ends by itself, or a signal says that it is to end. Signals that came before it began do not count.
fn wait(group: &mut ProcessGroup, before: u32) -> Result<(), NotRun> {
    loop {
        match group.try_wait() {
            Err(error) => return Err(NotRun::Failed(error.to_string())),
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(status, before)),
            Ok(None) if signals::count() >= before + 2 => return Err(NotRun::Ended),
            Ok(None) => sleep(GLANCE),
        }
    }
}

/// Tells whether a signal came while it ran. One that ended the command itself may arrive here a moment later.
fn failed(status: ExitStatus, before: u32) -> NotRun {
    sleep(GLANCE);
    let why = format!("it ended with {status}");
    if signals::count() > before {
        NotRun::Interrupted(why)
    } else {
        NotRun::Failed(why)
    }
}

/// Finds a program as mig-parted does, in the PATH of this process: the hook's own environment may have none.
fn program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(name.into());
    }
    let path = env::var_os("PATH")?;
    // Go refuses what is only in a relative folder; the hook may run in another.
    let folders = env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
