//! Obstacles to MIG on one GPU.

use core::fmt;

use super::obstacle::{self, Obstacle};
use crate::device::Nvml;
use crate::error::hint;
use crate::error::{Error, ReturnCode};
use crate::explain;
use crate::inventory::Inventory;
use crate::query::{Device, MigModes};

/// A GPU, and the obstacles to creating a GPU instance on it, each with a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GpuPreflight {
    /// Index on this machine.
    pub index: u32,
    /// Product name, such as `NVIDIA A30`; `None` if NVML does not report it.
    pub name: Option<String>,
    /// UUID, `GPU-...`; `None` if NVML does not report it.
    pub uuid: Option<String>,
    /// Whether it has MIG; `None` if NVML does not report it.
    pub mig_capable: Option<bool>,
    /// MIG mode now and after the next GPU reset; `None` without MIG.
    pub mig_modes: Option<MigModes>,
    /// Whether this is a vGPU: a share of a GPU in a virtual machine, which only its host can partition.
    pub vgpu_guest: bool,
    /// Obstacles on this GPU. Those on all GPUs are in
    /// [`Preflight::obstacles`](super::Preflight::obstacles).
    pub obstacles: Vec<Obstacle>,
    /// Whether the driver answered a query that requires privilege; `None` if the query could not be made.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) privileged_answer: Option<bool>,
}

impl GpuPreflight {
    pub(super) fn of(nvml: &Nvml, index: u32) -> Self {
        match nvml.device_by_index(index) {
            Ok(device) => Self::of_device(&device, index),
            Err(error) => Self {
                obstacles: vec![Obstacle::from_error(&error)],
                ..Self::new(index)
            },
        }
    }

    /// Creates a result for the GPU with this index, without obstacles and other data, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::preflight::{GpuPreflight, Obstacle};
    ///
    /// let full = Obstacle::new("GPU instance 0 occupies the GPU; destroy it");
    /// let gpu = GpuPreflight::new(0).with_name("NVIDIA A30").with_obstacles(vec![full]);
    /// assert_eq!(gpu.obstacles.len(), 1);
    /// ```
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self {
            index,
            name: None,
            uuid: None,
            mig_capable: None,
            mig_modes: None,
            vgpu_guest: false,
            obstacles: Vec::new(),
            privileged_answer: None,
        }
    }

    /// Sets the product name.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Sets the UUID of the GPU.
    #[must_use]
    pub fn with_uuid(self, uuid: impl Into<String>) -> Self {
        Self {
            uuid: Some(uuid.into()),
            ..self
        }
    }

    /// Sets MIG mode, and with it whether the GPU has MIG; `None` means that it has not.
    #[must_use]
    pub fn with_mig_modes(self, modes: Option<MigModes>) -> Self {
        Self {
            mig_capable: Some(modes.is_some()),
            mig_modes: modes,
            ..self
        }
    }

    /// Sets whether this is a vGPU.
    #[must_use]
    pub fn with_vgpu_guest(self, vgpu_guest: bool) -> Self {
        Self { vgpu_guest, ..self }
    }

    /// Sets the obstacles on this GPU.
    #[must_use]
    pub fn with_obstacles(self, obstacles: Vec<Obstacle>) -> Self {
        Self { obstacles, ..self }
    }

    fn of_device(device: &Device, index: u32) -> Self {
        // First, so that the obstacles find them in the cache.
        let (name, uuid) = (device.known_name().ok(), device.known_uuid().ok());
        let inventory = Inventory::read(device);
        // MIG mode may be readable where the rest is not.
        let modes = match &inventory {
            Ok(inventory) => Ok(inventory.mig_modes()),
            Err(_) => device.mig_mode().map(Some),
        };
        let vgpu_guest = device.is_vgpu_guest();
        let obstacle = match &modes {
            Ok(Some(modes)) => explain::no_mig_in(device, *modes, vgpu_guest)
                .map(Obstacle::from)
                .or_else(|| what_is_in_the_way(&inventory)),
            Ok(None) => Some(hint::not_mig_capable().into()),
            Err(error) => Some(Obstacle::from_error(error)),
        };
        Self {
            index,
            name,
            uuid,
            mig_capable: modes.as_ref().ok().map(Option::is_some),
            vgpu_guest,
            obstacles: obstacle.into_iter().collect(),
            privileged_answer: privileged_answer(device),
            mig_modes: modes.ok().flatten(),
        }
    }

    /// Such as `MIG mode enabled`.
    fn mode(&self) -> String {
        match (self.mig_modes, self.mig_capable) {
            (Some(modes), _) => format!("MIG mode {}", modes.words()),
            (None, Some(false)) => "no MIG".to_owned(),
            (None, _) => "MIG mode unknown".to_owned(),
        }
    }
}

/// What keeps a GPU with MIG mode on from a further GPU instance. Instances or processes that can't be read may do so. That
/// the privilege to list instances is missing is an obstacle of its own.
fn what_is_in_the_way(inventory: &Result<Inventory, Error>) -> Option<Obstacle> {
    let inventory = match inventory {
        Ok(inventory) => inventory,
        Err(error) => return Some(Obstacle::from_error(error)),
    };
    let device = inventory.device();
    let listed = match inventory.gpu_instances() {
        Ok(listed) => listed,
        Err(error) if error.code() == Some(ReturnCode::NoPermission) => return None,
        Err(error) => return Some(Obstacle::from_error(&error)),
    };
    if listed.is_empty() {
        return users_of_all(device);
    }
    let instances = listed.iter().map(|live| &live.gpu_instance);
    match is_full(inventory) {
        Ok(is_full) => is_full.then(|| explain::no_room_beside(device, instances).into()),
        Err(error) => Some(Obstacle::from_error(&error)),
    }
}

/// The processes on a GPU without instances.
fn users_of_all(device: &Device) -> Option<Obstacle> {
    match device.processes() {
        Ok(processes) if processes.is_empty() => None,
        Ok(_) => Some(explain::users_of_gpu(device).into()),
        Err(error) => Some(Obstacle::from_error(&error)),
    }
}

/// Whether no further GPU instance of any profile fits.
fn is_full(inventory: &Inventory) -> Result<bool, Error> {
    let profiles = inventory.profiles()?;
    let device = inventory.device();
    for profile in &profiles {
        if device.gpu_instance_remaining_capacity(profile.id)? > 0 {
            return Ok(false);
        }
    }
    Ok(!profiles.is_empty())
}

/// Queries placements, which requires privilege but changes nothing.
fn privileged_answer(device: &Device) -> Option<bool> {
    let profiles = device.last_gpu_instance_profiles().ok()?;
    let profile = profiles.first()?.id;
    match device.ask_gpu_instance_possible_placements(profile) {
        Ok(_) => Some(true),
        Err(failure) if failure.is(ReturnCode::NoPermission) => Some(false),
        Err(_) => None,
    }
}

/// Prints a line for the GPU, and one for each obstacle.
impl fmt::Display for GpuPreflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = |text: &Option<String>| text.clone().unwrap_or("unknown".to_owned());
        let (name, uuid) = (unknown(&self.name), unknown(&self.uuid));
        let guest = if self.vgpu_guest { ", vGPU guest" } else { "" };
        let mode = self.mode();
        writeln!(f, "GPU {}: {name}, {uuid}, {mode}{guest}", self.index)?;
        obstacle::write_all(f, &self.obstacles, "  ")
    }
}
