//! What a process has of the machine it runs on.

use std::fs;

use anyhow::{Context, Result};

/// The memory in KiB, and the open descriptors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) memory: u64,
    pub(crate) descriptors: u64,
}

impl Figures {
    /// Of this process.
    pub(crate) fn own() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = line.and_then(|line| line.split_whitespace().next());
        let descriptors = fs::read_dir("/proc/self/fd")?.count();
        Ok(Self {
            memory: memory.context("no VmRSS")?.parse()?,
            descriptors: u64::try_from(descriptors)?,
        })
    }

    /// Whether this is more than a process grows that lasts: 32 MiB, and the descriptors of its threads.
    pub(crate) const fn is_far_above(self, early: Self) -> bool {
        self.memory > early.memory + (32 << 10) || self.descriptors > early.descriptors + 64
    }
}
