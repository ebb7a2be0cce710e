//! Prints changes of the MIG configuration, whichever process makes them.
//!
//! Run `cargo run --example watch_mig`, and `cargo run --example create_mig` in another terminal.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use nvml_mig::inventory::{Inventory, LiveGpuInstance};
use nvml_mig::monitor::{MigConfigChange, MigWatch};
use nvml_mig::{Device, ReturnCode};

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
    options.run(|session| {
        let gpus = common::readable::readable(options.each_device(session)?)?;
        arguments.watch(&gpus.items)?;
        options.check_selected(gpus.refused.as_ref())
    })
}

impl Arguments {
    /// The watch starts before the first listing, so that no change is missed in between.
    fn watch(&self, devices: &[Device]) -> Result<(), Box<dyn Error>> {
        let mut watch = MigWatch::start(devices)?;
        if watch.devices().next().is_none() {
            return Err("no GPU with MIG: there is nothing to watch".into());
        }
        let mut notes = Notes::default();
        let mut known = Lines::new();
        renew(&mut known, devices, &mut notes);
        let began = Instant::now();
        let how = if watch.has_events() {
            "using the driver's events"
        } else {
            "by comparison, since this driver sends no events"
        };
        common::print(&format!("watching {how}\n"))?;
        while let Some(step) = self.next_step(began) {
            match watch.wait(step) {
                Ok(None) => continue,
                Ok(Some(change)) => report_mode(&change)?,
                // One GPU was lost; the watch goes on with the others.
                Err(error) if watch.devices().next().is_some() => notes.add(error.to_string()),
                Err(error) => return Err(error.into()),
            }
            let before = known.clone();
            renew(&mut known, devices, &mut notes);
            report(&before, &known)?;
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

/// A line for each instance, or for each MIG device if this user may not list instances, by the position of the GPU.
type Lines = BTreeMap<usize, BTreeSet<String>>;

/// Reads all GPUs. What can't be read is noted, and its lines stay: it is not known to be gone.
fn renew(known: &mut Lines, devices: &[Device], notes: &mut Notes) {
    for (at, device) in devices.iter().enumerate() {
        let lines = known.entry(at).or_default();
        match of_gpu(device, notes) {
            Ok(now) if now.is_complete => *lines = now.lines,
            Ok(now) => lines.extend(now.lines),
            Err(error) => notes.add(common::chain(&error)),
        }
    }
}

/// The lines of a GPU.
struct Reading {
    lines: BTreeSet<String>,
    /// Whether everything could be read.
    is_complete: bool,
}

fn of_gpu(device: &Device, notes: &mut Notes) -> Result<Reading, nvml_mig::Error> {
    let inventory = Inventory::read(device)?;
    let gpu = format!("GPU {}", inventory.index()?);
    match inventory.gpu_instances() {
        Ok(listed) => Ok(Reading {
            lines: listed.iter().flat_map(|live| lines(&gpu, live)).collect(),
            is_complete: true,
        }),
        Err(error) if error.code() != Some(ReturnCode::NoPermission) => Err(error),
        Err(error) => {
            let reason = common::chain(&error);
            notes.add(format!("{gpu}: only MIG devices are shown: {reason}"));
            mig_devices(&gpu, &inventory, notes)
        }
    }
}

fn mig_devices(
    gpu: &str,
    inventory: &Inventory,
    notes: &mut Notes,
) -> Result<Reading, nvml_mig::Error> {
    let mut reading = Reading {
        lines: BTreeSet::new(),
        is_complete: true,
    };
    for (index, mig_device) in inventory.each_mig_device()? {
        match mig_device {
            Ok(live) => {
                let line = format!("{gpu}: {} {}", live.name, live.uuid);
                reading.lines.insert(line);
            }
            Err(error) => {
                reading.is_complete = false;
                let reason = common::chain(&error);
                notes.add(format!(
                    "{gpu}: MIG device {index}: can't be read: {reason}"
                ));
            }
        }
    }
    Ok(reading)
}

/// Notes, each of which is printed only once.
#[derive(Debug, Default)]
struct Notes(BTreeSet<String>);

impl Notes {
    fn add(&mut self, note: String) {
        if !self.0.contains(&note) {
            common::note(&note);
            self.0.insert(note);
        }
    }
}

fn lines(gpu: &str, live: &LiveGpuInstance) -> Vec<String> {
    let placed = live.placed();
    let parent = format!("{gpu}: GPU instance {}", live.gpu_instance.id());
    let own = format!("{parent}: {} at {}", placed.name, placed.placement);
    let inside = live.compute_instances.iter().zip(&placed.compute_instances);
    let inside = inside.map(|(created, placed)| {
        let id = created.id();
        format!(
            "{parent}, compute instance {id}: {} at {}",
            placed.name, placed.placement
        )
    });
    [own].into_iter().chain(inside).collect()
}

fn report_mode(change: &MigConfigChange) -> Result<(), Box<dyn Error>> {
    let Some(modes) = change.mig_modes else {
        return Ok(());
    };
    let index = change.device.index()?;
    common::print(&format!("GPU {index}: MIG mode is {}\n", modes.current()))
}

fn report(before: &Lines, now: &Lines) -> Result<(), Box<dyn Error>> {
    let all = |lines: &Lines| lines.values().flatten().cloned().collect::<BTreeSet<_>>();
    let (before, now) = (all(before), all(now));
    let gone = before.difference(&now).map(|line| format!("- {line}\n"));
    let new = now.difference(&before).map(|line| format!("+ {line}\n"));
    common::print(&gone.chain(new).collect::<String>())
}
