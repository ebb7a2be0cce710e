//! How often what happened.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

/// What happened, and how often; a line each, to be read by the parent.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    pub(crate) fn count(&self, what: &str) {
        self.add(what, 1);
    }

    pub(crate) fn add(&self, what: &str, more: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(what.to_owned()).or_default() += more;
    }

    pub(crate) fn of(&self, what: &str) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(what).copied().unwrap_or_default()
    }

    /// Adds those of another process.
    pub(crate) fn join(&self, other: Self) {
        let counts = other.0.into_inner();
        for (what, count) in counts.unwrap_or_else(PoisonError::into_inner) {
            self.add(&what, count);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = counts.iter();
        counts.try_for_each(|(what, count)| writeln!(f, "{count} {what}"))
    }
}

impl FromStr for Tally {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let tally = Self::default();
        for line in text.lines() {
            let (count, what) = line.split_once(' ').context("a count and its name")?;
            tally.add(what, count.parse()?);
        }
        Ok(tally)
    }
}
