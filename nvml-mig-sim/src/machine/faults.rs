//! Failures, delays and absences that a test asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A call that is to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failure {
    function: String,
    /// How many calls of the function remain until the one that fails; 0 fails every call.
    calls_left: u32,
    code: u32,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fails with code {}", self.function, self.code)?;
        match self.calls_left {
            0 => f.write_str(" at every call"),
            1 => f.write_str(" at its next call"),
            left => write!(f, " at call {left} from now"),
        }
    }
}

/// Everything that a test asked to go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Faults {
    failures: Vec<Failure>,
    delays: BTreeMap<String, Duration>,
    hidden: BTreeSet<String>,
}

impl Faults {
    /// Nothing goes wrong, and these functions are not there.
    #[must_use]
    pub fn hiding(functions: &[String]) -> Self {
        Self {
            hidden: functions.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// Whether calls need not look here at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty() && self.delays.is_empty() && self.hidden.is_empty()
    }

    /// Lets the `nth` call of a function from now on fail with a code; `nth` 0: all of them.
    pub fn fail(&mut self, function: String, nth: u32, code: u32) {
        self.failures.push(Failure {
            function,
            calls_left: nth,
            code,
        });
    }

    /// Lets every call of a function take longer.
    pub fn delay(&mut self, function: String, delay: Duration) {
        self.delays.insert(function, delay);
    }

    /// Lets a function answer that this driver lacks it.
    pub fn hide(&mut self, function: String) {
        self.hidden.insert(function);
    }

    /// Whether a call of this function would find something here.
    #[must_use]
    pub fn concern(&self, function: &str) -> bool {
        self.hidden.contains(function) || self.failures.iter().any(|f| f.function == function)
    }

    /// How much longer a function takes.
    #[must_use]
    pub fn delay_of(&self, function: &str) -> Option<Duration> {
        self.delays.get(function).copied()
    }

    /// The hidden functions.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        self.hidden.iter().map(String::as_str)
    }

    /// Whether a function is hidden.
    #[must_use]
    pub fn is_hidden(&self, function: &str) -> bool {
        self.hidden.contains(function)
    }

    /// All of them in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let failures = self.failures.iter().map(ToString::to_string);
        let delays = self.delays.iter();
        let delays = delays.map(|(function, delay)| format!("{function} takes {delay:?} longer"));
        let hidden = self.hidden.iter();
        let hidden = hidden.map(|function| format!("{function} is hidden"));
        failures.chain(delays).chain(hidden).collect()
    }

    /// Counts one call of a function; the code with which it fails, if it does.
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
