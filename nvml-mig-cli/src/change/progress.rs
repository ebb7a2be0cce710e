//! Shows how far a change is: a bar on a terminal, lines elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering};

use nvml_mig::apply::Progress;

use crate::console::note;
use crate::machine::GpuNames;

/// The steps that this process has begun: if they get no more, a call of the driver does not return.
static STEPS: AtomicU64 = AtomicU64::new(0);

/// Counts a step.
pub(super) fn count_step() {
    STEPS.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of steps so far.
#[cfg(feature = "kubernetes")]
pub(crate) fn steps() -> u64 {
    STEPS.load(Ordering::Relaxed)
}

/// The progress of a change, on standard error.
#[derive(Debug)]
pub(crate) struct ProgressLine {
    names: GpuNames,
    bar: Option<ProgressBar>,
}

impl ProgressLine {
    pub(crate) fn new(names: GpuNames) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("[{bar:20}] {pos}/{len} {wide_msg}");
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { names, bar }
    }

    /// Shows a step. Errors and rollbacks stay on the terminal, above the bar.
    pub(crate) fn step(&mut self, step: &Progress) {
        count_step();
        let text = self.names.in_text(&step.to_string());
        let Some(bar) = &self.bar else {
            note(&text);
            return;
        };
        match step {
            Progress::Step {
                number, of, action, ..
            } => {
                bar.set_length(u64::try_from(*of).unwrap_or(u64::MAX));
                bar.set_position(u64::try_from(*number).unwrap_or(u64::MAX));
                bar.set_message(action.clone());
            }
            Progress::RollBack { .. } => bar.println(text),
            _ => bar.set_message(text),
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
