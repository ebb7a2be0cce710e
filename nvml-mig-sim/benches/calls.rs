//! How long calls take, in nanoseconds: `cargo bench -p nvml-mig-sim`. With `-- --check` it fails where a call takes
//! more than three times as long as promised, so that a busy machine does not make it fail.

#![allow(
    clippy::unwrap_used,
    reason = "what fails here is a mistake of this program"
)]

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};
use nvml_mig_sys::{Library, nvmlDevice_t, nvmlGpuInstance_t};

/// A call on a machine in memory, and in a file.
const PROMISED_IN_MEMORY: Duration = Duration::from_nanos(100);
const PROMISED_IN_FILE: Duration = Duration::from_micros(50);
/// How much longer is put down to what else the machine does.
const NOISE: u32 = 3;
/// The least of so many rounds is taken: what disturbs only ever makes a round longer.
const ROUNDS: u32 = 50;

/// Calls a function, which succeeds.
macro_rules! c {
    ($library:expr, $function:ident($($argument:expr),* $(,)?)) => {{
        let function = $library.symbols().$function;
        // SAFETY: every pointer here is to a variable of the type that nvml.h says.
        assert_eq!(unsafe { function($($argument),*) }.0, 0);
    }};
}

/// A machine, and how long a call on it may take.
struct Bench {
    library: Library,
    gpu: nvmlDevice_t,
    calls_a_round: u32,
    promised: Duration,
    within: bool,
    _simulator: Simulator,
}

impl Bench {
    fn of(builder: SimulatorBuilder, calls_a_round: u32, promised: Duration) -> Self {
        let simulator = builder.gpu(GpuSpec::new("a100-sxm4-40gb")).start().unwrap();
        let library = Library::open_path(simulator.library_path()).unwrap();
        let mut gpu = core::ptr::null_mut();
        c!(library, nvmlInit_v2());
        c!(library, nvmlDeviceGetHandleByIndex_v2(0, &mut gpu));
        Self {
            library,
            gpu,
            calls_a_round,
            promised,
            within: true,
            _simulator: simulator,
        }
    }

    /// Prints how long a call takes.
    fn time(&mut self, name: &str, mut call: impl FnMut(&Library, nvmlDevice_t)) {
        let mut least = Duration::MAX;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            for _ in 0..self.calls_a_round {
                call(&self.library, self.gpu);
            }
            least = least.min(began.elapsed() / self.calls_a_round);
        }
        self.report(name, least);
    }

    /// Prints how long it takes to make one of seven, and to destroy one.
    fn time_pair<T: Copy>(
        &mut self,
        (create, mut make): (&str, impl FnMut(&Library, nvmlDevice_t) -> T),
        (destroy, mut end): (&str, impl FnMut(&Library, T)),
    ) {
        let (mut making, mut ending) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS * self.calls_a_round / 20 {
            let began = Instant::now();
            let made = [(); 7].map(|()| make(&self.library, self.gpu));
            making = making.min(began.elapsed() / 7);
            let began = Instant::now();
            for made in made {
                end(&self.library, made);
            }
            ending = ending.min(began.elapsed() / 7);
        }
        self.report(create, making);
        self.report(destroy, ending);
    }

    fn report(&mut self, name: &str, least: Duration) {
        let within = least <= self.promised * NOISE;
        let over = if within { "" } else { "  too long" };
        println!("{:>9} ns  {name}{over}", least.as_nanos());
        self.within &= within;
    }

    /// Whether all calls are as fast as promised. The GPU is empty when it makes and destroys.
    fn time_all(&mut self) -> bool {
        self.time_changes();
        self.time(
            "nvmlDeviceGetGpuInstanceRemainingCapacity, empty",
            |nvml, gpu| {
                let mut number = 0;
                c!(
                    nvml,
                    nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, 19, &mut number)
                );
            },
        );
        let (parent, mig) = fill(&self.library, self.gpu);
        self.time_looks(parent, mig);
        self.within
    }

    fn time_changes(&mut self) {
        self.time_pair(
            ("nvmlDeviceCreateGpuInstance", |nvml, gpu| {
                let mut made = core::ptr::null_mut();
                c!(nvml, nvmlDeviceCreateGpuInstance(gpu, 19, &mut made));
                made
            }),
            ("nvmlGpuInstanceDestroy", |nvml, made| {
                c!(nvml, nvmlGpuInstanceDestroy(made));
            }),
        );
        let mut parent = core::ptr::null_mut();
        c!(
            self.library,
            nvmlDeviceCreateGpuInstance(self.gpu, 0, &mut parent)
        );
        self.time_pair(
            ("nvmlGpuInstanceCreateComputeInstance", |nvml, _| {
                let mut made = core::ptr::null_mut();
                c!(
                    nvml,
                    nvmlGpuInstanceCreateComputeInstance(parent, 0, &mut made)
                );
                made
            }),
            ("nvmlComputeInstanceDestroy", |nvml, made| {
                c!(nvml, nvmlComputeInstanceDestroy(made));
            }),
        );
        c!(self.library, nvmlGpuInstanceDestroy(parent));
    }

    fn time_looks(&mut self, parent: nvmlGpuInstance_t, mig: nvmlDevice_t) {
        let (mut number, mut text) = (0, [0; 96]);
        self.time("nvmlDeviceGetMigMode", |nvml, gpu| {
            let mut pending = 0;
            c!(nvml, nvmlDeviceGetMigMode(gpu, &mut number, &mut pending));
        });
        self.time("nvmlDeviceGetGpuInstanceProfileInfo", |nvml, gpu| {
            let mut info = core::mem::MaybeUninit::uninit();
            c!(
                nvml,
                nvmlDeviceGetGpuInstanceProfileInfo(gpu, 1, info.as_mut_ptr())
            );
        });
        self.time("nvmlDeviceGetGpuInstanceRemainingCapacity", |nvml, gpu| {
            c!(
                nvml,
                nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, 19, &mut number)
            );
        });
        self.time(
            "nvmlGpuInstanceGetComputeInstanceRemainingCapacity",
            |nvml, _| {
                c!(
                    nvml,
                    nvmlGpuInstanceGetComputeInstanceRemainingCapacity(parent, 0, &mut number)
                );
            },
        );
        self.time("nvmlGpuInstanceGetInfo", |nvml, _| {
            let mut info = core::mem::MaybeUninit::uninit();
            c!(nvml, nvmlGpuInstanceGetInfo(parent, info.as_mut_ptr()));
        });
        self.time("nvmlDeviceGetMigDeviceHandleByIndex", |nvml, gpu| {
            let mut found = core::ptr::null_mut();
            c!(
                nvml,
                nvmlDeviceGetMigDeviceHandleByIndex(gpu, 0, &mut found)
            );
        });
        self.time("nvmlDeviceGetName of a MIG device", |nvml, _| {
            c!(nvml, nvmlDeviceGetName(mig, text.as_mut_ptr(), 96));
        });
        self.time("nvmlDeviceGetUUID of a MIG device", |nvml, _| {
            c!(nvml, nvmlDeviceGetUUID(mig, text.as_mut_ptr(), 96));
        });
        self.time("nvmlDeviceGetHandleByUUID of a MIG device", |nvml, _| {
            let mut found = core::ptr::null_mut();
            c!(nvml, nvmlDeviceGetHandleByUUID(text.as_ptr(), &mut found));
        });
        self.time("nvmlDeviceGetAttributes_v2", |nvml, _| {
            let mut attributes = core::mem::MaybeUninit::uninit();
            c!(
                nvml,
                nvmlDeviceGetAttributes_v2(mig, attributes.as_mut_ptr())
            );
        });
    }
}

/// A half with two compute instances and some small ones, as on a GPU in use: the half, and its last MIG device.
fn fill(library: &Library, gpu: nvmlDevice_t) -> (nvmlGpuInstance_t, nvmlDevice_t) {
    let (mut small, mut half) = (core::ptr::null_mut(), core::ptr::null_mut());
    let (mut inside, mut mig) = (core::ptr::null_mut(), core::ptr::null_mut());
    c!(library, nvmlDeviceCreateGpuInstance(gpu, 5, &mut half));
    for _ in 0..2 {
        c!(
            library,
            nvmlGpuInstanceCreateComputeInstance(half, 0, &mut inside)
        );
    }
    c!(library, nvmlDeviceCreateGpuInstance(gpu, 19, &mut small));
    c!(
        library,
        nvmlGpuInstanceCreateComputeInstance(small, 0, &mut inside)
    );
    c!(
        library,
        nvmlDeviceGetMigDeviceHandleByIndex(gpu, 2, &mut mig)
    );
    (half, mig)
}

fn in_file(folder: &Path) -> Bench {
    let path = folder.join("machine.json");
    Bench::of(Simulator::builder().state_file(path), 20, PROMISED_IN_FILE)
}

fn main() -> ExitCode {
    println!("in memory:");
    let mut within = Bench::of(Simulator::builder(), 20_000, PROMISED_IN_MEMORY).time_all();
    let folder = tempfile::tempdir().unwrap();
    println!("in a file in {}:", folder.path().display());
    within &= in_file(folder.path()).time_all();
    let check = std::env::args().any(|argument| argument == "--check");
    ExitCode::from(u8::from(check && !within))
}
