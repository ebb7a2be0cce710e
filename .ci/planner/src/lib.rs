//! The tests of this package take minutes without `--release`, so they are not among everybody's `cargo test`.
