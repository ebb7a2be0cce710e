//! A GPU during a change: its instances, updated with every call.

use super::made::Made;
use super::mig_uuid::{self, MigUuid};
use super::operation::{Operation, Performed};
use crate::device::Nvml;
use crate::driver::call::{Failure, is_gone};
use crate::error::{Error, InputError};
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::inventory::{Expected, Inventory, LiveGpuInstance};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::{PlacedGpuInstance, PresentGpuInstance};
use crate::query::{ComputeInstance, Device, GpuInstance, MigMode, MigModes};

/// A GPU with its live instances.
#[derive(Debug)]
pub(super) struct LiveGpu {
    pub(super) uuid: String,
    pub(super) device: Device,
    pub(super) gpu_instances: Vec<LiveGpuInstance>,
    /// Whether this machine can't reset the GPU for a change of MIG mode.
    pub(super) can_not_reset: bool,
    /// Where the next GPU instance of a plan may be, if the driver chooses.
    pub(super) possible_places: Vec<GpuInstancePlacement>,
    /// Temporary GPU instances that led the driver to the last one's place, and why it did not destroy them.
    pub(super) left_by_steering: Vec<(GpuInstanceId, Error)>,
    /// GPU instances created by this transaction since the last reading.
    created: Vec<GpuInstanceId>,
    /// All that this process has created.
    made: Made,
}

impl LiveGpu {
    pub(super) fn new(uuid: String, device: Device) -> Self {
        Self {
            uuid,
            device,
            gpu_instances: Vec::new(),
            can_not_reset: false,
            possible_places: Vec::new(),
            left_by_steering: Vec::new(),
            created: Vec::new(),
            made: Made::default(),
        }
    }

    /// Opens a GPU after an interruption, and reads it.
    pub(super) fn open(nvml: &Nvml, uuid: &str) -> Result<(Self, MigModes), Error> {
        let device = nvml.device_by_uuid(uuid)?;
        device.forget_profiles();
        let mut gpu = Self::new(uuid.to_owned(), device);
        let modes = gpu.read()?;
        Ok((gpu, modes))
    }

    /// Reads the GPU again.
    pub(super) fn read(&mut self) -> Result<MigModes, Error> {
        self.created.clear();
        self.read_expecting(&[])
    }

    /// Reads the GPU again, expecting these instances and those created since.
    pub(super) fn read_expecting(
        &mut self,
        present: &[PresentGpuInstance],
    ) -> Result<MigModes, Error> {
        let inventory = self.inventory(present)?;
        self.take(inventory)
    }

    /// A reading of the GPU, expecting these instances and those created since.
    pub(super) fn inventory(&self, present: &[PresentGpuInstance]) -> Result<Inventory, Error> {
        let live = self.gpu_instances.iter();
        let is_created = |live: &&LiveGpuInstance| self.created.contains(&live.gpu_instance.id());
        let created = live.filter(is_created).collect();
        Inventory::expecting(&self.device, &Expected { present, created })
    }

    /// Takes over the instances of a reading, and returns MIG mode.
    pub(super) fn take(&mut self, inventory: Inventory) -> Result<MigModes, Error> {
        let modes = inventory.mig_modes().ok_or_else(|| inventory.no_mig())?;
        self.gpu_instances = inventory.into_gpu_instances()?;
        Ok(modes)
    }

    /// Finds what others put in the place of instances that this process had created, with the same ids.
    pub(super) fn take_replaced(&mut self) -> Vec<Operation> {
        self.made.take_replaced(&self.gpu_instances)
    }

    /// Reads the UUIDs of the MIG devices.
    pub(super) fn mig_uuids(&self) -> Result<Vec<MigUuid>, Error> {
        mig_uuid::read(&Inventory::read(&self.device)?)
    }

    /// Performs an operation.
    pub(super) fn perform(&mut self, operation: Operation) -> Result<Performed, Error> {
        match operation {
            Operation::SetMigMode(mode) => self.device.set_mig_mode(mode).map(Performed::MigMode),
            Operation::CreateGpuInstance { profile, placement } => self
                .create_gpu_instance(profile, placement)
                .map(Performed::GpuInstance),
            Operation::CreateComputeInstance {
                gpu_instance,
                profile,
                placement,
            } => self
                .create_compute_instance(gpu_instance, profile, placement)
                .map(Performed::ComputeInstance),
            Operation::DestroyGpuInstance(id) => {
                self.destroy_gpu_instance(id)?;
                Ok(Performed::Destroyed)
            }
            Operation::DestroyComputeInstance {
                gpu_instance,
                compute_instance,
            } => {
                self.destroy_compute_instance(gpu_instance, compute_instance)?;
                Ok(Performed::Destroyed)
            }
        }
    }

    /// Caches the names of profiles, which `read_expecting` may not have read.
    pub(super) fn look_up_names(&self) {
        for live in &self.gpu_instances {
            // Without the names, `partition` uses profile ids.
            let _names = live.gpu_instance.last_compute_instance_profiles();
        }
    }

    pub(super) fn partition(&self) -> Vec<PlacedGpuInstance> {
        let live = self.gpu_instances.iter();
        live.map(LiveGpuInstance::placed).collect()
    }

    fn destroy_gpu_instance(&mut self, id: GpuInstanceId) -> Result<(), Error> {
        let at = self.position(id)?;
        let live = self.gpu_instances.swap_remove(at);
        let (compute_instances, known) = (live.compute_instances, live.known);
        live.gpu_instance.destroy_checked().map_err(|refused| {
            self.gpu_instances.push(LiveGpuInstance {
                gpu_instance: refused.instance,
                compute_instances,
                known,
            });
            refused.error
        })
    }

    fn destroy_compute_instance(
        &mut self,
        gpu_instance: GpuInstanceId,
        id: ComputeInstanceId,
    ) -> Result<(), Error> {
        let inside = &mut find(&mut self.gpu_instances, gpu_instance)?.compute_instances;
        let mut ids = inside.iter().map(ComputeInstance::id);
        let Some(at) = ids.position(|other| other == id) else {
            return Err(gone(&format!("compute instance {id}")));
        };
        inside.swap_remove(at).destroy_checked().map_err(|refused| {
            inside.push(refused.instance);
            refused.error
        })
    }

    fn create_gpu_instance(
        &mut self,
        profile: GpuInstanceProfileId,
        placement: GpuInstancePlacement,
    ) -> Result<GpuInstanceId, Error> {
        // Drivers before R460 choose the placement themselves. `Steering` sees to it.
        let created = if self.device.chooses_gpu_placements() {
            self.device.create_gpu_instance(profile)
        } else {
            let created = self.device.create_gpu_instance_at(profile, placement);
            created.inspect_err(|error| self.learn_from(error))
        }?;
        let id = created.id();
        let has_id = |live: &LiveGpuInstance| live.gpu_instance.id() == id;
        let is_same = |live: &LiveGpuInstance| live.gpu_instance.is_same();
        if !makes_way(&mut self.gpu_instances, has_id, is_same) {
            return Err(created.not_believed());
        }
        self.made.add_gpu_instance(&created);
        self.created.push(id);
        self.gpu_instances.push(LiveGpuInstance {
            gpu_instance: created,
            compute_instances: Vec::new(),
            known: self.device.known_in(MigMode::Enabled),
        });
        Ok(id)
    }

    /// A driver may lack a function that its library has.
    fn learn_from(&self, error: &Error) {
        if let Error::FunctionMissing(missing) = error
            && missing.function == Device::PLACED
        {
            self.device.note_refused_placements();
        }
    }

    fn create_compute_instance(
        &mut self,
        gpu_instance: GpuInstanceId,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> Result<ComputeInstanceId, Error> {
        let live = find(&mut self.gpu_instances, gpu_instance)?;
        let created = live
            .gpu_instance
            .create_compute_instance_at(profile, placement);
        let created = match created {
            // Old drivers choose the placement themselves.
            Err(missing @ Error::FunctionMissing(_)) => {
                create_somewhere(&live.gpu_instance, profile, placement, missing)?
            }
            created => created?,
        };
        let id = created.id();
        let has_id = |earlier: &ComputeInstance| earlier.id() == id;
        if !makes_way(
            &mut live.compute_instances,
            has_id,
            ComputeInstance::is_same,
        ) {
            return Err(live.gpu_instance.not_believed());
        }
        self.made.add_compute_instance(&live.gpu_instance, &created);
        live.compute_instances.push(created);
        Ok(id)
    }

    pub(super) fn has(&self, id: GpuInstanceId) -> bool {
        self.live(id).is_some()
    }

    /// The GPU instance with this id.
    pub(super) fn live(&self, id: GpuInstanceId) -> Option<&LiveGpuInstance> {
        let mut live = self.gpu_instances.iter();
        live.find(|live| live.gpu_instance.id() == id)
    }

    /// The operation as it was performed: a driver may have chosen another place.
    pub(super) fn performed(&self, operation: Operation, performed: Performed) -> Operation {
        let created = match performed {
            Performed::GpuInstance(id) => self.live(id),
            _ => None,
        };
        match (operation, created) {
            (Operation::CreateGpuInstance { profile, .. }, Some(created)) => {
                let placement = created.gpu_instance.placement();
                Operation::CreateGpuInstance { profile, placement }
            }
            (operation, _) => operation,
        }
    }

    /// Whether a GPU instance is at this place.
    pub(super) fn is_taken(&self, placement: GpuInstancePlacement) -> bool {
        let mut live = self.gpu_instances.iter();
        live.any(|live| live.gpu_instance.placement() == placement)
    }

    /// The ids of the GPU instances.
    pub(super) fn ids(&self) -> Vec<u32> {
        let live = self.gpu_instances.iter();
        live.map(|live| live.gpu_instance.id().number()).collect()
    }

    /// The ids of the compute instances of a GPU instance.
    pub(super) fn ids_inside(&self, gpu_instance: GpuInstanceId) -> Vec<u32> {
        let live = self.live(gpu_instance);
        let inside = live.map_or(&[][..], |live| &live.compute_instances);
        inside.iter().map(|inside| inside.id().number()).collect()
    }

    fn position(&self, id: GpuInstanceId) -> Result<usize, Error> {
        let mut ids = self.gpu_instances.iter().map(|live| live.gpu_instance.id());
        ids.position(|other| other == id)
            .ok_or_else(|| gone(&format!("GPU instance {id}")))
    }
}

/// Forgets the instance that has the id of a new one, if others have destroyed it. Returns `false` if it stands: the new one would be
/// taken for it, and destroyed in its place.
fn makes_way<T>(
    instances: &mut Vec<T>,
    has_id: impl Fn(&T) -> bool,
    is_same: impl Fn(&T) -> Result<bool, Failure>,
) -> bool {
    instances.retain(|earlier| !has_id(earlier) || !is_gone(is_same(earlier)));
    !instances.iter().any(has_id)
}

fn find(live: &mut [LiveGpuInstance], id: GpuInstanceId) -> Result<&mut LiveGpuInstance, Error> {
    let mut live = live.iter_mut();
    live.find(|live| live.gpu_instance.id() == id)
        .ok_or_else(|| gone(&format!("GPU instance {id}")))
}

/// Lets the driver choose the placement. If it does not choose the planned one, the new instance is destroyed again,
/// and the error is that the driver lacks the function with a placement.
fn create_somewhere(
    gpu_instance: &GpuInstance,
    profile: ComputeInstanceProfileId,
    placement: ComputeInstancePlacement,
    missing: Error,
) -> Result<ComputeInstance, Error> {
    let created = gpu_instance.create_compute_instance(profile)?;
    if created.placement() == placement {
        return Ok(created);
    }
    created.destroy()?;
    Err(missing)
}

/// The error for an instance that is no longer there.
pub(super) fn gone(instance: &str) -> Error {
    InputError::gone(instance).into()
}
