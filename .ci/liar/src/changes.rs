//! Everything that changes the machine. After each change, the honest driver says what became of it.

mod layouts;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use anyhow::Result;
use nvml_mig::device::MigModeChange;
use nvml_mig::instance::GpuInstanceId;
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Device, GpuInstance, MigMode, Nvml};

use crate::asked::{Asked, Wrong};
use crate::machine::{MIG, MIG_OFF, Machine, Reading};
use crate::witness::{self, Identity};

/// The changes that an honest driver makes, in this order; the busy instance prevents the other layouts.
pub(crate) const EXPECTED: [&str; 14] = [
    "destroy the idle instance",
    "create 1g.10gb",
    "create a compute instance",
    "destroy 1g.10gb",
    "create a MIG device",
    "destroy a MIG device",
    "apply 2*3g.40gb",
    "apply 3g.40gb, 3*1g.10gb",
    "apply 3g.40gb, 2g.20gb(2*1c)",
    "apply 3g.40gb",
    "set MIG mode to Enabled",
    "set MIG mode to Disabled",
    "apply 2*2g.12gb with MIG mode",
    "apply no MIG mode",
];

/// Changes the machine while the driver lies.
struct Changes<'a> {
    machine: &'a Machine,
    nvml: &'a Nvml,
    /// For the locks.
    folder: PathBuf,
    asked: &'a mut Asked,
    /// What the GPUs have: only changes under watch change that.
    now: Vec<Reading>,
    /// What GPUs had before a change that was neither completed nor rolled back.
    interrupted: BTreeMap<usize, Reading>,
}

/// What the GPUs honestly had before a change, and have after it.
struct Watched {
    before: Vec<Reading>,
    after: Vec<Reading>,
}

/// Leaves the machine as it was.
pub(crate) fn there_and_back(
    nvml: &Nvml,
    machine: &Machine,
    folder: &Path,
    asked: &mut Asked,
) -> Result<()> {
    Changes::new(nvml, machine, folder, asked)?.modes()
}

/// Changes what can be changed.
pub(crate) fn all(nvml: &Nvml, machine: &Machine, folder: &Path, asked: &mut Asked) -> Result<()> {
    let mut changes = Changes::new(nvml, machine, folder, asked)?;
    if let Some(device) = changes.asked.note(nvml.device_by_index(MIG)) {
        changes.destroy_idle(&device)?;
        let profile = device.gpu_instance_profile_by_name("1g.10gb");
        if let Some(profile) = changes.asked.note(profile) {
            changes.create_gpu_instance(&device, profile.id)?;
            changes.create_mig_device(&device, profile.id)?;
        }
    }
    changes.layouts()?;
    if let Some(device) = changes.asked.note(nvml.device_by_index(MIG_OFF)) {
        changes.set_mig_mode(&device, MigMode::Enabled)?;
        changes.set_mig_mode(&device, MigMode::Disabled)?;
    }
    changes.modes()
}

/// # Under watch
impl<'a> Changes<'a> {
    fn new(
        nvml: &'a Nvml,
        machine: &'a Machine,
        folder: &Path,
        asked: &'a mut Asked,
    ) -> Result<Self> {
        Ok(Self {
            machine,
            nvml,
            folder: folder.to_owned(),
            asked,
            now: machine.readings()?,
            interrupted: BTreeMap::new(),
        })
    }

    /// Makes a change. A destroy call for what was there before, but for what is to go, is wrong.
    fn watch<T>(
        &mut self,
        what: &str,
        to_go: &[Identity],
        change: impl FnOnce() -> T,
    ) -> Result<(T, Watched)> {
        witness::take();
        let done = change();
        let before = std::mem::replace(&mut self.now, self.machine.readings()?);
        for call in witness::take() {
            let Some(destroyed) = call.destroys else {
                continue;
            };
            let text = || format!("{what}: {}({destroyed})", call.function);
            if destroyed.whole() == self.machine.busy {
                self.asked.wrong.push(Wrong::DestroyedBusy(text()));
            } else if is_there(&before, destroyed) && !is_to_go(to_go, destroyed) {
                self.asked.wrong.push(Wrong::Destroyed(text()));
            }
        }
        let after = self.now.clone();
        Ok((done, Watched { before, after }))
    }

    /// Takes an answer, whose success must be one.
    fn judge<T, E: Error>(
        &mut self,
        what: &str,
        done: Result<T, E>,
        is_so: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        let done = self.asked.note(done)?;
        if is_so(&done) {
            self.asked.changed.push(what.to_owned());
            return Some(done);
        }
        self.asked.wrong.push(Wrong::Success(what.to_owned()));
        None
    }
}

fn is_there(readings: &[Reading], instance: Identity) -> bool {
    readings.iter().any(|reading| reading.has(instance))
}

fn is_to_go(to_go: &[Identity], instance: Identity) -> bool {
    to_go.contains(&instance) || to_go.contains(&instance.whole())
}

/// # Instances and MIG mode
impl Changes<'_> {
    fn destroy_idle(&mut self, device: &Device) -> Result<()> {
        let idle = self.machine.idle;
        let id = GpuInstanceId::new(idle.gpu_instance);
        let found = self.asked.note(device.gpu_instance_by_id(id));
        found.map_or(Ok(()), |found| {
            self.destroy("destroy the idle instance", found, idle)
        })
    }

    fn destroy(&mut self, what: &str, instance: GpuInstance, is: Identity) -> Result<()> {
        let destroy = || instance.destroy_with_compute_instances();
        let (done, watched) = self.watch(what, &[is], destroy)?;
        let is_gone = !is_there(&watched.after, is);
        self.judge(what, done, |()| is_gone);
        Ok(())
    }

    fn create_gpu_instance(
        &mut self,
        device: &Device,
        profile: GpuInstanceProfileId,
    ) -> Result<()> {
        let create = || device.create_gpu_instance(profile);
        let what = "create 1g.10gb";
        let (made, watched) = self.watch(what, &[], create)?;
        let is = |made: &GpuInstance| witness::gpu_instance(made.as_raw());
        let made = self.judge(what, made, |made| {
            is(made).is_some_and(|is| watched.is_new(is) && watched.is_called(is, "1g.10gb"))
        });
        if let Some(made) = made
            && let Some(is) = is(&made)
        {
            self.create_compute_instance(&made)?;
            self.destroy("destroy 1g.10gb", made, is)?;
        }
        Ok(())
    }

    fn create_compute_instance(&mut self, of: &GpuInstance) -> Result<()> {
        let Some(profile) = self.asked.note(of.default_compute_instance_profile()) else {
            return Ok(());
        };
        let create = || of.create_compute_instance(profile.id);
        let what = "create a compute instance";
        let (made, watched) = self.watch(what, &[], create)?;
        self.judge(what, made, |made| {
            let is = witness::compute_instance(made.as_raw());
            is.is_some_and(|is| watched.is_new(is))
        });
        Ok(())
    }

    fn create_mig_device(&mut self, device: &Device, profile: GpuInstanceProfileId) -> Result<()> {
        let create = || device.create_mig_device(profile);
        let what = "create a MIG device";
        let (made, watched) = self.watch(what, &[], create)?;
        let made = self.judge(what, made, |made| {
            let is = witness::mig_device(made.as_raw());
            is.is_some_and(|is| watched.is_new(is) && watched.is_called(is, "1g.10gb"))
        });
        let whole = made.map(|made| (made.gpu_instance(), witness::mig_device(made.as_raw())));
        if let Some((whole, Some(is))) = whole
            && let Some(whole) = self.asked.note(whole)
        {
            self.destroy("destroy a MIG device", whole, is.whole())?;
        }
        Ok(())
    }

    fn set_mig_mode(&mut self, device: &Device, mode: MigMode) -> Result<()> {
        let what = format!("set MIG mode to {mode:?}");
        let (done, watched) = self.watch(&what, &[], || device.set_mig_mode(mode))?;
        let modes = watched.of(device).and_then(|[_, after]| after.modes);
        self.judge(&what, done, |change| {
            modes.is_some_and(|modes| match change {
                MigModeChange::Active { .. } => modes.current() == mode,
                _ => modes.pending() == mode,
            })
        });
        Ok(())
    }
}

impl Watched {
    fn is_new(&self, instance: Identity) -> bool {
        is_there(&self.after, instance) && !is_there(&self.before, instance)
    }

    /// Whether the profile of a GPU instance has this name.
    fn is_called(&self, instance: Identity, name: &str) -> bool {
        let mut gpus = self.after.iter().filter(|gpu| gpu.gpu == instance.gpu);
        gpus.any(|gpu| {
            let instance = gpu.instance(instance.gpu_instance);
            instance.is_some_and(|instance| instance.placed.name == *name)
        })
    }

    /// What the GPU that the program took this device for had before, and has after.
    fn of(&self, device: &Device) -> Option<[&Reading; 2]> {
        let gpu = device.as_raw().addr();
        let mut both = self.before.iter().zip(&self.after);
        let (before, after) = both.find(|(before, _)| before.gpu == gpu)?;
        Some([before, after])
    }
}
