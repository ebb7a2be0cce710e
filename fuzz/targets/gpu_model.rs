//! Models of GPUs.
#![no_main]

nvml_mig_fuzz::fuzz_parser!();
