//! Checks that a machine is consistent. With an inconsistent one, from a damaged file, the simulator could write beyond
//! the buffers of its clients.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::handle::LAST_NUMBER;
use super::{ComputeInstance, GpmFigure, Gpu, GpuInstance, MOST_GPUS, Machine, Process};
use nvml_mig_boards::catalogue::GpuInstanceProfile;

/// Longer delays would look like a client that hangs.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);
/// Maximum length of a process name in bytes: that of a Linux path.
const LONGEST_NAME: usize = 4096;

/// The reason why a machine can't exist, such as `GPU 0: MIG mode is on, but the board has no MIG`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(String);

impl From<Flaw> for String {
    fn from(flaw: Flaw) -> Self {
        flaw.0
    }
}

impl Flaw {
    fn of(self, what: &str, number: u32) -> Self {
        Self(format!("{what} {number}: {self}"))
    }
}

impl Machine {
    /// Makes a change, unless it is refused or would lead to a machine that can't exist.
    ///
    /// # Errors
    ///
    /// The reason, or the [`Flaw`]; nothing is changed then.
    pub fn change<E: From<Flaw>>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut changed = self.clone();
        change(&mut changed)?;
        changed.check()?;
        *self = changed;
        Ok(())
    }

    /// Checks everything that the simulator relies on.
    ///
    /// # Errors
    ///
    /// The first [`Flaw`].
    pub fn check(&self) -> Result<(), Flaw> {
        require(self.gpus.len() <= MOST_GPUS, || {
            format!("it has more than {MOST_GPUS} GPUs")
        })?;
        require(self.driver.is_version(), || {
            format!(
                "`{}` is not a driver version such as 550.163.01",
                self.driver.text()
            )
        })?;
        require(self.driver.is_possible(), || {
            format!(
                "driver {} has no MIG; 450 and newer drivers can be simulated",
                self.driver.text()
            )
        })?;
        require(!self.faults.fail_with_success(), || {
            "a call is to fail with return code 0, which means success".into()
        })?;
        require(
            self.capabilities.as_deref().is_none_or(Path::is_absolute),
            || "the folder of its capability files is not an absolute path".into(),
        )?;
        require(self.faults.longest_delay() <= LONGEST_DELAY, || {
            "a delay is longer than an hour".into()
        })?;
        for (index, gpu) in (0..).zip(&self.gpus) {
            require(gpu.index == index, || {
                format!("GPU {index} has the index {}", gpu.index)
            })?;
            gpu.check().map_err(|flaw| flaw.of("GPU", index))?;
        }
        self.check_minors()?;
        self.check_vgpu_ids()?;
        self.check_serials()
    }

    fn check_minors(&self) -> Result<(), Flaw> {
        let minors: BTreeSet<u32> = self.gpus.iter().map(Gpu::minor_number).collect();
        let right = minors.iter().copied().eq(0..to_u32(self.gpus.len()));
        require(right, || {
            "the minor numbers of its GPUs are not 0, 1, 2, ...".into()
        })
    }

    /// The IDs of vGPUs are unique on a machine, and those of a GPU are in order.
    fn check_vgpu_ids(&self) -> Result<(), Flaw> {
        let ordered = self
            .gpus
            .iter()
            .all(|gpu| gpu.vgpus.is_sorted_by_key(|vgpu| vgpu.id));
        let ids: Vec<u32> = self
            .gpus
            .iter()
            .flat_map(|gpu| &gpu.vgpus)
            .map(|vgpu| vgpu.id)
            .collect();
        let distinct: BTreeSet<u32> = ids.iter().copied().collect();
        require(ordered && distinct.len() == ids.len(), || {
            "IDs of vGPUs are out of order or used twice".into()
        })
    }

    /// Serial numbers must be valid and unique, since handles contain them.
    fn check_serials(&self) -> Result<(), Flaw> {
        let serials: Vec<u32> = self.serials().collect();
        let distinct: BTreeSet<u32> = serials.iter().copied().collect();
        let possible = distinct
            .iter()
            .all(|serial| (1..=LAST_NUMBER).contains(serial));
        require(possible && distinct.len() == serials.len(), || {
            "serial numbers of instances are invalid or used twice".into()
        })
    }
}

impl Gpu {
    fn check(&self) -> Result<(), Flaw> {
        let mode = self.mig_mode;
        require(self.has_mig() || !(mode.current || mode.pending), || {
            "MIG mode is on, but the board has no MIG".into()
        })?;
        require(mode.current || self.gpu_instances.is_empty(), || {
            "it has GPU instances, but MIG mode is off".into()
        })?;
        // Code 0 would be success without a result, and the client would use the old contents of its buffer.
        require(self.refusal != Some(0), || {
            "its refusal code is 0, which means success".into()
        })?;
        require(self.mig_config_changes <= u64::MAX / 2, || {
            "its number of changes is too large".into()
        })?;
        require(self.gpm.iter().all(GpmFigure::is_possible), || {
            "the value of a GPM metric is out of range".into()
        })?;
        require(self.events.is_possible(), || {
            "its posted events are not possible".into()
        })?;
        self.check_gpu_instances()?;
        self.check_vgpus()?;
        self.processes
            .iter()
            .try_for_each(|process| self.check_process(process))
    }

    /// Checks that the instances could have been created one after another.
    fn check_gpu_instances(&self) -> Result<(), Flaw> {
        let ids = self.gpu_instances.iter().map(|instance| instance.id);
        require(ids.is_sorted_by(|a, b| a < b), || {
            "GPU instances are out of order".into()
        })?;
        let mut occupancy = self.empty();
        for instance in &self.gpu_instances {
            let at = |flaw: Flaw| flaw.of("GPU instance", instance.id);
            let profile = self.board.profile_with_id(instance.profile_id);
            let profile =
                profile.ok_or_else(|| at(Flaw("the board has no such profile".into())))?;
            let span = occupancy.choose_at(profile, instance.start);
            let fits = span.is_some_and(|span| {
                (span.instance_id, span.slots) == (instance.id, instance.slots)
            });
            require(fits, || "it can't be placed there".into()).map_err(at)?;
            occupancy.add(instance.slots, Some(profile));
            instance.check(profile).map_err(at)?;
        }
        Ok(())
    }

    /// Checks that the vGPUs could have been started one after another.
    fn check_vgpus(&self) -> Result<(), Flaw> {
        require(!self.is_vgpu_host() || self.vgpu_types().is_some(), || {
            format!("the vGPU types of `{}` are not known", self.board.key)
        })?;
        let mut before = Self {
            vgpus: Vec::new(),
            ..self.clone()
        };
        for vgpu in &self.vgpus {
            let fits =
                vgpu.id > 0 && vgpu.gpu == self.index && before.require_room_for(vgpu).is_ok();
            require(fits, || format!("vGPU {} can't run there", vgpu.id))?;
            before.vgpus.push(*vgpu);
        }
        Ok(())
    }

    fn check_process(&self, process: &Process) -> Result<(), Flaw> {
        let exists = self.has_instances(process.gpu_instance, process.compute_instance);
        require(process.gpu == self.index && exists, || {
            format!("process {} is on another GPU or instance", process.pid)
        })?;
        require(process.name.len() <= LONGEST_NAME, || {
            format!("the name of process {} is too long", process.pid)
        })
    }
}

impl GpuInstance {
    fn check(&self, profile: &GpuInstanceProfile) -> Result<(), Flaw> {
        let ids = self.compute_instances.iter().map(|instance| instance.id);
        require(ids.is_sorted_by(|a, b| a < b), || {
            "compute instances are out of order".into()
        })?;
        require(self.vgpu.is_possible(), || {
            "its settings for vGPUs are not possible".into()
        })?;
        let mut before = Self {
            compute_instances: Vec::new(),
            ..self.clone()
        };
        for instance in &self.compute_instances {
            let fits = before.has_room_for(profile, instance);
            require(fits, || {
                format!("compute instance {} can't be placed there", instance.id)
            })?;
            before.insert(instance.clone());
        }
        Ok(())
    }

    fn has_room_for(&self, own_profile: &GpuInstanceProfile, wanted: &ComputeInstance) -> bool {
        let mut profiles = own_profile.compute.iter();
        let profile = profiles.find(|profile| profile.id == wanted.profile_id);
        profile.is_some_and(|profile| {
            let placement = (wanted.start, wanted.size);
            wanted.id < super::gpu_instance::MOST_COMPUTE_INSTANCES
                && wanted.slices == profile.slices
                && self.choose_at(own_profile, profile, placement).is_ok()
        })
    }
}

fn require(right: bool, flaw: impl FnOnce() -> String) -> Result<(), Flaw> {
    if right { Ok(()) } else { Err(Flaw(flaw())) }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
