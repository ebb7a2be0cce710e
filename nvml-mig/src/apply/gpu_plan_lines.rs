//! The text of a plan for one GPU.

use core::fmt;

use super::gpu_plan::GpuPlan;
use super::{planned_mode, users};
use crate::query::MigMode;

/// Prints one line per step, or `nothing to do`.
impl fmt::Display for GpuPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes_nothing() {
            return f.write_str("nothing to do");
        }
        f.write_str(&self.lines().join("\n"))
    }
}

impl GpuPlan {
    /// Returns one line per step, in order, such as `destroy GPU instance 2, in use by process 4242 (/usr/bin/python3)`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mode = self.mode;
        let mode = mode.map(|mode| planned_mode::line(mode, self.modes, self.reset()));
        if self.switches_off_first() {
            return mode.into_iter().collect();
        }
        let (first, last) = match self.mode {
            Some(MigMode::Enabled) => (mode, None),
            _ => (None, mode),
        };
        let mut lines: Vec<String> = first.into_iter().collect();
        match &self.plan {
            Some(plan) => lines.extend(users::lines(plan, self.processes())),
            None if self.layout.is_empty() => {}
            None => lines.push(format!(
                "create {}, if it fits: with MIG mode off, this driver does not list the profiles of the GPU",
                self.saved_names.text(&self.layout)
            )),
        }
        lines.extend(last);
        lines
    }
}
