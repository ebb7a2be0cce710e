//! Calls the functions that the simulated library exports with handles that are right, stale, of another kind or made up,
//! with NULL, unknown versions, odd counts and broken text, from several threads at once. With AddressSanitizer, the
//! process ends with a report where the library touches what no caller gave it: every buffer has exactly the size that
//! nvml.h says.

mod arguments;
mod codes;
mod machine;
mod requests;
mod signatures;

use std::collections::BTreeSet;

use anyhow::Result;
use nvml_mig_sim::{GpuSpec, MissingSlot, Simulator, SimulatorBuilder, Virtualization};
use nvml_mig_testing::brute_force::random::Chance;
use tempfile::TempDir;

pub use codes::Codes;
use machine::Machine;
use signatures::{NEVER_SUCCEED, SIGNATURES};

const THREADS: usize = 4;
/// That of a new machine with these boards. Its library exports all functions.
const DRIVER: &str = "580.95.05";
/// Index of the board that is a vGPU host.
const VGPU_HOST: u32 = 2;
/// Ampere, Hopper and Blackwell; one has MIG mode off.
const BOARDS: [(&str, bool); 4] = [
    ("a100-sxm4-40gb", true),
    ("h100-sxm5-80gb", true),
    ("rtx-pro-6000-bse", true),
    ("a30", false),
];

/// The functions of two simulated machines, one in memory and one in a file.
pub struct CFunctions {
    machines: [Machine; 2],
    _folder: TempDir,
}

impl CFunctions {
    /// Starts the machines.
    ///
    /// # Errors
    ///
    /// Those of the simulator.
    pub fn load() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("machine.json");
        let machines = [
            Machine::in_memory(builder())?,
            Machine::in_file(builder(), &file)?,
        ];
        let _folder = folder;
        Ok(Self { machines, _folder })
    }

    /// Makes the calls that an input stands for: an equal part of them in each thread, on machines as they were at first.
    pub fn call(&self, input: &[u8]) -> Codes {
        for machine in &self.machines {
            machine.reset();
        }
        let part = input.len().div_ceil(THREADS).max(1);
        let mut codes = Codes::default();
        std::thread::scope(|scope| {
            let parts = input.chunks(part).zip(self.machines.iter().cycle());
            let threads = parts.map(|(part, machine)| {
                scope.spawn(move || machine.call_all(Chance::from_bytes(part)))
            });
            for thread in threads.collect::<Vec<_>>() {
                // A thread ends early only by a panic, which ends the fuzzer.
                codes.append(thread.join().unwrap());
            }
        });
        codes
    }

    /// Returns functions that were never called, and simulated ones that never succeeded.
    pub fn not_reached(&self, codes: &Codes) -> BTreeSet<String> {
        let names = self.machines[0].names().iter();
        let not_called = names.filter(|name| !codes.was_called(name));
        let simulated = SIGNATURES.iter().map(|(name, _)| *name);
        let refused =
            simulated.filter(|name| !codes.succeeded(name) && !NEVER_SUCCEED.contains(name));
        not_called
            .cloned()
            .chain(refused.map(str::to_owned))
            .collect()
    }
}

fn builder() -> SimulatorBuilder {
    let gpus = BOARDS.map(|(board, mig)| GpuSpec::new(board).mig(mig));
    let [a100, h100, rtx, a30] = gpus;
    Simulator::builder()
        .gpu(a100.missing_slot(MissingSlot::Three))
        .gpu(h100)
        .gpu(rtx.virtualization(Virtualization::VgpuHost))
        .gpu(a30)
}
