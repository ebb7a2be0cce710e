//! What there is, as data.

use nvml_mig::{
    ComputeInstance, ComputeInstancePlacement, Device, Error, GpuInstance, GpuInstancePlacement,
    GpuInstanceProfileInfo, MigDevice, MigMode, Nvml, ReturnCode,
};
use serde::Serialize;

/// The machine.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) driver_version: String,
    pub(crate) nvml_version: String,
    pub(crate) gpus: Vec<Gpu>,
}

/// A GPU. Without MIG, and while MIG mode is off, it has no instances; without MIG no profiles either.
#[derive(Debug, Serialize)]
pub(crate) struct Gpu {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) uuid: String,
    pub(crate) pci_bus_id: String,
    /// `None` on a GPU without MIG.
    pub(crate) mig_mode: Option<Modes>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) gpu_instances: Vec<GpuPart>,
}

/// MIG mode now and after the next reset.
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
    pub(crate) free: u32,
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
    pub(crate) placements: Vec<Place>,
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

/// A compute instance, and the MIG device that it is.
#[derive(Debug, Serialize)]
pub(crate) struct ComputePart {
    pub(crate) id: u32,
    pub(crate) profile: String,
    pub(crate) profile_id: u32,
    pub(crate) placement: Place,
    pub(crate) mig_device: Mig,
}

/// A MIG device.
#[derive(Debug, Serialize)]
pub(crate) struct Mig {
    pub(crate) index: u32,
    pub(crate) uuid: String,
    pub(crate) name: String,
}

impl Report {
    pub(crate) fn of(nvml: &Nvml, devices: &[Device]) -> Result<Self, Error> {
        Ok(Self {
            driver_version: nvml.driver_version()?,
            nvml_version: nvml.nvml_version()?,
            gpus: devices.iter().map(Gpu::of).collect::<Result<_, _>>()?,
        })
    }
}

impl Gpu {
    fn of(device: &Device) -> Result<Self, Error> {
        let modes = match device.mig_mode() {
            Ok(modes) => Some(modes),
            Err(error) if error.code() == Some(ReturnCode::NotSupported) => None,
            Err(error) => return Err(error),
        };
        let enabled = modes.is_some_and(|modes| modes.current == MigMode::Enabled);
        let infos = if enabled {
            profiles(device)?
        } else {
            Vec::new()
        };
        Ok(Self {
            index: device.index()?,
            name: device.name()?,
            uuid: device.uuid()?,
            pci_bus_id: device.pci_info()?.bus_id,
            mig_mode: modes.map(|modes| Modes {
                current: modes.current.to_string(),
                pending: modes.pending.to_string(),
            }),
            profiles: infos
                .iter()
                .map(|info| Profile::of(device, info))
                .collect::<Result<_, _>>()?,
            gpu_instances: gpu_instances(device)?,
        })
    }
}

/// In nvidia-smi's order: small ones first.
fn profiles(device: &Device) -> Result<Vec<GpuInstanceProfileInfo>, Error> {
    let mut profiles = device.gpu_instance_profiles()?;
    profiles.sort_by_key(|profile| (profile.slice_count, profile.memory_mib, profile.id));
    Ok(profiles)
}

fn gpu_instances(device: &Device) -> Result<Vec<GpuPart>, Error> {
    let instances = device.gpu_instances()?;
    let mig_devices = device.mig_devices()?;
    instances
        .iter()
        .map(|instance| GpuPart::of(instance, &mig_devices))
        .collect()
}

impl Profile {
    fn of(device: &Device, info: &GpuInstanceProfileInfo) -> Result<Self, Error> {
        let placements = device.gpu_instance_possible_placements(info.id)?;
        Ok(Self {
            name: info.name.clone(),
            id: info.id.number(),
            free: device.gpu_instance_remaining_capacity(info.id)?,
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
            placements: placements.into_iter().map(Place::from).collect(),
        })
    }
}

impl GpuPart {
    fn of(instance: &GpuInstance, mig_devices: &[MigDevice]) -> Result<Self, Error> {
        let compute_instances = instance.compute_instances()?;
        let part = |made| ComputePart::of(instance, made, mig_devices);
        Ok(Self {
            id: instance.id().number(),
            profile: instance.profile()?.name,
            profile_id: instance.profile_id().number(),
            placement: instance.placement().into(),
            compute_instances: compute_instances
                .iter()
                .map(part)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl ComputePart {
    fn of(
        parent: &GpuInstance,
        instance: &ComputeInstance,
        mig_devices: &[MigDevice],
    ) -> Result<Self, Error> {
        Ok(Self {
            id: instance.id().number(),
            profile: parent
                .compute_instance_profile_by_id(instance.profile_id())?
                .name,
            profile_id: instance.profile_id().number(),
            placement: instance.placement().into(),
            mig_device: Mig::of(instance, mig_devices)?,
        })
    }
}

impl Mig {
    fn of(instance: &ComputeInstance, mig_devices: &[MigDevice]) -> Result<Self, Error> {
        for device in mig_devices {
            let ids = (device.gpu_instance_id()?, device.compute_instance_id()?);
            if ids == (instance.gpu_instance_id(), instance.id()) {
                return Self::from_device(device);
            }
        }
        // It was made after the MIG devices were listed.
        Self::from_device(&instance.mig_device()?)
    }

    fn from_device(device: &MigDevice) -> Result<Self, Error> {
        Ok(Self {
            index: device.index()?,
            uuid: device.uuid()?,
            name: device.name()?,
        })
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
