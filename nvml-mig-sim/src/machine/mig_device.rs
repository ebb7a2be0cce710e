//! MIG devices: compute instances as NVML presents them to programs that use them as devices.

use uuid::Uuid;

use crate::machine::compute_instance::ComputeInstance;
use crate::machine::driver::DriverVersion;
use crate::machine::gpu::Gpu;
use crate::machine::gpu_instance::GpuInstance;
use crate::machine::refusal::{Answer, Refusal};
use crate::machine::uuid_text::{parse_uuid, uuid_text};
use nvml_mig_boards::catalogue::{ComputeInstanceProfile, GpuInstanceProfile};

/// A compute instance together with its GPU instance and GPU.
#[derive(Debug, Clone, Copy)]
pub struct MigDevice<'machine> {
    /// The GPU that contains the MIG device.
    pub gpu: &'machine Gpu,
    /// The GPU instance around the compute instance.
    pub gpu_instance: &'machine GpuInstance,
    /// The underlying compute instance.
    pub compute_instance: &'machine ComputeInstance,
}

impl<'machine> MigDevice<'machine> {
    /// Returns the profile of its GPU instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`] if a damaged machine names a profile that the board lacks.
    pub fn gpu_instance_profile(&self) -> Answer<&'static GpuInstanceProfile> {
        self.gpu_instance.profile(self.gpu.board)
    }

    /// Returns the profile of its compute instance.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`] if a damaged machine names a profile that the board lacks.
    pub fn profile(&self) -> Answer<&'static ComputeInstanceProfile> {
        let id = self.compute_instance.profile_id;
        let mut profiles = self.gpu_instance_profile()?.compute.iter();
        profiles
            .find(|profile| profile.id == id)
            .ok_or(Refusal::Unknown)
    }

    /// Returns its name: that of the GPU, followed by the compute instance profile.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`] if a damaged machine names a profile that the board lacks.
    pub fn name(&self) -> Answer<String> {
        let full = self.profile()?.name;
        let plain = full.strip_suffix("+me").unwrap_or(full);
        let profile = if self.gpu.plain_media_names {
            plain
        } else {
            full
        };
        Ok([self.gpu.board.name, " ", profile].concat())
    }

    /// Returns its UUID as the driver writes it.
    #[must_use]
    pub fn uuid_text(&self, driver: &DriverVersion) -> String {
        if driver.has_legacy_mig_uuids() {
            return self.legacy_uuid_text();
        }
        uuid_text("MIG-", self.uuid())
    }

    /// Returns its UUID, without the prefix `MIG-`. It is name-based: recreating the same IDs on the same GPU gives the
    /// same UUID.
    #[must_use]
    pub fn uuid(&self) -> &'machine Uuid {
        let (gpu_instance, compute_instance) = (self.gpu_instance.id, self.compute_instance.id);
        self.compute_instance.uuid.get_or_make(|| {
            let name = format!("{gpu_instance}/{compute_instance}");
            Uuid::new_v5(&self.gpu.uuid, name.as_bytes())
        })
    }

    /// Returns its name as drivers before R470 wrote it; later drivers still accept it.
    #[must_use]
    pub fn legacy_uuid_text(&self) -> String {
        let (gpu_instance, compute_instance) = (self.gpu_instance.id, self.compute_instance.id);
        format!(
            "MIG-{}/{gpu_instance}/{compute_instance}",
            self.gpu.uuid_text()
        )
    }

    /// Whether a text is its UUID, in either format.
    #[must_use]
    pub fn is_named(&self, text: &str) -> bool {
        match parse_uuid("MIG-", text) {
            Some(uuid) => *self.uuid() == uuid,
            None => self.legacy_uuid_text() == text,
        }
    }
}

impl Gpu {
    /// Returns its MIG devices in order of their indices: by GPU instance ID, then compute instance ID.
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
