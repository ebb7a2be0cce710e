//! The report of a check.

use std::fmt::Write;

use nvml_mig_boards::board_file::BoardFile;
use nvml_mig_boards::catalogue::Board;
use serde::Serialize;

use super::finding::{Findings, Source};
use crate::drawing::wrapped;

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
    /// The board in the form of `nvml-mig-sim capture`.
    pub(super) capture: BoardFile,
}

impl Report {
    /// Returns whether all that was compared is as expected.
    pub(super) fn is_as_expected(&self) -> bool {
        let mut gpus = self.gpus.iter();
        gpus.all(|gpu| gpu.findings.findings.is_empty())
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
        let Findings {
            compared,
            findings,
            not_checked,
        } = &self.findings;
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
