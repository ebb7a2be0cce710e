//! The built program with a state file of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) struct Runner {
    folder: TempDir,
}

impl Runner {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// A path in this runner's own folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path("machine.json")
    }

    /// The program with a subcommand and the state file.
    pub(crate) fn command(&self, subcommand: &str) -> Command {
        let mut command = program();
        command.arg(subcommand).arg("--state").arg(self.state());
        command
    }

    /// Does a subcommand.
    pub(crate) fn ask(&self, subcommand: &str, arguments: &[&str]) -> Done {
        done(self.command(subcommand).args(arguments))
    }

    /// Does a subcommand that says nothing when it is done.
    pub(crate) fn tell(&self, subcommand: &str, arguments: &[&str]) {
        let done = self.ask(subcommand, arguments);
        assert_eq!(
            (done.code, &*done.stdout, &*done.stderr),
            (Some(0), "", ""),
            "{subcommand} {arguments:?}"
        );
    }

    /// Runs a shell script on the machine.
    pub(crate) fn shell(&self, options: &[&str], script: &str) -> Done {
        let mut command = self.command("run");
        done(command.args(options).args(["--", "sh", "-c", script]))
    }

    /// Runs NVML calls on the machine, in a process that knows nothing of the simulator; see `child`.
    pub(crate) fn nvml(&self, options: &[&str], script: &[&str]) -> Vec<String> {
        let mut command = self.command("run");
        command.args(options).arg("--");
        command.arg(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "runner::child::child",
            "--ignored",
            "--nocapture",
        ]);
        let done = done(command.env(super::child::SCRIPT, script.join(";")));
        assert_eq!(done.code, Some(0), "{done:?}");
        let lines = done.stdout.lines();
        let lines = lines.filter_map(|line| line.split_once("= ").map(|(_, said)| said));
        lines.map(ToOwned::to_owned).collect()
    }
}

/// The program, with no machine of an environment that runs these tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nvml-mig-sim"));
    command.env_remove("NVML_MIG_SIM_STATE");
    command
}

pub(crate) fn done(command: &mut Command) -> Done {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    Done {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Files and folders below a folder, sorted, named from there.
pub(crate) fn listing(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    collect(folder, folder, &mut names);
    names.sort();
    names
}

fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().as_os_str();
        names.push(OsStr::to_str(name).unwrap().to_owned());
        if path.is_dir() {
            collect(root, &path, names);
        }
    }
}
