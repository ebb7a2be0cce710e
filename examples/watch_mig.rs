//! Prints changes of the MIG configuration, whichever process makes them.
//!
//! Run `cargo run --example watch_mig`, and `cargo run --example create_mig` in another terminal.

mod common;

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use nvml_mig::Device;
use nvml_mig::monitor::MigWatch;

/// Print changes of the MIG configuration as they happen
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// Stop after this many seconds; by default, run until interrupted
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// Maximum length of one wait, after which the time limit is checked.
const STEP: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| arguments.watch(&options.devices(session)?))
}

impl Arguments {
    /// The watch starts before the first listing, so that no change is missed in between.
    fn watch(&self, devices: &[Device]) -> Result<(), Box<dyn Error>> {
        let mut watch = MigWatch::start(devices)?;
        let mut known = instances(devices)?;
        let began = Instant::now();
        let how = if watch.has_events() {
            "using the driver's events"
        } else {
            "by comparison, since this driver sends no events"
        };
        common::print(&format!("watching {how}\n"))?;
        while let Some(step) = self.next_step(began) {
            if watch.wait(step)?.is_some() {
                let now = instances(devices)?;
                report(&known, &now)?;
                known = now;
            }
        }
        Ok(())
    }

    fn next_step(&self, began: Instant) -> Option<Duration> {
        let Some(seconds) = self.seconds else {
            return Some(STEP);
        };
        let left = Duration::from_secs(seconds).checked_sub(began.elapsed())?;
        Some(left.min(STEP))
    }
}

/// Returns one line for each instance.
fn instances(devices: &[Device]) -> Result<BTreeSet<String>, nvml_mig::Error> {
    let mut lines = BTreeSet::new();
    for device in devices {
        let index = device.index()?;
        for parent in device.gpu_instances()? {
            let name = format!("GPU {index}: GPU instance {}", parent.id());
            lines.insert(format!(
                "{name}: {} at {}",
                parent.profile()?.name,
                parent.placement()
            ));
            for created in parent.compute_instances()? {
                let profile = parent
                    .compute_instance_profile_by_id(created.profile_id())?
                    .name;
                lines.insert(format!(
                    "{name}, compute instance {}: {profile} at {}",
                    created.id(),
                    created.placement()
                ));
            }
        }
    }
    Ok(lines)
}

fn report(before: &BTreeSet<String>, now: &BTreeSet<String>) -> Result<(), Box<dyn Error>> {
    let gone = before.difference(now).map(|line| format!("- {line}\n"));
    let new = now.difference(before).map(|line| format!("+ {line}\n"));
    common::print(&gone.chain(new).collect::<String>())
}
