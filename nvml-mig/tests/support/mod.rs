//! What tests share: machines, layouts tried one by one, and transactions that are disturbed.

pub mod after;
pub mod boards;
pub mod brute_force;
pub mod chain;
pub mod machine;
#[cfg(feature = "apply")]
pub mod transactions;
pub mod user_guide;

#[cfg(feature = "apply")]
pub mod plans;
