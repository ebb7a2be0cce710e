//! Names of profiles.
#![no_main]

nvml_mig_fuzz::fuzz_parser!();
