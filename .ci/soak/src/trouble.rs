//! What goes wrong meanwhile.

use std::fmt;
use std::fs;
use std::io::Read;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nvml_mig_sim::nvmlReturn_t;
use nvml_mig_testing::brute_force::random::Chance;

use crate::site::{Site, stop};

/// The functions that fail, and the codes.
const FUNCTIONS: [&str; 10] = [
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    "nvmlGpuInstanceDestroy",
    "nvmlComputeInstanceDestroy",
    "nvmlDeviceGetGpuInstances",
    "nvmlGpuInstanceGetInfo",
    "nvmlComputeInstanceGetInfo_v2",
    "nvmlDeviceGetUUID",
];
const CODES: [u32; 5] = [4, 10, 15, 19, 999];

/// What was done, and what the processes did.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    faults: u32,
    kills: u32,
    reboots: u32,
    operations: u64,
    failed: u64,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} operations of the processes that lived to the end, {} of them failed as explained; {} faults, {} kills, {} reboots",
            self.operations, self.failed, self.faults, self.kills, self.reboots
        )
    }
}

/// Makes trouble for so long, and then lets the processes end. The first two are never killed, so that they can grow.
pub(crate) fn make(site: &Site, processes: usize, time: Duration) -> Result<Trouble> {
    let mut trouble = Trouble::default();
    let mut children: Vec<Child> = (0..processes)
        .map(|number| site.start(number))
        .collect::<Result<_>>()?;
    let mut chance = Chance::new(site.seed);
    let (began, mut number) = (Instant::now(), processes);
    while began.elapsed() < time {
        sleep(Duration::from_millis(100 + chance.below(400) as u64));
        for child in &mut children {
            ensure!(
                child.try_wait()?.is_none(),
                "a process ended: {}",
                said(child)?
            );
        }
        match chance.below(40) {
            0..=24 => fault(site, &mut chance, &mut trouble)?,
            25..=32 => site.simulator.clear_faults()?,
            33..=38 => {
                let chosen = 2 + chance.below(processes.saturating_sub(2).max(1));
                if let Some(child) = children.get_mut(chosen) {
                    *child = replaced(site, child, &mut number)?;
                    trouble.kills += 1;
                }
            }
            _ if began.elapsed() + Duration::from_secs(60) < time => {
                reboot(site, &mut children, &mut number)?;
                trouble.reboots += 1;
            }
            _ => {}
        }
    }
    site.simulator.clear_faults()?;
    fs::write(stop(site.folder()), "")?;
    for child in &mut children {
        let (done, failed) = figures(child)?;
        trouble.operations += done;
        trouble.failed += failed;
    }
    Ok(trouble)
}

fn fault(site: &Site, chance: &mut Chance, trouble: &mut Trouble) -> Result<()> {
    let (function, code) = (chance.of(&FUNCTIONS), chance.of(&CODES));
    let nth = u32::try_from(1 + chance.below(30))?;
    site.simulator.fail(function, nth, nvmlReturn_t(*code))?;
    trouble.faults += 1;
    Ok(())
}

fn replaced(site: &Site, child: &mut Child, number: &mut usize) -> Result<Child> {
    child.kill()?;
    child.wait()?;
    *number += 1;
    site.start(*number)
}

/// Ends all processes, as a reboot does.
fn reboot(site: &Site, children: &mut [Child], number: &mut usize) -> Result<()> {
    for child in children.iter_mut() {
        child.kill()?;
        child.wait()?;
    }
    site.simulator.reboot(false)?;
    for child in children {
        *number += 1;
        *child = site.start(*number)?;
    }
    Ok(())
}

/// What a process did that has ended well.
fn figures(child: &mut Child) -> Result<(u64, u64)> {
    let status = child.wait()?;
    let said = said(child)?;
    ensure!(status.success(), "a process ended with {status}: {said}");
    let mut numbers = said.split_whitespace().map(str::parse::<u64>);
    let (done, failed) = numbers.next().zip(numbers.next()).context("two numbers")?;
    Ok((done?, failed?))
}

fn said(child: &mut Child) -> Result<String> {
    let mut said = String::new();
    if let Some(output) = &mut child.stdout {
        output.read_to_string(&mut said)?;
    }
    Ok(said)
}
