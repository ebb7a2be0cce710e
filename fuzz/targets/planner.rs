//! The planner.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    nvml_mig_fuzz::plan(input);
});
