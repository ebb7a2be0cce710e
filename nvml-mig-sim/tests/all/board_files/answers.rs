//! Everything that a client can query about the first GPU, with the answers.

use core::fmt::Debug;

use nvml_mig_sim::catalogue::Board;
use nvml_mig_sys::{
    nvmlComputeInstancePlacement_t, nvmlComputeInstanceProfileInfo_t,
    nvmlComputeInstanceProfileInfo_v2, nvmlComputeInstanceProfileInfo_v2_t,
    nvmlComputeInstanceProfileInfo_v3, nvmlComputeInstanceProfileInfo_v3_t, nvmlDevice_t,
    nvmlDeviceAttributes_t, nvmlGpuInstance_t, nvmlGpuInstancePlacement_t,
    nvmlGpuInstanceProfileInfo_t, nvmlGpuInstanceProfileInfo_v2, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3, nvmlGpuInstanceProfileInfo_v3_t, nvmlMemory_t,
};

use crate::simulator::nvml::{Nvml, c, zeroed};

/// One more than any profile number, of GPU instances and compute instances.
const NUMBERS: u32 = 0x14;
const INSIDE_NUMBERS: u32 = 10;

/// Answers, one a line. Handles differ between machines and are left out.
#[derive(Default)]
pub(crate) struct Answers(String);

impl Answers {
    /// Asks everything that random-states does: nvidia-smi's tables of profiles, placements, instances and devices, and
    /// what `nvml-mig list` shows.
    pub(crate) fn of(nvml: &Nvml, board: &Board) -> String {
        let mut answers = Self::default();
        let gpu = nvml.gpu(0);
        answers.device(nvml, gpu);
        (0..NUMBERS).for_each(|number| answers.profile(nvml, gpu, number));
        for profile in board.profiles {
            answers.by_id(nvml, gpu, profile.id);
        }
        if nvml.mode().0 == 1 {
            for profile in board.profiles {
                answers.say("capacity", nvml.capacity(profile.id));
                let instances = nvml.instances(profile.id);
                instances
                    .into_iter()
                    .for_each(|parent| answers.instance(nvml, parent, board));
            }
        }
        for index in 0..board.max_mig_devices {
            match nvml.mig(index) {
                Ok(device) => answers.device(nvml, device),
                Err(code) => answers.say("no device", code),
            }
        }
        answers.0
    }

    fn say(&mut self, what: &str, answer: impl Debug) {
        self.0 += &format!("{what}: {answer:?}\n");
    }

    fn device(&mut self, nvml: &Nvml, device: nvmlDevice_t) {
        self.say("name", nvml.name(device));
        self.say("uuid", nvml.uuid(device));
        let (mut major, mut minor, mut architecture) = (0, 0, 0);
        c!(
            nvml,
            nvmlDeviceGetCudaComputeCapability(device, &mut major, &mut minor)
        );
        c!(nvml, nvmlDeviceGetArchitecture(device, &mut architecture));
        self.say("chip", (major, minor, architecture));
        let mut memory: nvmlMemory_t = zeroed();
        let code = c!(nvml, nvmlDeviceGetMemoryInfo(device, &mut memory));
        self.say("memory", (code, memory));
        let mut bar1 = zeroed();
        let code = c!(nvml, nvmlDeviceGetBAR1MemoryInfo(device, &mut bar1));
        self.say("BAR1", (code, bar1));
        let mut pci = zeroed();
        let code = c!(nvml, nvmlDeviceGetPciInfo_v3(device, &mut pci));
        self.say("PCI", (code, pci));
        let mut attributes: nvmlDeviceAttributes_t = zeroed();
        let code = c!(nvml, nvmlDeviceGetAttributes_v2(device, &mut attributes));
        self.say("attributes", (code, attributes));
        let mut most = 0;
        let code = c!(nvml, nvmlDeviceGetMaxMigDeviceCount(device, &mut most));
        self.say("devices", (code, most));
        let mut mode = (0, 0);
        let code = c!(nvml, nvmlDeviceGetMigMode(device, &mut mode.0, &mut mode.1));
        self.say("mode", (code, mode));
        let mut ids = (0, 0);
        c!(nvml, nvmlDeviceGetGpuInstanceId(device, &mut ids.0));
        c!(nvml, nvmlDeviceGetComputeInstanceId(device, &mut ids.1));
        self.say("ids", ids);
    }

    fn profile(&mut self, nvml: &Nvml, gpu: nvmlDevice_t, number: u32) {
        let mut v1: nvmlGpuInstanceProfileInfo_t = zeroed();
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfo(gpu, number, &mut v1)
        );
        self.say("profile", (number, code, v1));
        let mut v2 = nvmlGpuInstanceProfileInfo_v2_t {
            version: nvmlGpuInstanceProfileInfo_v2,
            ..zeroed()
        };
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoV(gpu, number, &mut v2)
        );
        self.say("version 2", (code, v2));
        let mut v3 = nvmlGpuInstanceProfileInfo_v3_t {
            version: nvmlGpuInstanceProfileInfo_v3,
            ..zeroed()
        };
        let at = (&raw mut v3).cast();
        let code = c!(nvml, nvmlDeviceGetGpuInstanceProfileInfoV(gpu, number, at));
        self.say("version 3", (code, v3));
    }

    fn by_id(&mut self, nvml: &Nvml, gpu: nvmlDevice_t, id: u32) {
        let mut info = nvmlGpuInstanceProfileInfo_v2_t {
            version: nvmlGpuInstanceProfileInfo_v2,
            ..zeroed()
        };
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoByIdV(gpu, id, &mut info)
        );
        self.say("profile by ID", (code, info));
        let (mut places, mut count) = ([zeroed::<nvmlGpuInstancePlacement_t>(); 32], 0);
        let list = places.as_mut_ptr();
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, id, list, &mut count)
        );
        self.say("placements", (code, &places[..count as usize]));
    }

    fn instance(&mut self, nvml: &Nvml, parent: nvmlGpuInstance_t, board: &Board) {
        let info = nvml.info(parent);
        self.say("GPU instance", (info.id, info.profileId, info.placement));
        (0..INSIDE_NUMBERS).for_each(|number| self.inside(nvml, parent, number));
        let profiles = board.profiles.iter();
        let profile = profiles
            .clone()
            .find(|profile| profile.id == info.profileId);
        for id in profile.unwrap().compute.iter().map(|inside| inside.id) {
            let mut capacity = 0;
            c!(
                nvml,
                nvmlGpuInstanceGetComputeInstanceRemainingCapacity(parent, id, &mut capacity)
            );
            self.say("capacity", capacity);
            let (mut places, mut count) = ([zeroed::<nvmlComputeInstancePlacement_t>(); 32], 0);
            let list = places.as_mut_ptr();
            let code = c!(
                nvml,
                nvmlGpuInstanceGetComputeInstancePossiblePlacements(parent, id, list, &mut count)
            );
            self.say("placements", (code, &places[..count as usize]));
            for part in nvml.compute_instances(parent, id) {
                let info = nvml.compute_info(part);
                self.say(
                    "compute instance",
                    (info.id, info.profileId, info.placement),
                );
            }
        }
    }

    fn inside(&mut self, nvml: &Nvml, parent: nvmlGpuInstance_t, number: u32) {
        let mut v1: nvmlComputeInstanceProfileInfo_t = zeroed();
        let code = c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, number, 0, &mut v1)
        );
        self.say("compute profile", (number, code, v1));
        let mut v2 = nvmlComputeInstanceProfileInfo_v2_t {
            version: nvmlComputeInstanceProfileInfo_v2,
            ..zeroed()
        };
        let code = c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, number, 0, &mut v2)
        );
        self.say("version 2", (code, v2));
        let mut v3 = nvmlComputeInstanceProfileInfo_v3_t {
            version: nvmlComputeInstanceProfileInfo_v3,
            ..zeroed()
        };
        let at = (&raw mut v3).cast();
        let code = c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, number, 0, at)
        );
        self.say("version 3", (code, v3));
    }
}
