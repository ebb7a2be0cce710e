//! What the tests of nvml-mig share with the longer checks under .ci: machines, layouts tried one by one, and transactions
//! that are disturbed.
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

pub mod after;
pub mod brute_force;
pub mod chain;
pub mod machine;
pub mod transactions;
pub mod user_guide;
