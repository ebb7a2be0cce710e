//! Captures of every board of the catalogue.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nvml_mig_sim::catalogue::{Board, boards, boards_without_mig};

use crate::runner::runner::{Done, Runner};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_nvml-mig-sim");

/// All boards, those without MIG last.
pub(crate) fn every_board() -> impl Iterator<Item = &'static Board> {
    boards().iter().chain(boards_without_mig()).copied()
}

/// A machine with one GPU of each board.
pub(crate) fn options(boards: &[&Board]) -> Vec<String> {
    let options = boards.iter().map(|board| format!("--gpu={}", board.key));
    options.collect()
}

/// What `capture` prints of a GPU of this board without instances, in a file of this folder.
pub(crate) fn file_of(board: &Board, folder: &Path) -> PathBuf {
    static TEXTS: OnceLock<Vec<String>> = OnceLock::new();
    let texts = TEXTS.get_or_init(capture_all);
    let index = every_board().position(|other| other.key == board.key);
    let path = folder.join(format!("{}.json", board.key));
    fs::write(&path, &texts[index.unwrap()]).unwrap();
    path
}

fn capture_all() -> Vec<String> {
    let runner = Runner::new();
    let boards: Vec<&Board> = every_board().collect();
    let options = options(&boards);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let arguments: Vec<String> = boards.iter().map(|_| String::new()).collect();
    capture_each(&runner, &options, &arguments)
}

/// Captures each GPU of a machine, each with more arguments of its own.
pub(crate) fn capture_each(runner: &Runner, options: &[&str], arguments: &[String]) -> Vec<String> {
    let file = |index| runner.path(&format!("{index}.captured"));
    let lines = arguments.iter().enumerate().map(|(index, more)| {
        let to = file(index);
        format!(
            "\"{PROGRAM}\" capture --gpu {index} {more} > \"{}\"\n",
            to.display()
        )
    });
    let script: String = lines.collect();
    let done = runner.shell(&[options, &["-q"]].concat(), &format!("set -e\n{script}"));
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    let files = (0..arguments.len()).map(|index| fs::read_to_string(file(index)).unwrap());
    files.collect()
}

/// Captures the first GPU of a machine.
pub(crate) fn capture(runner: &Runner, options: &[&str], arguments: &str) -> Done {
    let options = [options, &["-q"]].concat();
    runner.shell(&options, &format!("exec \"{PROGRAM}\" capture {arguments}"))
}
