//! Injected failures, delays and missing functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An injected failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    function: String,
    /// Calls of the function up to and including the one that fails; 0 means every call fails.
    calls_left: u32,
    code: u32,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fails with code {}", self.function, self.code)?;
        match self.calls_left {
            0 => f.write_str(" on every call"),
            1 => f.write_str(" on its next call"),
            left => write!(f, " on call {left} from now"),
        }
    }
}

/// All injected faults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    failures: Vec<Failure>,
    delays: BTreeMap<String, Duration>,
    hidden: BTreeSet<String>,
    #[serde(default)]
    pretended: BTreeSet<String>,
}

impl Faults {
    /// Returns faults that only hide these functions.
    #[must_use]
    pub fn hiding(functions: &[String]) -> Self {
        Self {
            hidden: functions.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// Whether there are no faults, so that calls need not check further.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
            && self.delays.is_empty()
            && self.hidden.is_empty()
            && self.pretended.is_empty()
    }

    /// Makes the `nth` call of a function from now on fail with a code; `nth` 0 means every call.
    pub fn fail(&mut self, function: String, nth: u32, code: u32) {
        self.failures.push(Failure {
            function,
            calls_left: nth,
            code,
        });
    }

    /// Delays every call of a function.
    pub fn delay(&mut self, function: String, delay: Duration) {
        self.delays.insert(function, delay);
    }

    /// Makes a function answer that the driver lacks it.
    pub fn hide(&mut self, function: String) {
        self.hidden.insert(function);
    }

    /// Makes a function that changes the machine succeed without effect.
    pub fn pretend(&mut self, function: String) {
        self.pretended.insert(function);
    }

    /// Whether a function succeeds without effect.
    #[must_use]
    pub fn is_pretended(&self, function: &str) -> bool {
        self.pretended.contains(function)
    }

    /// Whether a failure would be none.
    #[must_use]
    pub fn fail_with_success(&self) -> bool {
        self.failures.iter().any(|failure| failure.code == 0)
    }

    /// Whether a fault applies to this function.
    #[must_use]
    pub fn concern(&self, function: &str) -> bool {
        self.hidden.contains(function) || self.failures.iter().any(|f| f.function == function)
    }

    /// Returns the delay of a function.
    #[must_use]
    pub fn delay_of(&self, function: &str) -> Option<Duration> {
        self.delays.get(function).copied()
    }

    /// Returns the longest delay of any function.
    #[must_use]
    pub fn longest_delay(&self) -> Duration {
        self.delays.values().max().copied().unwrap_or_default()
    }

    /// Returns the hidden functions.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        self.hidden.iter().map(String::as_str)
    }

    /// Whether a function is hidden.
    #[must_use]
    pub fn is_hidden(&self, function: &str) -> bool {
        self.hidden.contains(function)
    }

    /// Describes each fault in a sentence.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let failures = self.failures.iter().map(ToString::to_string);
        let delays = self.delays.iter();
        let delays = delays.map(|(function, delay)| format!("{function} takes {delay:?} longer"));
        let hidden = self.hidden.iter();
        let hidden = hidden.map(|function| format!("{function} is hidden"));
        let pretended = self.pretended.iter();
        let pretended =
            pretended.map(|function| format!("{function} succeeds and changes nothing"));
        let faults = failures.chain(delays).chain(hidden);
        faults.chain(pretended).collect()
    }

    /// Counts a call of a function; returns the code with which it fails, if it does.
    pub fn count_call(&mut self, function: &str) -> Option<u32> {
        let mut code = None;
        self.failures.retain_mut(|failure| {
            if failure.function != function {
                return true;
            }
            let fails = failure.calls_left <= 1;
            if fails {
                code = code.or(Some(failure.code));
            }
            let once = failure.calls_left == 1;
            failure.calls_left = failure.calls_left.saturating_sub(1);
            !once
        });
        code
    }
}
