//! UUIDs, PCI addresses and other identifiers.
#![no_main]

nvml_mig_fuzz::fuzz_parser!();
