//! One process, whose threads create, list, watch, apply and destroy until the parent stops it.

use std::ops::ControlFlow;
use std::path::Path;
use std::slice::from_ref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nvml_mig::apply::{ApplyFailure, GpuPlanOptions};
use nvml_mig::monitor::MigWatch;
use nvml_mig::{Device, Error, GpuPlan, Layout, MachineLock, Nvml, ReturnCode};
use nvml_mig_sim::Simulator;
use nvml_mig_testing::brute_force::random::Chance;

use crate::figures::Figures;
use crate::site::{OWN, PLANNED, lock, machine, stop};

/// What is applied to the second GPU.
const LAYOUTS: [&str; 5] = [
    "7g.40gb",
    "2*3g.20gb",
    "3*2g.10gb, 1g.5gb",
    "7*1g.5gb",
    "none",
];
/// After so long it has all that it needs.
const WARM: Duration = Duration::from_secs(10);

/// The codes of faults, and of what others did in the meantime.
const EXPLAINED: [ReturnCode; 10] = [
    ReturnCode::InsufficientResources,
    ReturnCode::InUse,
    ReturnCode::NotFound,
    ReturnCode::InvalidArgument,
    ReturnCode::GpuIsLost,
    ReturnCode::Timeout,
    ReturnCode::Unknown,
    ReturnCode::NoPermission,
    ReturnCode::NotSupported,
    ReturnCode::Success,
];

/// What all threads share.
struct Shared<'a> {
    folder: &'a Path,
    simulator: &'a Simulator,
    stops: AtomicBool,
    done: AtomicU64,
    failed: AtomicU64,
}

pub(crate) fn run(folder: &Path, threads: usize, seed: u64) -> Result<()> {
    let simulator = machine(folder)?;
    let shared = Shared {
        folder,
        simulator: &simulator,
        stops: AtomicBool::new(false),
        done: AtomicU64::new(0),
        failed: AtomicU64::new(0),
    };
    let (began, shared) = (Instant::now(), &shared);
    let mut early = None;
    let ended: Result<Vec<()>> = thread::scope(|scope| {
        let seeds = (0..threads).map(|number| seed.wrapping_add(7919 * number as u64));
        let threads: Vec<_> = seeds
            .map(|seed| scope.spawn(move || work(shared, Chance::new(seed))))
            .collect();
        while !stop(folder).exists() && !threads.iter().any(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(200));
            if began.elapsed() > WARM && early.is_none() {
                early = Some(Figures::own());
            }
        }
        shared.stops.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"))
            .collect()
    });
    ended?;
    if let Some(early) = early {
        let (early, late) = (early?, Figures::own()?);
        ensure!(!late.is_far_above(early), "it grew: {early:?}, {late:?}");
    }
    let (done, failed) = (
        shared.done.load(Ordering::Relaxed),
        shared.failed.load(Ordering::Relaxed),
    );
    println!("{done} {failed}");
    Ok(())
}

/// Whatever comes next, until it is to stop.
fn work(shared: &Shared<'_>, mut chance: Chance) -> Result<()> {
    let nvml = Nvml::init_from(shared.simulator.library_path())?;
    while !shared.stops.load(Ordering::Relaxed) {
        let outcome = match chance.below(6) {
            0 | 1 => create_and_destroy(&nvml, &mut chance),
            2 => apply(&nvml, shared.folder, &mut chance),
            3 => watch(&nvml),
            _ => list(&nvml),
        };
        shared.done.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = outcome {
            shared.failed.fetch_add(1, Ordering::Relaxed);
            ensure!(
                is_explained(&error),
                "an error that is not explained: {error:#}"
            );
        }
    }
    Ok(())
}

/// Creates an instance on the first GPU and destroys it. It is there until this thread destroys it, or the machine reboots, which ends the process.
fn create_and_destroy(nvml: &Nvml, chance: &mut Chance) -> Result<()> {
    let device = nvml.device_by_index(OWN)?;
    let profiles = device.gpu_instance_profiles()?;
    if profiles.is_empty() {
        return Ok(());
    }
    let profile = chance.of(&profiles);
    let mig_device = device.create_mig_device(profile.id)?;
    let gpu_instance = in_the_end(|| mig_device.gpu_instance())?;
    let (id, place) = (gpu_instance.id(), gpu_instance.placement());
    thread::sleep(Duration::from_millis(chance.below(20) as u64));
    let found = in_the_end(|| device.gpu_instance_by_id(id))?;
    ensure!(
        found.placement() == place,
        "GPU instance {id} is another one"
    );
    let mut left = gpu_instance;
    for _ in 0..1000 {
        match left.destroy_with_compute_instances() {
            Ok(()) => return Ok(()),
            Err(refused) => {
                ensure!(is_of_nvml(&refused.error), "{}", refused.error);
                left = refused.instance;
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
    anyhow::bail!("GPU instance {id} can't be destroyed")
}

/// A fault passes.
fn in_the_end<T>(mut ask: impl FnMut() -> Result<T, Error>) -> Result<T> {
    let mut refused = None;
    for _ in 0..200 {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) => refused = Some(error),
        }
        thread::sleep(Duration::from_millis(10));
    }
    anyhow::bail!(
        "lost: {}",
        refused.map(|error| error.to_string()).unwrap_or_default()
    )
}

fn apply(nvml: &Nvml, folder: &Path, chance: &mut Chance) -> Result<()> {
    let device = nvml.device_by_index(PLANNED)?;
    let Some(mut lock) = MachineLock::take_in_within(lock(folder), Duration::from_secs(1))? else {
        return Ok(());
    };
    if lock.is_interrupted() {
        let _rollback = lock.recover(nvml, |_| {})?;
        return Ok(());
    }
    let layout: Layout = chance.of(&LAYOUTS).parse()?;
    let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::new())?;
    lock.apply(&[plan], |_| ControlFlow::Continue(()))?;
    Ok(())
}

fn watch(nvml: &Nvml) -> Result<()> {
    let device = nvml.device_by_index(PLANNED)?;
    let _event = MigWatch::start(from_ref(&device))?.wait(Duration::from_millis(10))?;
    Ok(())
}

/// No instance is there twice, and none is in the place of another.
fn list(nvml: &Nvml) -> Result<()> {
    for device in nvml.devices()? {
        let instances = device.gpu_instances()?;
        let ids: Vec<_> = instances.iter().map(nvml_mig::GpuInstance::id).collect();
        let is_twice = |(number, id)| ids.iter().skip(number + 1).any(|other| other == id);
        ensure!(
            !ids.iter().enumerate().any(is_twice),
            "an id is there twice: {ids:?}"
        );
        let _mig_devices = device.mig_devices()?;
        let _processes = device.processes()?;
        names(&device)?;
    }
    Ok(())
}

fn names(device: &Device) -> Result<()> {
    let _name = device.name()?;
    let _uuid = device.uuid()?;
    Ok(())
}

/// A fault that was made, or what others did.
fn is_explained(error: &anyhow::Error) -> bool {
    error.chain().any(|link| {
        let of_nvml = link.downcast_ref::<Error>().is_some_and(is_of_nvml);
        let of_apply = link
            .downcast_ref::<ApplyFailure>()
            .is_some_and(is_of_others);
        of_nvml || of_apply || link.is::<nvml_mig::apply::GpuPlanError>()
    }) || error
        .downcast_ref::<nvml_mig::apply::ApplyError>()
        .is_some_and(|error| is_of_others(&error.failure))
}

fn is_of_nvml(error: &Error) -> bool {
    let is_gone = matches!(error, Error::Input(_) | Error::FunctionMissing { .. });
    is_gone || error.code().is_some_and(|code| EXPLAINED.contains(&code))
}

fn is_of_others(failure: &ApplyFailure) -> bool {
    matches!(
        failure,
        ApplyFailure::Interrupted { .. } | ApplyFailure::Changed { .. } | ApplyFailure::Busy { .. }
    )
}
