//! Configuration files of mig-parted.
#![no_main]

nvml_mig_fuzz::fuzz_parser!();
