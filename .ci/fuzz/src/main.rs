//! Calls every function that the simulated library exports, for so many seconds, with handles that are right, stale, of
//! another kind or made up, with NULL, unknown versions, odd counts and broken text, from several threads at once:
//! `cargo run -- 120 [SEED]`. Built with AddressSanitizer, which ends it with a report where the library touches what
//! no caller gave it: every buffer has exactly the size that nvml.h says.

mod arguments;
mod numbers;
mod requests;
mod signatures;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, c_char};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libloading::Library;
use nvml_mig_sim::{GpuSpec, MissingSlot, Simulator, exported_functions};

use arguments::{Arguments, Handles};
use numbers::Numbers;
use signatures::{MAKERS, NEVER_SUCCEED, SIGNATURES};

const THREADS: u64 = 4;
/// A function that did not succeed in so many times the time never will.
const ROUNDS: u64 = 4;
/// A function returns it when the simulator itself failed, as by a panic.
const UNKNOWN: u32 = 999;

/// More parameters than any function of NVML has; C lets a caller pass more than a function takes.
type Function =
    unsafe extern "C" fn(usize, usize, usize, usize, usize, usize, usize, usize) -> usize;

/// A simulated machine's functions by name.
struct Machine {
    library: Library,
    names: Vec<String>,
}

/// How often each function returned each code.
type Codes = BTreeMap<String, BTreeMap<u32, u64>>;

impl Machine {
    fn open(library: &Path) -> Self {
        // SAFETY: the file is the simulated library, whose initialisers are those of Rust's standard library.
        let library = unsafe { Library::new(library) }.unwrap();
        let names = exported_functions().unwrap().into_iter().collect();
        Self { library, names }
    }

    fn call(&self, name: &str, arguments: &Arguments) -> u32 {
        // SAFETY: every function of NVML takes at most so many numbers or pointers, and returns a number or a pointer.
        let function = unsafe { self.library.get::<Function>(name.as_bytes()) }.unwrap();
        let [a, b, c, d, e, f, g, h] = arguments.words();
        // SAFETY: where `name` is in SIGNATURES, every pointer is null or to a buffer of the size that nvml.h says;
        // the other functions follow none of their pointers, which is what is tested.
        let returned = unsafe { function(a, b, c, d, e, f, g, h) };
        if name == "nvmlErrorString" {
            // SAFETY: this function returns constant text.
            let text = unsafe { CStr::from_ptr(returned as *const c_char) };
            assert!(!text.is_empty());
            return 0;
        }
        returned as u32
    }

    /// Mostly functions that are simulated, since the others do little; those that make something more often, so that
    /// there is something.
    fn choose(&self, numbers: &mut Numbers) -> &str {
        if numbers.one_in(10) {
            let name: &String = numbers.of(&self.names);
            return name;
        }
        if numbers.one_in(4) {
            let name: &&str = numbers.of(MAKERS);
            return name;
        }
        numbers.of(SIGNATURES).0
    }

    fn fuzz(&self, mut numbers: Numbers, end: Instant) -> Codes {
        let (mut handles, mut codes) = (Handles::default(), Codes::new());
        while Instant::now() < end {
            let name = self.choose(&mut numbers);
            let signature = SIGNATURES.iter().find(|(known, _)| *known == name);
            let arguments = match signature {
                Some((_, parameters)) => Arguments::new(parameters, &handles, &mut numbers),
                None => Arguments::wild(&handles, &mut numbers),
            };
            let code = self.call(name, &arguments);
            assert_ne!(code, UNKNOWN, "{name}({arguments:x?})");
            arguments.keep(&mut handles);
            *codes
                .entry(name.to_owned())
                .or_default()
                .entry(code)
                .or_default() += 1;
        }
        codes
    }
}

fn add(all: &mut Codes, more: Codes) {
    for (name, counts) in more {
        for (code, count) in counts {
            *all.entry(name.clone())
                .or_default()
                .entry(code)
                .or_default() += count;
        }
    }
}

/// Each thread on one of the machines, the first half on the one in memory.
fn fuzz(machines: &[Machine; 2], seed: u64, end: Instant) -> Codes {
    let mut codes = Codes::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let machine = &machines[usize::from(thread >= THREADS / 2)];
                scope.spawn(move || machine.fuzz(Numbers(seed.wrapping_mul(THREADS) + thread), end))
            })
            .collect();
        for thread in threads {
            add(&mut codes, thread.join().unwrap());
        }
    });
    codes
}

/// For this time; then again with other seeds while a function has not succeeded yet, which is a matter of chance.
fn fuzz_until_all_succeed(machines: &[Machine; 2], seed: u64, time: Duration) -> Codes {
    let mut codes = Codes::new();
    for round in 0..ROUNDS {
        let seed = seed.wrapping_add(round);
        add(&mut codes, fuzz(machines, seed, Instant::now() + time));
        if not_reached(&machines[0].names, &codes).is_empty() {
            break;
        }
    }
    codes
}

/// What was not reached: functions never called, and simulated ones that never succeeded.
fn not_reached(names: &[String], codes: &Codes) -> BTreeSet<String> {
    let succeeded = |name: &str| codes.get(name).is_some_and(|codes| codes.contains_key(&0));
    let called = names.iter().filter(|name| !codes.contains_key(*name));
    let simulated = SIGNATURES.iter().map(|(name, _)| *name);
    let refused = simulated.filter(|name| !succeeded(name) && !NEVER_SUCCEED.contains(name));
    called.cloned().chain(refused.map(str::to_owned)).collect()
}

fn gpus() -> [GpuSpec; 4] {
    [
        GpuSpec::new("a100-sxm4-40gb").missing_slot(MissingSlot::Three),
        GpuSpec::new("h100-sxm5-80gb"),
        GpuSpec::new("rtx-pro-6000-bse"),
        GpuSpec::new("a30").mig(false),
    ]
}

fn main() -> ExitCode {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|text| text.parse::<u64>().unwrap());
    let seconds = arguments.next().unwrap_or(10);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = arguments.next().unwrap_or(now.as_secs());
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let builder = || {
        gpus()
            .into_iter()
            .fold(Simulator::builder(), |builder, gpu| builder.gpu(gpu))
    };
    let in_memory = builder().start().unwrap();
    let in_file = builder()
        .state_file(folder.path().join("machine.json"))
        .start()
        .unwrap();
    let machines = [&in_memory, &in_file].map(|simulator| Machine::open(simulator.library_path()));
    let codes = fuzz_until_all_succeed(&machines, seed, Duration::from_secs(seconds));
    let calls: u64 = codes.values().flat_map(BTreeMap::values).sum();
    let successes: u64 = codes.values().filter_map(|codes| codes.get(&0)).sum();
    println!(
        "{calls} calls of {} functions, {successes} of them successful",
        codes.len()
    );
    let not_reached = not_reached(&machines[0].names, &codes);
    if !not_reached.is_empty() {
        println!("never called, or never with success: {not_reached:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
