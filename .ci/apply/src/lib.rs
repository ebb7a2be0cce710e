//! Nothing but tests: too many for `cargo test`. They run with `--release`.
