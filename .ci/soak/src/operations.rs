//! What a thread does: it creates, lists, watches, applies, recovers and destroys.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::slice::from_ref;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::monitor::MigWatch;
use nvml_mig::{Device, Error, GpuInstance, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_testing::brute_force::random::Chance;

use crate::blame::{Blame, Failed, NO_ROOM, leaves};
use crate::layouts::{LAYOUTS, are_in_one_place, check_apart, standing};
use crate::ledger::Faults;
use crate::site::{OWN, PLANNED, left, lock};
use crate::tally::Tally;

/// The parent takes all faults back sooner.
const PATIENCE: Duration = Duration::from_secs(30);
/// What others do in between makes so many lists in a row look impossible only if something is wrong.
const LISTS: u32 = 20;

/// How an operation ends, and what is counted.
type Outcome = Result<&'static str, Failed>;

pub(crate) struct Worker<'a> {
    folder: PathBuf,
    tally: &'a Tally,
    chance: Chance,
    blame: Blame,
    /// A line for each instance that an error said it left.
    left: File,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(folder: &Path, tally: &'a Tally, seed: u64) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            tally,
            chance: Chance::new(seed),
            blame: Blame::new(Faults::open(folder)?),
            left: OpenOptions::new()
                .create(true)
                .append(true)
                .open(left(folder))?,
        })
    }

    /// Does one thing by chance. Fails if something is wrong.
    pub(crate) fn work(&mut self, nvml: &Nvml) -> Result<()> {
        self.blame.begin()?;
        let (what, outcome) = match self.chance.below(6) {
            0 | 1 => ("creating", self.create_and_destroy(nvml)),
            2 => ("applying", self.apply(nvml)),
            3 => ("watching", watch(nvml)),
            _ => ("listing", list(nvml)),
        };
        match outcome {
            Ok(done) => self.tally.count(done),
            Err(failed) => {
                let races = if what == "creating" {
                    &[NO_ROOM][..]
                } else {
                    &[]
                };
                let why = self.blame.of_operation(failed, races)?;
                self.tally.count(&format!("failures of {what}: {why}"));
            }
        }
        Ok(())
    }

    /// Creates an instance on the first GPU and destroys it. It is there until this thread destroys it, or its process is killed.
    fn create_and_destroy(&mut self, nvml: &Nvml) -> Outcome {
        let device = nvml.device_by_index(OWN)?;
        let profiles = device.gpu_instance_profiles()?;
        let profile = self.chance.of(&profiles).id;
        let created = device.create_mig_device(profile);
        let mig_device = created.or_else(|error| self.note_left(error))?;
        let own = self.in_the_end(|| Ok(mig_device.gpu_instance()?))?;
        ensure_own(own.profile_id() == profile, &own)?;
        sleep(Duration::from_millis(self.chance.below(20) as u64));
        let now = self.in_the_end(|| Ok(device.gpu_instance_by_id(own.id())?))?;
        ensure_own(is_same(&now, &own), &own)?;
        let all = self.in_the_end(|| Ok(device.gpu_instances()?))?;
        let here: Vec<_> = all
            .iter()
            .filter(|one| are_in_one_place(one, &own))
            .collect();
        ensure_own(matches!(here[..], [only] if is_same(only, &own)), &all)?;
        self.destroy(own)?;
        Ok("created and destroyed")
    }

    /// A thread that creates must say what stays behind; the parent counts it.
    fn note_left<T>(&mut self, error: Error) -> Result<T, Failed> {
        if leaves(&error) {
            self.left.write_all(b"left\n").map_err(anyhow::Error::new)?;
        }
        Err(error.into())
    }

    fn destroy(&mut self, own: GpuInstance) -> Result<(), Failed> {
        let (began, mut left) = (Instant::now(), own);
        while let Err(refused) = left.destroy_with_compute_instances() {
            self.blame.of(&refused.error, &[])?;
            left = refused.instance;
            check_patience(began, &refused.error)?;
        }
        Ok(())
    }

    /// Repeats a question until no fault prevents the answer.
    fn in_the_end<T>(&mut self, mut ask: impl FnMut() -> Result<T, Failed>) -> Result<T, Failed> {
        let began = Instant::now();
        loop {
            match ask() {
                Err(Failed::Nvml(error)) => {
                    self.blame.of(&error, &[])?;
                    check_patience(began, &error)?;
                }
                answer => return answer,
            }
        }
    }

    /// Applies a layout to the second GPU. Whatever fails, the GPU then has this layout, or the one before, or a journal says that
    /// there is something left to do.
    fn apply(&mut self, nvml: &Nvml) -> Outcome {
        let device = nvml.device_by_index(PLANNED)?;
        let lock = MachineLock::take_in_within(lock(&self.folder), Duration::from_millis(300))?;
        let Some(mut lock) = lock else {
            return Ok("found the lock held");
        };
        if lock.is_interrupted() {
            return self.recover(nvml, &device, &mut lock);
        }
        let before = self.in_the_end(|| standing(&device))?;
        let wanted = self.chance.of(&LAYOUTS).0;
        let applied = apply(&device, wanted, &mut lock);
        if lock.is_interrupted() {
            return is_left_open(applied);
        }
        let now = self.in_the_end(|| standing(&device))?;
        let expected = if applied.is_ok() { wanted } else { before };
        if now != expected {
            let wrong = anyhow!("from {before} to {wanted} became {now}: {applied:?}");
            return Err(wrong.into());
        }
        applied.map(|()| "applied")
    }

    /// Takes back what a killed process, or a rollback that failed, has left.
    fn recover(&mut self, nvml: &Nvml, device: &Device, lock: &mut MachineLock) -> Outcome {
        let journals = journals(&self.folder);
        let rollback = lock.recover(nvml, |_| {})?;
        if let Some(rollback) = &rollback {
            let blamed = self.blame.of_rollback(rollback, false);
            blamed.with_context(|| format!("recovering from {journals}"))?;
        }
        if !lock.is_interrupted() {
            self.in_the_end(|| standing(device))?;
            return Ok("recovered");
        }
        let has_reason =
            |gpu: &nvml_mig::apply::GpuRollback| !gpu.refused.is_empty() || !gpu.read_back;
        let mut gpus = rollback.iter().flat_map(|rollback| &rollback.gpus);
        if gpus.any(has_reason) {
            return Ok("recovered in part");
        }
        Err(anyhow!("a change stays open for no reason: {rollback:?}").into())
    }
}

fn apply(device: &Device, wanted: &str, lock: &mut MachineLock) -> Result<(), Failed> {
    let layout: Layout = wanted.parse().map_err(anyhow::Error::new)?;
    let plan = GpuPlan::from_device(device, layout, GpuPlanOptions::new())?;
    lock.apply(&[plan], |_| ControlFlow::Continue(()))?;
    Ok(())
}

/// Returns the contents of the journals, for diagnosis.
fn journals(folder: &Path) -> String {
    let files = fs::read_dir(lock(folder)).into_iter().flatten().flatten();
    let journals = files.map(|file| file.path());
    let journals = journals.filter(|path| path.extension() == Some("journal".as_ref()));
    journals
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect()
}

/// A change with a journal that remains is one that failed, and whose rollback says that it is not complete.
fn is_left_open(applied: Result<(), Failed>) -> Outcome {
    let says_so = match &applied {
        Err(Failed::Apply(error)) => error
            .rollback
            .as_ref()
            .is_some_and(|gpus| !gpus.is_complete()),
        _ => false,
    };
    match applied {
        Err(failed) if says_so => Err(failed),
        other => Err(anyhow!("a change is open that says it is not: {other:?}").into()),
    }
}

fn watch(nvml: &Nvml) -> Outcome {
    let device = nvml.device_by_index(PLANNED)?;
    let event = MigWatch::start(from_ref(&device))?.wait(Duration::from_millis(10))?;
    Ok(event.map_or("watched in vain", |_| "watched"))
}

fn list(nvml: &Nvml) -> Outcome {
    for device in nvml.devices()? {
        check_list(&device)?;
        let _mig_devices = device.mig_devices()?;
        let _processes = device.processes()?;
        let (_name, _uuid) = (device.name()?, device.uuid()?);
    }
    Ok("listed")
}

/// NVML lists one profile after the other, so others can destroy an instance and create the next in its place in between.
fn check_list(device: &Device) -> Result<(), Failed> {
    let mut checked = check_apart(&device.gpu_instances()?);
    for _ in 1..LISTS {
        if checked.is_ok() {
            break;
        }
        checked = check_apart(&device.gpu_instances()?);
    }
    Ok(checked?)
}

fn is_same(one: &GpuInstance, other: &GpuInstance) -> bool {
    one.id() == other.id()
        && one.profile_id() == other.profile_id()
        && one.placement() == other.placement()
}

fn ensure_own(is_right: bool, found: &dyn std::fmt::Debug) -> Result<()> {
    ensure!(
        is_right,
        "an instance of one's own is lost or there twice: {found:?}"
    );
    Ok(())
}

/// Waits a little before the next attempt.
fn check_patience(began: Instant, error: &Error) -> Result<()> {
    ensure!(began.elapsed() < PATIENCE, "this does not pass: {error}");
    sleep(Duration::from_millis(10));
    Ok(())
}
