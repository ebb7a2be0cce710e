//! Test support of nvml-mig as a library, for the checks under .ci. The files are in nvml-mig's `tests` folder, so that
//! its package contains them too.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "it is a part of tests, which fail by panicking"
)]

#[path = "../../nvml-mig/tests/support/mod.rs"]
mod support;

pub use support::{after, boards, brute_force, chain, machine, plans, transactions, user_guide};

/// The code of this page is compiled with the tests. A page outside of nvml-mig is not in that crate's package.
#[cfg(doctest)]
#[doc = include_str!("../../docs/TASKS.md")]
struct Tasks;
