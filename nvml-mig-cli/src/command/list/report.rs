//! Collects the state of the machine as data.

use nvml_mig::instance::{ComputeInstancePlacement, GpuInstancePlacement};
use nvml_mig::inventory::{Inventory, LiveGpuInstance, LiveMigDevice};
use nvml_mig::profile::GpuInstanceProfileInfo;
use nvml_mig::{Device, Error, Nvml};
use serde::Serialize;

use super::missing::Missing;
use crate::console::chain;
use crate::machine::Each;

/// The whole machine.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) driver_version: String,
    pub(crate) nvml_version: String,
    pub(crate) gpus: Vec<Gpu>,
    pub(crate) unreadable_gpus: Vec<UnreadableGpu>,
}

/// A GPU that NVML counts, but that can't be read.
#[derive(Debug, Serialize)]
pub(crate) struct UnreadableGpu {
    /// `GPU` and its index, or another name by which it was selected.
    pub(crate) gpu: String,
    pub(crate) error: String,
    #[serde(skip)]
    pub(crate) cause: Error,
}

/// A MIG device that can't be read.
#[derive(Debug, Serialize)]
pub(crate) struct UnreadableMigDevice {
    pub(crate) index: u32,
    pub(crate) error: String,
}

/// A GPU. It has no instances while MIG mode is off; without MIG it has no profiles either.
#[derive(Debug, Serialize)]
pub(crate) struct Gpu {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) uuid: String,
    pub(crate) pci_bus_id: String,
    /// `None` on a GPU without MIG.
    pub(crate) mig_mode: Option<Modes>,
    pub(crate) profiles: Vec<Profile>,
    /// `None` if they can't be listed, for example without the privilege.
    pub(crate) gpu_instances: Option<Vec<GpuPart>>,
    pub(crate) mig_devices: Vec<Mig>,
    pub(crate) unreadable_mig_devices: Vec<UnreadableMigDevice>,
    pub(crate) missing: Missing,
}

/// Current and pending MIG mode.
#[derive(Debug, Serialize)]
pub(crate) struct Modes {
    pub(crate) current: String,
    pub(crate) pending: String,
}

/// A GPU instance profile.
#[derive(Debug, Serialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) id: u32,
    /// `None` if it can't be queried, for example without the privilege.
    pub(crate) free: Option<u32>,
    pub(crate) total: u32,
    pub(crate) slices: u32,
    pub(crate) memory_mib: u64,
    pub(crate) p2p: bool,
    pub(crate) multiprocessors: u32,
    pub(crate) copy_engines: u32,
    pub(crate) decoders: u32,
    pub(crate) encoders: u32,
    pub(crate) jpeg: u32,
    pub(crate) ofa: u32,
    /// `None` if they can't be queried, for example without the privilege.
    pub(crate) placements: Option<Vec<Place>>,
}

/// First slice and number of slices.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) size: u32,
}

/// A GPU instance.
#[derive(Debug, Serialize)]
pub(crate) struct GpuPart {
    pub(crate) id: u32,
    pub(crate) profile: String,
    pub(crate) profile_id: u32,
    pub(crate) placement: Place,
    pub(crate) compute_instances: Vec<ComputePart>,
}

/// A compute instance and its MIG device.
#[derive(Debug, Serialize)]
pub(crate) struct ComputePart {
    pub(crate) id: u32,
    pub(crate) profile: String,
    pub(crate) profile_id: u32,
    pub(crate) placement: Place,
    /// `None` if it disappeared while NVML was queried, or can't be read.
    pub(crate) mig_device: Option<Mig>,
}

/// A MIG device.
#[derive(Debug, Serialize)]
pub(crate) struct Mig {
    pub(crate) index: u32,
    pub(crate) gpu_instance: u32,
    pub(crate) compute_instance: u32,
    pub(crate) uuid: String,
    pub(crate) name: String,
    /// `None` if NVML does not report it.
    pub(crate) memory_mib: Option<u64>,
    pub(crate) used_memory_mib: Option<u64>,
}

impl Report {
    pub(crate) fn of(nvml: &Nvml, gpus: Each<Device>) -> Result<Self, Error> {
        let mut report = Self {
            driver_version: nvml.driver_version()?.to_string(),
            nvml_version: nvml.nvml_version()?.to_string(),
            gpus: Vec::new(),
            unreadable_gpus: Vec::new(),
        };
        for (gpu, device) in gpus {
            match device.and_then(|device| Gpu::of(&device)) {
                Ok(gpu) => report.gpus.push(gpu),
                Err(error) => report.unreadable_gpus.push(UnreadableGpu {
                    gpu,
                    error: chain(&error),
                    cause: error,
                }),
            }
        }
        Ok(report)
    }
}

impl Gpu {
    fn of(device: &Device) -> Result<Self, Error> {
        let inventory = Inventory::read(device)?;
        let mut missing = Missing::default();
        let each = missing.note("MIG devices", mig_devices(&inventory));
        let (mig_devices, unreadable_mig_devices) = each.unwrap_or_default();
        let modes = inventory.mig_modes();
        Ok(Self {
            index: inventory.index()?,
            name: inventory.name()?,
            uuid: inventory.uuid()?,
            pci_bus_id: inventory.pci_info()?.bus_id,
            mig_mode: modes.map(|modes| Modes {
                current: modes.current().to_string(),
                pending: modes.pending().to_string(),
            }),
            profiles: if inventory.is_mig_enabled() {
                profiles(&inventory, &mut missing)
            } else {
                Vec::new()
            },
            gpu_instances: missing.note("instances", gpu_instances(&inventory, &mig_devices)),
            missing,
            mig_devices: mig_devices.iter().map(Mig::of).collect(),
            unreadable_mig_devices,
        })
    }

    /// Number of memory slices; 0 without MIG, and while MIG mode is off.
    pub(crate) fn memory_slices(&self) -> u32 {
        let profiles = self.profiles.iter();
        let places = profiles.flat_map(|profile| profile.placements.iter().flatten());
        places.map(|place| place.end()).max().unwrap_or(0)
    }

    /// The GPU instances; none if they can't be listed.
    pub(crate) fn gpu_instances(&self) -> &[GpuPart] {
        self.gpu_instances.as_deref().unwrap_or_default()
    }

    /// Number of compute slices of a GPU instance on it.
    pub(crate) fn compute_slices(&self, instance: &GpuPart) -> u32 {
        let mut profiles = self.profiles.iter();
        let profile = profiles.find(|profile| profile.id == instance.profile_id);
        let compute_instances = instance.compute_instances.iter();
        let ends = compute_instances.map(|compute_instance| compute_instance.placement.end());
        let slices = profile.map_or(0, |profile| profile.slices);
        slices.max(ends.max().unwrap_or(0))
    }
}

impl Place {
    /// The slice behind the last.
    pub(crate) const fn end(self) -> u32 {
        self.start + self.size
    }

    pub(crate) fn contains(self, slice: u32) -> bool {
        (self.start..self.end()).contains(&slice)
    }
}

/// Sorts like nvidia-smi: small profiles first.
fn profiles(inventory: &Inventory, missing: &mut Missing) -> Vec<Profile> {
    let profiles = missing.note("profiles", inventory.profiles());
    let mut profiles = profiles.unwrap_or_default();
    profiles.sort_by_key(|profile| (profile.slice_count, profile.memory_mib, profile.id));
    profiles
        .iter()
        .map(|info| Profile::of(inventory, info, missing))
        .collect()
}

/// The MIG devices, and those that can't be read.
fn mig_devices(
    inventory: &Inventory,
) -> Result<(Vec<LiveMigDevice>, Vec<UnreadableMigDevice>), Error> {
    let (mut mig_devices, mut unreadable) = (Vec::new(), Vec::new());
    for (index, mig_device) in inventory.each_mig_device()? {
        match mig_device {
            Ok(mig_device) => mig_devices.push(mig_device),
            Err(error) => unreadable.push(UnreadableMigDevice {
                index,
                error: chain(&error),
            }),
        }
    }
    Ok((mig_devices, unreadable))
}

fn gpu_instances(
    inventory: &Inventory,
    mig_devices: &[LiveMigDevice],
) -> Result<Vec<GpuPart>, Error> {
    let live = inventory.gpu_instances()?.iter();
    Ok(live.map(|live| GpuPart::of(live, mig_devices)).collect())
}

impl Profile {
    fn of(inventory: &Inventory, info: &GpuInstanceProfileInfo, missing: &mut Missing) -> Self {
        let device = inventory.device();
        let placements = missing.note("placements", inventory.possible_placements(info.id));
        let places = |placements: Vec<_>| placements.into_iter().map(Place::from).collect();
        let free = device.gpu_instance_remaining_capacity(info.id);
        Self {
            name: info.name.to_string(),
            id: info.id.number(),
            free: missing.note("free counts", free),
            total: info.instance_count,
            slices: info.slice_count,
            memory_mib: info.memory_mib,
            p2p: info.p2p,
            multiprocessors: info.multiprocessor_count,
            copy_engines: info.copy_engine_count,
            decoders: info.decoder_count,
            encoders: info.encoder_count,
            jpeg: info.jpeg_count,
            ofa: info.ofa_count,
            placements: placements.map(places),
        }
    }
}

impl GpuPart {
    fn of(live: &LiveGpuInstance, mig_devices: &[LiveMigDevice]) -> Self {
        let (id, data) = (live.gpu_instance.id(), live.placed());
        let inside = live.compute_instances.iter().zip(&data.compute_instances);
        Self {
            id: id.number(),
            profile: data.name.to_string(),
            profile_id: data.profile.number(),
            placement: data.placement.into(),
            compute_instances: inside
                .map(|(live, data)| ComputePart {
                    id: live.id().number(),
                    profile: data.name.to_string(),
                    profile_id: data.profile.number(),
                    placement: data.placement.into(),
                    mig_device: mig_devices
                        .iter()
                        .find(|one| {
                            (one.gpu_instance_id, one.compute_instance_id) == (id, live.id())
                        })
                        .map(Mig::of),
                })
                .collect(),
        }
    }
}

impl Mig {
    fn of(device: &LiveMigDevice) -> Self {
        let memory = device.mig_device.memory_info().ok();
        Self {
            index: device.index,
            gpu_instance: device.gpu_instance_id.number(),
            compute_instance: device.compute_instance_id.number(),
            uuid: device.uuid.clone(),
            name: device.name.clone(),
            memory_mib: memory.map(|memory| memory.total_mib()),
            used_memory_mib: memory.map(|memory| memory.used_bytes >> 20),
        }
    }
}

impl From<GpuInstancePlacement> for Place {
    fn from(placement: GpuInstancePlacement) -> Self {
        Self {
            start: placement.start,
            size: placement.size,
        }
    }
}

impl From<ComputeInstancePlacement> for Place {
    fn from(placement: ComputeInstancePlacement) -> Self {
        Self {
            start: placement.start,
            size: placement.size,
        }
    }
}
