//! Data in serde's formats.
#![no_main]

nvml_mig_fuzz::fuzz_parser!();
