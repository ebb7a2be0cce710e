//! MIG devices: what NVML calls a compute instance when a program uses it as a device.

use uuid::Uuid;

use crate::catalogue::{ComputeInstanceProfile, GpuInstanceProfile};
use crate::machine::compute_instance::ComputeInstance;
use crate::machine::driver::DriverVersion;
use crate::machine::gpu::Gpu;
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::uuid_text::uuid_text;

/// A compute instance together with what it is on.
#[derive(Debug, Clone, Copy)]
pub struct MigDevice<'machine> {
    /// The GPU.
    pub gpu: &'machine Gpu,
    /// The GPU instance.
    pub gpu_instance: &'machine GpuInstance,
    /// The compute instance.
    pub compute_instance: &'machine ComputeInstance,
}

impl<'machine> MigDevice<'machine> {
    /// The profile of its GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`] when a damaged machine names one that the board lacks.
    pub fn gpu_instance_profile(&self) -> Answer<&'static GpuInstanceProfile> {
        self.gpu_instance.profile(self.gpu.board)
    }

    /// The profile of its compute instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`] when a damaged machine names one that the board lacks.
    pub fn profile(&self) -> Answer<&'static ComputeInstanceProfile> {
        let id = self.compute_instance.profile_id;
        let mut profiles = self.gpu_instance_profile()?.compute.iter();
        profiles
            .find(|profile| profile.id == id)
            .ok_or(Refusal::Unknown)
    }

    /// Its UUID as a driver writes it.
    #[must_use]
    pub fn uuid_text(&self, driver: &DriverVersion) -> String {
        if driver.has_legacy_mig_uuids() {
            return self.legacy_uuid_text();
        }
        uuid_text("MIG-", self.uuid())
    }

    /// What follows `MIG-` in its UUID. Name-based, so it is the same when the same ids are made again on the same GPU.
    #[must_use]
    pub fn uuid(&self) -> &'machine Uuid {
        let (gpu_instance, compute_instance) = (self.gpu_instance.id, self.compute_instance.id);
        self.compute_instance.uuid.get_or_make(|| {
            let name = format!("{gpu_instance}/{compute_instance}");
            Uuid::new_v5(&self.gpu.uuid, name.as_bytes())
        })
    }

    /// Its name as drivers before R470 wrote it; later ones still find it by this.
    #[must_use]
    pub fn legacy_uuid_text(&self) -> String {
        let (gpu_instance, compute_instance) = (self.gpu_instance.id, self.compute_instance.id);
        format!(
            "MIG-{}/{gpu_instance}/{compute_instance}",
            self.gpu.uuid_text()
        )
    }

    /// Its place among the MIG devices of its GPU.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        let serial = self.compute_instance.serial;
        let mut all = self.gpu.mig_devices();
        all.position(|device| device.compute_instance.serial == serial)
    }
}

impl Gpu {
    /// Its MIG devices in the order of their indices: by GPU instance id, then compute instance id.
    pub fn mig_devices(&self) -> impl Iterator<Item = MigDevice<'_>> {
        self.gpu_instances.iter().flat_map(move |gpu_instance| {
            let inside = gpu_instance.compute_instances.iter();
            inside.map(move |compute_instance| MigDevice {
                gpu: self,
                gpu_instance,
                compute_instance,
            })
        })
    }
}
