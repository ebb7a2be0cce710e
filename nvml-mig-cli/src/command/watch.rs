//! `nvml-mig watch`: prints changes of the partitioning, whichever process makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::{Duration, Instant};

use nvml_mig::device::MigModes;
use nvml_mig::inventory::{Inventory, LiveGpuInstance};
use nvml_mig::monitor::{MigConfigChange, MigWatch};
use nvml_mig::{Device, ReturnCode};
use serde::Serialize;

use crate::console::{Console, chain, note, reader_is_gone};
use crate::drawing::wrapped;
use crate::exit::{Exit, NoGpu};
use crate::machine::{Machine, MachineOptions, readable};

/// Maximum length of one wait, after which the time limit is checked.
const STEP: Duration = Duration::from_secs(1);

/// A change, as a line of JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Mode { index: u32, modes: MigModes },
    Instances { gone: Vec<String>, new: Vec<String> },
}

/// Prints changes until the time is over or nobody reads them. GPUs that can't be opened are a failure if they were selected.
///
/// The watch starts before the first listing, so that no change is missed in between.
pub(crate) fn watch(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    seconds: Option<u64>,
) -> Result<Exit, Box<dyn Error>> {
    let gpus = readable(options.each_device(machine)?)?;
    console.left_out(gpus.refused.as_ref());
    let devices = gpus.items;
    let mut watch = MigWatch::start(&devices)?;
    if watch.devices().next().is_none() {
        return Err(NoGpu("no GPU with MIG: there is nothing to watch").into());
    }
    let mut notes = Notes::default();
    let mut known = Lines::new();
    renew(&mut known, &devices, &mut notes);
    let how = if watch.has_events() {
        "using the driver's events"
    } else {
        "by comparison, since this driver sends no events"
    };
    note(&format!("watching {how}"));
    let began = Instant::now();
    while let Some(step) = next_step(began, seconds).filter(|_| !reader_is_gone()) {
        match watch.wait(step) {
            Ok(None) => continue,
            Ok(Some(change)) => report_mode(console, &change)?,
            // One GPU was lost; the watch goes on with the others.
            Err(error) if watch.devices().next().is_some() => notes.add(error.to_string()),
            Err(error) => return Err(error.into()),
        }
        let before = known.clone();
        renew(&mut known, &devices, &mut notes);
        report(console, &before, &known)?;
    }
    Ok(options.exit_of_shown(gpus.refused.as_ref()))
}

fn next_step(began: Instant, seconds: Option<u64>) -> Option<Duration> {
    let Some(seconds) = seconds else {
        return Some(STEP);
    };
    let left = Duration::from_secs(seconds).checked_sub(began.elapsed())?;
    (!left.is_zero()).then(|| left.min(STEP))
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
            Err(error) => notes.add(chain(&error)),
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
            let reason = chain(&error);
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
                let reason = chain(&error);
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
            crate::console::note(&note);
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

fn report_mode(console: &Console, change: &MigConfigChange) -> Result<(), Box<dyn Error>> {
    let Some(modes) = change.mig_modes else {
        return Ok(());
    };
    let index = change.device.index()?;
    console.event(Event::Mode { index, modes }, || {
        format!("GPU {index}: MIG mode is {}\n", modes.current())
    })
}

fn report(console: &Console, before: &Lines, now: &Lines) -> Result<(), Box<dyn Error>> {
    let all = |lines: &Lines| lines.values().flatten().cloned().collect::<BTreeSet<_>>();
    let (before, now) = (all(before), all(now));
    let gone: Vec<String> = before.difference(&now).cloned().collect();
    let new: Vec<String> = now.difference(&before).cloned().collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(());
    }
    let text = {
        let gone = gone.iter().map(|line| format!("- {line}\n"));
        gone.chain(new.iter().map(|line| format!("+ {line}\n")))
            .collect::<String>()
    };
    console.event(Event::Instances { gone, new }, || wrapped(&text))
}
