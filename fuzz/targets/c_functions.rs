//! The functions of the simulated library.
#![no_main]

use std::sync::LazyLock;

use nvml_mig_fuzz::CFunctions;

static FUNCTIONS: LazyLock<CFunctions> = LazyLock::new(|| CFunctions::load().unwrap());

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    FUNCTIONS.call(input);
});
