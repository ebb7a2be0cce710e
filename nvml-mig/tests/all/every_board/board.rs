//! What NVIDIA prints for three boards.

use nvml_mig::device::Architecture;
use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::profile::{GpuInstanceProfile, GpuInstanceProfileId};
use nvml_mig::{Error, GpuInstance};

use crate::support::machine::Machine;

/// A board, and on it a profile of half a GPU and the profile of one compute slice in that.
pub(crate) struct Board {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) architecture: Architecture,
    pub(crate) compute_capability: (i32, i32),
    pub(crate) pci_device_id: u32,
    pub(crate) memory_mib: u64,
    pub(crate) max_mig_devices: u32,
    pub(crate) change_needs_reset: bool,
    pub(crate) half: Half,
    pub(crate) part: Part,
}

/// Copy engines, decoders, encoders, JPEG and OFA engines.
pub(crate) type Engines = [u32; 5];

pub(crate) struct Half {
    pub(crate) profile: GpuInstanceProfile,
    pub(crate) name: &'static str,
    pub(crate) id: u32,
    pub(crate) slices: u32,
    pub(crate) multiprocessors: u32,
    pub(crate) memory_mib: u64,
    pub(crate) engines: Engines,
    /// The second of two places, and the GPU instance id that goes with it.
    pub(crate) place: GpuInstancePlacement,
    pub(crate) instance_id: u32,
}

pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) multiprocessors: u32,
    pub(crate) count: u32,
}

pub(crate) const fn place(start: u32, size: u32) -> GpuInstancePlacement {
    GpuInstancePlacement { start, size }
}

pub(crate) const BOARDS: [Board; 3] = [
    Board {
        key: "a30",
        name: "NVIDIA A30",
        architecture: Architecture::Ampere,
        compute_capability: (8, 0),
        pci_device_id: 0x20B7_10DE,
        memory_mib: 24576,
        max_mig_devices: 4,
        change_needs_reset: true,
        half: Half {
            profile: GpuInstanceProfile::Slice2,
            name: "2g.12gb",
            id: 5,
            slices: 2,
            multiprocessors: 28,
            memory_mib: 11968,
            engines: [2, 2, 0, 0, 0],
            place: place(2, 2),
            instance_id: 2,
        },
        part: Part {
            name: "1c.2g.12gb",
            multiprocessors: 14,
            count: 2,
        },
    },
    Board {
        key: "h100-sxm5-80gb",
        name: "NVIDIA H100 80GB HBM3",
        architecture: Architecture::Hopper,
        compute_capability: (9, 0),
        pci_device_id: 0x2330_10DE,
        memory_mib: 81559,
        max_mig_devices: 7,
        change_needs_reset: false,
        half: Half {
            profile: GpuInstanceProfile::Slice3,
            name: "3g.40gb",
            id: 9,
            slices: 3,
            multiprocessors: 60,
            memory_mib: 40448,
            engines: [3, 3, 0, 3, 0],
            place: place(4, 4),
            instance_id: 2,
        },
        part: Part {
            name: "1c.3g.40gb",
            multiprocessors: 16,
            count: 3,
        },
    },
    Board {
        key: "rtx-pro-6000-bse",
        name: "NVIDIA RTX PRO 6000 Blackwell Server Edition",
        architecture: Architecture::Blackwell,
        compute_capability: (12, 0),
        pci_device_id: 0x2BB5_10DE,
        memory_mib: 97887,
        max_mig_devices: 4,
        change_needs_reset: false,
        half: Half {
            profile: GpuInstanceProfile::Slice2,
            name: "2g.48gb",
            id: 5,
            slices: 2,
            multiprocessors: 94,
            memory_mib: 48512,
            engines: [2, 2, 2, 2, 0],
            place: place(6, 6),
            instance_id: 2,
        },
        part: Part {
            name: "1c.2g.48gb",
            multiprocessors: 46,
            count: 2,
        },
    },
];

impl Half {
    pub(crate) fn id(&self) -> GpuInstanceProfileId {
        GpuInstanceProfileId::new(self.id)
    }

    /// A GPU instance at the second of its two places. A driver that chooses the place itself is kept from the first.
    pub(crate) fn create(&self, machine: &Machine) -> GpuInstance {
        let device = &machine.device;
        match device.create_gpu_instance_at(self.id(), self.place) {
            Err(Error::FunctionMissing(_)) => {
                let made = [(); 2].map(|()| device.create_gpu_instance(self.id()).unwrap());
                let (there, elsewhere): (Vec<_>, Vec<_>) = made
                    .into_iter()
                    .partition(|instance| instance.placement() == self.place);
                elsewhere
                    .into_iter()
                    .for_each(|instance| instance.destroy().unwrap());
                there.into_iter().next().unwrap()
            }
            made => made.unwrap(),
        }
    }
}
