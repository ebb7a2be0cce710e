//! Single calls under valgrind: instructions and heap allocations, by C's function pointer, by nvml-mig-sys' table, by
//! nvml-mig and by nvml-wrapper.
//!
//! Each is a loop, run twice with different lengths: the difference is what a round costs. The loop `empty` tells how much
//! of that is the loop's own.

use std::hint::black_box;

use gungraun::Dhat;
use gungraun::prelude::*;
use nvml_mig::{Device, Nvml};
use nvml_mig_sys::{Library, nvmlDevice_t, nvmlReturn_t};

/// The environment variable with the path of the trivial library.
const LIBRARY: &str = "NVML_MIG_TRIVIAL_LIBRARY";

fn path() -> String {
    std::env::var(LIBRARY).unwrap_or_else(|_| panic!("{LIBRARY} does not name the library"))
}

/// Nothing is closed while it is measured.
fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn nvml() -> &'static Nvml {
    kept(Nvml::init_from(path()).expect("the trivial library"))
}

fn device() -> &'static Device {
    let device = nvml().device_by_index(0).expect("a device");
    // The first look at MIG mode takes it down.
    let _ = device.mig_mode();
    kept(device)
}

fn wrapper() -> &'static nvml_wrapper::Nvml {
    let nvml = nvml_wrapper::Nvml::builder()
        .lib_path(path().as_ref())
        .init();
    kept(nvml.expect("the trivial library"))
}

fn wrapper_device() -> &'static nvml_wrapper::Device<'static> {
    kept(wrapper().device_by_index(0).expect("a device"))
}

fn table() -> &'static Library {
    kept(Library::open_path(path()).expect("the trivial library"))
}

type MigMode = unsafe extern "C" fn(nvmlDevice_t, *mut u32, *mut u32) -> nvmlReturn_t;

fn pointer() -> MigMode {
    table().symbols().nvmlDeviceGetMigMode
}

/// Writes a loop of `$ask`, of which the answer is used.
macro_rules! rounds {
    ($name:ident, $setup:ident() -> $type:ty, |$of:ident| $ask:expr) => {
        #[library_benchmark]
        #[bench::short($setup(), 1000)]
        #[bench::long($setup(), 2000)]
        fn $name($of: $type, rounds: u32) {
            for _ in 0..rounds {
                match $ask {
                    Ok(answer) => {
                        black_box(answer);
                    }
                    Err(_) => panic!("the trivial library refuses nothing"),
                }
            }
        }
    };
}

/// Writes the loops of one question about a device, to nvml-mig and to nvml-wrapper.
macro_rules! of_device {
    ($($ours:ident, $wrapper:ident: $ask:ident;)*) => {
        $(
            rounds!($ours, device() -> &'static Device, |device| black_box(device).$ask());
            rounds!($wrapper, wrapper_device() -> &'static nvml_wrapper::Device<'static>, |device| {
                black_box(device).$ask()
            });
        )*
    };
}

/// What C has: the code, and the numbers where they were written.
fn mode(function: MigMode) -> Result<(u32, u32), nvmlReturn_t> {
    let (mut current, mut pending) = (0, 0);
    // SAFETY: the trivial library writes two numbers and reads nothing.
    match unsafe { function(black_box(core::ptr::null_mut()), &mut current, &mut pending) } {
        nvmlReturn_t::NVML_SUCCESS => Ok((current, pending)),
        code => Err(code),
    }
}

rounds!(empty, device() -> &'static Device, |device| Ok::<_, ()>(black_box(device)));
rounds!(c_mig_mode, pointer() -> MigMode, |function| mode(function));
rounds!(sys_mig_mode, table() -> &'static Library, |library| {
    mode(black_box(library).symbols().nvmlDeviceGetMigMode)
});
of_device! {
    ours_mig_mode, wrapper_mig_mode: mig_mode;
    ours_index, wrapper_index: index;
    ours_minor_number, wrapper_minor_number: minor_number;
    ours_architecture, wrapper_architecture: architecture;
    ours_cuda_compute_capability, wrapper_cuda_compute_capability: cuda_compute_capability;
    ours_memory_info, wrapper_memory_info: memory_info;
    ours_uuid, wrapper_uuid: uuid;
    ours_name, wrapper_name: name;
}
rounds!(ours_device_count, nvml() -> &'static Nvml, |nvml| black_box(nvml).device_count());
rounds!(wrapper_device_count, wrapper() -> &'static nvml_wrapper::Nvml, |nvml| {
    black_box(nvml).device_count()
});
rounds!(ours_cuda_driver_version, nvml() -> &'static Nvml, |nvml| {
    black_box(nvml).cuda_driver_version()
});
rounds!(wrapper_cuda_driver_version, wrapper() -> &'static nvml_wrapper::Nvml, |nvml| {
    black_box(nvml).sys_cuda_driver_version()
});
rounds!(ours_device_by_index, nvml() -> &'static Nvml, |nvml| black_box(nvml).device_by_index(0));
rounds!(wrapper_device_by_index, wrapper() -> &'static nvml_wrapper::Nvml, |nvml| {
    black_box(nvml).device_by_index(0)
});

library_benchmark_group!(
    name = calls,
    benchmarks = [
        empty,
        c_mig_mode,
        sys_mig_mode,
        ours_mig_mode,
        wrapper_mig_mode,
        ours_index,
        wrapper_index,
        ours_minor_number,
        wrapper_minor_number,
        ours_architecture,
        wrapper_architecture,
        ours_cuda_compute_capability,
        wrapper_cuda_compute_capability,
        ours_memory_info,
        wrapper_memory_info,
        ours_uuid,
        wrapper_uuid,
        ours_name,
        wrapper_name,
        ours_device_count,
        wrapper_device_count,
        ours_cuda_driver_version,
        wrapper_cuda_driver_version,
        ours_device_by_index,
        wrapper_device_by_index,
    ]
);

main!(
    config = LibraryBenchmarkConfig::default()
        .pass_through_env(LIBRARY)
        // Where a valgrind that is not installed has its tools.
        .pass_through_env("VALGRIND_LIB")
        .tool(Dhat::default()),
    library_benchmark_groups = calls
);
