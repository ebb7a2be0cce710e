//! Memory of GPUs and MIG devices.

use nvml_mig_sys::{
    nvmlBAR1Memory_t, nvmlDevice_t, nvmlMemory_t, nvmlMemory_v2, nvmlMemory_v2_t, nvmlReturn_t,
};

use super::call;
use super::padded::MemoryV2;
use super::pointers::{Out, number};
use crate::machine::{Answer, Device, Machine, Process, Refusal};

const MIB: u64 = 1 << 20;

/// A real driver reports a few MiB as used on an idle MIG device, about this much per memory slice.
const IDLE_MIB_PER_SLICE: u64 = 3;

/// Memory of a device in bytes.
struct Memory {
    total: u64,
    /// Without the reserved part.
    used: u64,
    reserved: u64,
}

impl Memory {
    fn of(machine: &Machine, device: &Device<'_>) -> Answer<Self> {
        machine.require_memory_of(device)?;
        let (total, idle, reserved) = match device {
            Device::Gpu(gpu) => (gpu.board.memory_mib, 0, gpu.reserved_memory_mib),
            Device::Mig(mig) => {
                let profile = mig.gpu_instance_profile()?;
                let idle = IDLE_MIB_PER_SLICE * u64::from(profile.size);
                (profile.memory_mib, idle, 0)
            }
        };
        let by_processes = processes(device).map(|process| process.memory_mib);
        let used = by_processes.fold(idle, u64::saturating_add).min(total);
        Ok(Self {
            total: total * MIB,
            used: used * MIB,
            reserved: reserved.min(total - used) * MIB,
        })
    }
}

/// Returns the processes whose memory counts on a device: memory belongs to the GPU instance.
fn processes<'a>(device: &Device<'a>) -> impl Iterator<Item = &'a Process> {
    let instance = device.mig(Refusal::NotSupported).ok();
    let instance = instance.map(|mig| mig.gpu_instance.id);
    let all = device.gpu().processes.iter();
    all.filter(move |process| instance.is_none() || process.gpu_instance == instance)
}

/// Returns total, used and free memory; reserved memory counts as used.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMemoryInfo(
    device: nvmlDevice_t,
    memory: Out<nvmlMemory_t>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetMemoryInfo(device, memory), |machine| {
        let found = Memory::of(machine, &machine.device(number(device))?)?;
        let (total, used) = (found.total, found.used + found.reserved);
        let free = total - used;
        memory.write(nvmlMemory_t { total, free, used })
    })
}

/// Returns memory with the reserved part by itself.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMemoryInfo_v2(
    device: nvmlDevice_t,
    memory: Out<nvmlMemory_v2_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetMemoryInfo_v2(device, memory),
        |machine| {
            let found = machine.device(number(device))?;
            let version = memory.cast::<u32>().read()?;
            if version != nvmlMemory_v2 {
                return Err(Refusal::ArgumentVersionMismatch);
            }
            let Memory {
                total,
                used,
                reserved,
            } = Memory::of(machine, &found)?;
            memory.cast().write(MemoryV2::from(nvmlMemory_v2_t {
                version,
                total,
                reserved,
                free: total - used - reserved,
                used,
            }))
        }
    )
}

/// Returns the memory of the BAR1 window.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetBAR1MemoryInfo(
    device: nvmlDevice_t,
    memory: Out<nvmlBAR1Memory_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetBAR1MemoryInfo(device, memory),
        |machine| {
            let found = machine.device(number(device))?;
            machine.require_memory_of(&found)?;
            let total = MIB * bar1_mib(&found)?;
            memory.write(nvmlBAR1Memory_t {
                bar1Total: total,
                bar1Free: total,
                bar1Used: 0,
            })
        }
    )
}

/// A MIG device's share is proportional to its memory slices; nvidia-smi prints 1 MiB less on real A100s.
fn bar1_mib(device: &Device<'_>) -> Answer<u64> {
    let board = device.gpu().board;
    match device {
        Device::Gpu(_) => Ok(board.bar1_mib),
        Device::Mig(mig) => {
            let slices = u64::from(mig.gpu_instance_profile()?.size);
            let share = board.bar1_mib * slices / u64::from(board.memory_slices);
            Ok(share.saturating_sub(1))
        }
    }
}
