//! Calls the safe crate on a driver that lies, one lie at a time, each in a process of its own. Nothing may panic, hang, take
//! memory without end, write past a buffer (under AddressSanitizer), or report a success that is none; and no destroy call may be
//! issued for a busy instance, nor for one that nobody asked to destroy.

mod ask;
mod asked;
mod changes;
mod child;
mod driver;
mod lies;
mod machine;
mod witness;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use asked::Asked;
use child::Limits;
use clap::Parser;
use lies::{Expected, Lie};
use machine::Machine;

/// Call the safe crate on a driver that lies
#[derive(Debug, Parser)]
struct Command {
    /// Only the lies whose name contains this
    #[arg(default_value = "")]
    name: String,
    /// The most that a lie may take, in seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// The most addresses of a process, in MiB; 0 for no limit, as AddressSanitizer and valgrind need it
    #[arg(long, default_value_t = 1024)]
    memory: u64,
}

fn main() -> Result<()> {
    let command = Command::parse();
    let limits = Limits {
        time: Duration::from_secs(command.seconds),
        memory: (command.memory > 0).then_some(command.memory << 20),
    };
    child::check(limits)?;
    let mut lies = lies::all();
    lies.retain(|lie| lie.name.contains(&command.name));
    ensure!(!lies.is_empty(), "no lie is called {}", command.name);
    let failed = failed(&lies, limits)?;
    println!("{} lies", lies.len());
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{} failed:\n{}", failed.len(), failed.join("\n"))
}

/// Tells each lie to a copy of one machine; returns those that were not borne.
fn failed(lies: &[Lie], limits: Limits) -> Result<Vec<String>> {
    let machine = Machine::start(0)?;
    let folder = tempfile::tempdir()?;
    ask::honestly(&machine, folder.path())?;
    let mut failed = Vec::new();
    for (number, lie) in lies.iter().enumerate() {
        let folder = folder.path().join(number.to_string());
        std::fs::create_dir(&folder)?;
        let told = child::run(limits, || match lie.more_gpus {
            0 => told(lie, &machine, &folder),
            more => told(lie, &Machine::start(more)?, &folder),
        });
        if let Err(error) = told {
            println!("{}: FAILED: {error:#}", lie.name);
            failed.push(format!("{}: {error:#}", lie.name));
        }
    }
    Ok(failed)
}

/// Asks everything of the machine, with this lie told.
fn told(lie: &Lie, machine: &Machine, folder: &Path) -> Result<()> {
    let instances = (machine.busy.gpu_instance, machine.idle.gpu_instance);
    let library = driver::library(machine.simulator.library_path(), lie, instances)?;
    let mut asked = Asked::default();
    let ask = || ask::everything(library, machine, folder, &mut asked);
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(asked) => asked?,
        Err(_) => bail!("{}: it panicked", lie.name),
    }
    println!("{}: {}", lie.name, asked);
    judge(lie, &asked).with_context(|| lie.name.clone())
}

fn judge(lie: &Lie, asked: &Asked) -> Result<()> {
    let wrong = asked
        .wrong
        .iter()
        .filter(|wrong| !(lie.can_not_be_noticed)(wrong));
    let wrong: Vec<_> = wrong.map(ToString::to_string).collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    match lie.expected {
        Expected::AllSucceeds => asked.all_succeeded()?,
        Expected::Told => ensure!(driver::times() > 0, "the lie was never told"),
        Expected::Nothing => {}
    }
    Ok(())
}
