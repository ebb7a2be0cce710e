//! The report of a check.

use std::fmt::Write;

use nvml_mig::Error;
use nvml_mig_boards::board_file::BoardFile;
use nvml_mig_boards::catalogue::Board;
use serde::Serialize;

use super::finding::{Findings, Source, without_uuids};
use super::outcome::Kills;
use crate::console::chain;
use crate::drawing::wrapped;
use crate::exit::Exit;

/// What was read and compared. UUIDs, serial numbers and PCI addresses are no part of it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The program and its version.
    pub(super) checked_by: &'static str,
    pub(super) driver: Option<String>,
    pub(super) nvml: Option<String>,
    pub(super) cuda: Option<String>,
    /// The functions that the library lacks and nvml-mig calls.
    pub(super) missing_functions: Vec<&'static str>,
    /// What prevents creating instances, on all GPUs.
    pub(super) obstacles: Vec<String>,
    pub(super) gpus: Vec<GpuReport>,
    pub(super) unreadable: Vec<UnreadableGpu>,
}

/// A GPU that can't be checked.
#[derive(Debug, Serialize)]
pub(super) struct UnreadableGpu {
    /// Such as `GPU 1`.
    what: String,
    error: String,
}

impl UnreadableGpu {
    pub(super) fn of<T>((gpu, read): &(String, Result<T, Error>)) -> Option<Self> {
        let error = read.as_ref().err()?;
        Some(Self {
            what: without_uuids(gpu),
            error: without_uuids(&chain(error)),
        })
    }
}

/// What was read of a GPU and compared.
#[derive(Debug, Serialize)]
pub(super) struct GpuReport {
    pub(super) index: u32,
    pub(super) name: String,
    /// Its key in the catalogue; `None` if it is not there.
    pub(super) board: Option<&'static str>,
    /// What the catalogue does not know from hardware.
    pub(super) unconfirmed: Vec<String>,
    /// What prevents creating instances on it.
    pub(super) obstacles: Vec<String>,
    #[serde(flatten)]
    pub(super) findings: Findings,
    /// What was changed and brought back to check it, if that was asked for.
    pub(super) changes: Vec<String>,
    /// What became of the processes that were killed meanwhile; `None` if none was.
    pub(super) kills: Option<Kills>,
    /// Why the changes ended before their end.
    pub(super) error: Option<String>,
    /// The instances that are there after them; `None` if nothing was to be changed, or if it is not known.
    pub(super) left: Option<Vec<String>>,
    /// The board in the form of `nvml-mig-sim capture`.
    pub(super) capture: BoardFile,
}

impl Report {
    /// Returns the exit code: what could not be read counts more than what differs.
    pub(super) fn exit(&self) -> Exit {
        let exits = || self.gpus.iter().map(|gpu| gpu.findings.exit());
        let incomplete = exits().find(|exit| !matches!(exit, Exit::Done | Exit::False));
        incomplete.unwrap_or_else(|| exits().fold(Exit::Done, Exit::or))
    }

    /// Returns the text for people.
    pub(super) fn text(&self) -> String {
        let unknown = || "unknown".to_owned();
        let of = |version: &Option<String>| version.clone().unwrap_or_else(unknown);
        let mut text = wrapped(&format!(
            "driver {}, NVML {}, CUDA {}\n",
            of(&self.driver),
            of(&self.nvml),
            of(&self.cuda)
        ));
        if !self.missing_functions.is_empty() {
            let missing = self.missing_functions.join(", ");
            text += &wrapped(&format!("functions missing from this driver: {missing}\n"));
        }
        for obstacle in &self.obstacles {
            text += &wrapped(&format!("obstacle: {obstacle}\n"));
        }
        for gpu in &self.gpus {
            text += &gpu.text();
        }
        text
    }
}

impl GpuReport {
    fn text(&self) -> String {
        let Self { index, name, .. } = self;
        let board = self.board.map_or_else(
            || "which is not in the catalogue".to_owned(),
            |board| format!("{board} in the catalogue"),
        );
        let mut text = wrapped(&format!("GPU {index}: {name}, {board}\n"));
        let mut lines = Vec::new();
        lines.extend(self.changes.iter().cloned());
        lines.extend(self.obstacles.iter().map(|it| format!("obstacle: {it}")));
        let left = self.left.iter().flatten();
        lines.extend(left.map(|it| format!("on the GPU now: {it}")));
        let Findings {
            compared,
            findings,
            not_checked,
            not_read,
            ..
        } = &self.findings;
        lines.extend(not_read.iter().map(|it| format!("can't be read: {it}")));
        lines.extend(not_checked.iter().map(|it| format!("not checked: {it}")));
        lines.extend(findings.iter().map(|finding| format!("differs: {finding}")));
        let differ = findings.len();
        lines.push(format!(
            "{compared} figures compared, {differ} of them differ"
        ));
        let is_about_catalogue = findings.iter().any(|it| it.source == Source::Catalogue);
        if is_about_catalogue && !self.unconfirmed.is_empty() {
            lines.push("not read off hardware in the catalogue so far:".to_owned());
            lines.extend(self.unconfirmed.iter().map(|it| format!("  {it}")));
        }
        for line in lines {
            // Writing to a String can't fail.
            let _ = write!(text, "{}", wrapped(&format!("  {line}\n")));
        }
        text
    }
}

/// Returns the figures of a board that were not read off hardware, with their sources.
pub(super) fn unconfirmed(board: Option<&Board>) -> Vec<String> {
    let weak = board.map_or(&[][..], |board| board.weak);
    let weak = weak.iter();
    weak.map(|weak| format!("{}: {}", weak.figure, weak.source))
        .collect()
}
