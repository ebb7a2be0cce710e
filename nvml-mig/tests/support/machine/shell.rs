//! The examples, as somebody runs them from a shell.

use std::process::{Command, Output};

use tempfile::TempDir;

use super::example_file;

/// A simulated machine that several examples see.
pub struct Shell {
    pub board: &'static str,
    pub folder: TempDir,
}

impl Shell {
    pub fn new(board: &'static str) -> Self {
        Self {
            board,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn run(&self, example: &str, arguments: &str) -> Output {
        self.command(example, arguments).output().unwrap()
    }

    fn command(&self, example: &str, arguments: &str) -> Command {
        let state = self.folder.path().join("state.json");
        let mut command = Command::new(example_file(example));
        command
            .args(["--simulate", self.board, "--state"])
            .arg(state);
        command.args(arguments.split_whitespace());
        command
    }

    /// Standard output of an example that succeeds.
    pub fn prints(&self, example: &str, arguments: &str) -> String {
        let output = self.run(example, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{example} {arguments}: {said}");
        assert!(said.contains("no real GPU is touched"), "{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of an example that fails with this exit code.
    pub fn fails(&self, example: &str, arguments: &str, code: i32) -> String {
        let output = self.run(example, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{example} {arguments}: {said}"
        );
        said
    }
}

pub fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            text.lines().any(|found| found.trim_end() == *line),
            "{line:?} is not in:\n{text}"
        );
    }
}
