//! What is tried.

use std::error::Error;
use std::fmt::Debug;

use anyhow::Result;
use nvml_mig_testing::transactions;

use crate::machine::{Machine, Scene};

/// What a caller gets, the answer as a text.
pub(crate) type Answer = Result<String, Box<dyn Error>>;

/// The rest of an operation after what comes before the faults.
pub(crate) type Rest = Box<dyn FnOnce() -> Answer>;

/// A public function that calls NVML.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// Its path in nvml-mig, and in parentheses what it is asked for.
    pub(crate) name: &'static str,
    /// Whether it may change the machine.
    pub(crate) changes: bool,
    /// Makes what is needed, without faults.
    pub(crate) prepare: fn(&Machine, Scene) -> Result<Rest>,
}

/// Those that differ in what comes of them while plans are applied, where `.ci/apply` tries all.
const CODES_OF_PLANS: &[u32] = &[2, 4, 6, 13, 15, 19, 23, 999];

impl Operation {
    /// Whether it is for vGPU hosts.
    pub(crate) fn is_of_vgpus(&self) -> bool {
        self.path().contains("vgpu") && self.path() != "Device::is_vgpu_guest"
    }

    /// The codes with which its calls fail.
    pub(crate) fn codes(&self) -> Vec<u32> {
        let mut codes: Vec<u32> = match self.path().starts_with("MachineLock::") {
            true => CODES_OF_PLANS.to_vec(),
            false => transactions::codes().collect(),
        };
        codes.sort_unstable();
        codes
    }

    /// The path in nvml-mig.
    pub(crate) fn path(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or(self.name)
    }
}

/// An answer as a text.
pub(crate) fn text<T: Debug, E: Error + 'static>(answer: Result<T, E>) -> Answer {
    Ok(format!("{:?}", answer?))
}

/// An operation that only reads: its path, and how it is asked. What it needs is made before the faults.
macro_rules! reads {
    ($name:literal, $it:ident => $asked:expr) => {
        reads!($name, $it, () = () => $asked)
    };
    ($name:literal, $it:ident, $need:pat = $needs:expr => $asked:expr) => {
        $crate::operation::Operation {
            name: $name,
            changes: false,
            prepare: |_, $it| {
                let $need = $needs;
                Ok(Box::new(move || $crate::operation::text($asked)))
            },
        }
    };
}

/// The same of one that changes something.
macro_rules! changes {
    ($name:literal, $it:ident => $asked:expr) => {
        changes!($name, $it, () = () => $asked)
    };
    ($name:literal, $it:ident, $need:pat = $needs:expr => $asked:expr) => {
        $crate::operation::Operation {
            changes: true,
            ..$crate::operation::reads!($name, $it, $need = $needs => $asked)
        }
    };
}

pub(crate) use {changes, reads};
