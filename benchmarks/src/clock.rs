//! Wall time of single calls.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use nvml_mig_sys::nvmlReturn_t;

/// Calls between two looks at the clock.
const ROUNDS: u32 = 100_000;

/// The least of several times: another process may take the processor at any of them.
pub fn least(times: impl IntoIterator<Item = f64>) -> f64 {
    times.into_iter().fold(f64::INFINITY, f64::min)
}

/// Nanoseconds of a call: the least of nine.
pub fn nanoseconds(mut call: impl FnMut()) -> f64 {
    let mut once = || {
        let began = Instant::now();
        (0..ROUNDS).for_each(|_| call());
        began.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
    };
    least((0..9).map(|_| once()))
}

/// A question with the nanoseconds that it takes in nvml-mig and in nvml-wrapper.
pub type Times = (&'static str, f64, f64);

/// C's function pointer for MIG mode.
pub fn c(library: &Path) -> Result<f64> {
    let library = nvml_mig_sys::Library::open_path(library)?;
    let function = black_box(library.symbols().nvmlDeviceGetMigMode);
    Ok(nanoseconds(|| {
        let (mut current, mut pending) = (0, 0);
        // SAFETY: the trivial library writes two numbers and reads nothing.
        let code =
            unsafe { function(black_box(core::ptr::null_mut()), &mut current, &mut pending) };
        assert_eq!(code, nvmlReturn_t::NVML_SUCCESS);
        black_box((current, pending));
    }))
}

/// The same questions to both.
pub fn both(library: &Path) -> Result<Vec<Times>> {
    let nvml = nvml_mig::Nvml::init_from(library)?;
    let device = nvml.device_by_index(0)?;
    let wrapper = nvml_wrapper::Nvml::builder()
        .lib_path(library.as_os_str())
        .init();
    let wrapper = wrapper.context("nvml-wrapper does not open the trivial library")?;
    let other = wrapper.device_by_index(0)?;
    /// Asks both, and uses the answers.
    macro_rules! ask {
        ($name:literal, $ours:expr, $theirs:expr) => {
            (
                $name,
                nanoseconds(|| {
                    let _answer = black_box($ours.ok());
                }),
                nanoseconds(|| {
                    let _answer = black_box($theirs.ok());
                }),
            )
        };
    }
    Ok(vec![
        ask!(
            "mig_mode",
            black_box(&device).mig_mode(),
            black_box(&other).mig_mode()
        ),
        ask!(
            "index",
            black_box(&device).index(),
            black_box(&other).index()
        ),
        ask!(
            "memory_info",
            black_box(&device).memory_info(),
            black_box(&other).memory_info()
        ),
        ask!("uuid", black_box(&device).uuid(), black_box(&other).uuid()),
        ask!("name", black_box(&device).name(), black_box(&other).name()),
        ask!(
            "device_by_index",
            black_box(&nvml).device_by_index(0),
            black_box(&wrapper).device_by_index(0)
        ),
    ])
}
