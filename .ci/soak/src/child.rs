//! One process, whose threads work whenever the gate is open.

use std::path::Path;
use std::process::exit;
use std::thread;

use anyhow::Result;
use nvml_mig::Nvml;
use nvml_mig_sim::Simulator;

use crate::gate::Gate;
use crate::operations::Worker;
use crate::site::{boot, machine};
use crate::tally::Tally;

pub(crate) fn run(folder: &Path, threads: usize, seed: u64) -> Result<()> {
    let (simulator, tally) = (machine(folder)?, Tally::default());
    thread::scope(|scope| {
        for number in 0..threads as u64 {
            let seed = seed.wrapping_add(7919 * number);
            let (simulator, tally) = (&simulator, &tally);
            scope.spawn(move || {
                if let Err(error) = work(folder, simulator, tally, seed) {
                    eprintln!("{error:#}");
                    exit(1);
                }
            });
        }
    });
    print!("{tally}");
    Ok(())
}

/// Does whatever comes next, until all is over. A reboot would end a real process; so that one lasts and can grow, it only opens the
/// library again.
fn work(folder: &Path, simulator: &Simulator, tally: &Tally, seed: u64) -> Result<()> {
    let gate = Gate::new(folder)?;
    let mut worker = Worker::new(folder, tally, seed)?;
    let mut session: Option<(String, Nvml)> = None;
    while let Some(_passed) = gate.pass()? {
        let boot = boot(folder);
        let kept = session.take().filter(|(of, _)| *of == boot);
        let nvml = match kept {
            Some((_, nvml)) => nvml,
            None => Nvml::init_from(simulator.library_path())?,
        };
        while !gate.is_shut() {
            worker.work(&nvml)?;
        }
        session = Some((boot, nvml));
    }
    Ok(())
}
