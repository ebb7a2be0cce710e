//! Finds GPUs and returns their names.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{nvmlDevice_t, nvmlReturn_t};

use super::pointers::{Out, Text, handle, number, write_text};
use super::{also_named, call};
use crate::machine::{Answer, Device, HandleKind, Machine, Refusal};

/// Returns the handle of a GPU or MIG device.
pub(super) fn handle_of(machine: &Machine, device: &Device<'_>) -> nvmlDevice_t {
    handle(match device {
        Device::Gpu(gpu) => machine.handle(HandleKind::Gpu, gpu.index),
        Device::Mig(mig) => machine.handle(HandleKind::MigDevice, mig.compute_instance.serial),
    })
}

/// Returns the number of GPUs, not counting MIG devices.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetCount_v2(device_count: Out<c_uint>) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetCount_v2(device_count), |machine| {
        device_count.write(to_u32(machine.gpus().len())?)
    })
}

also_named!(nvmlDeviceGetCount, nvmlDeviceGetCount_v2(device_count: Out<c_uint>));

/// Returns the GPU with an index.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn nvmlDeviceGetHandleByIndex_v2(
    index: c_uint,
    device: Out<nvmlDevice_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetHandleByIndex_v2(index, device),
        |machine| {
            let gpu = machine.gpu_at(index)?;
            device.write(handle_of(machine, &Device::Gpu(gpu)))
        }
    )
}

also_named!(
    nvmlDeviceGetHandleByIndex,
    nvmlDeviceGetHandleByIndex_v2(index: c_uint, device: Out<nvmlDevice_t>)
);

/// Returns the GPU or MIG device with a UUID.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetHandleByUUID(
    uuid: Text,
    device: Out<nvmlDevice_t>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetHandleByUUID(uuid, device), |machine| {
        device.require()?;
        let found = machine.device_with_uuid(uuid.read()?)?;
        device.write(handle_of(machine, &found))
    })
}

/// Returns the GPU at a PCI address.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetHandleByPciBusId_v2(
    pci_bus_id: Text,
    device: Out<nvmlDevice_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetHandleByPciBusId_v2(pci_bus_id, device),
        |machine| {
            device.require()?;
            let gpu = machine.gpu_with_pci_bus_id(pci_bus_id.read()?)?;
            device.write(handle_of(machine, &Device::Gpu(gpu)))
        }
    )
}

also_named!(
    nvmlDeviceGetHandleByPciBusId,
    nvmlDeviceGetHandleByPciBusId_v2(pci_bus_id: Text, device: Out<nvmlDevice_t>)
);

/// Returns the board's name; for a MIG device, the profile's name is appended.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetName(
    device: nvmlDevice_t,
    name: Out<c_char>,
    length: c_uint,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetName(device, length), |machine| {
        match machine.device(number(device))? {
            Device::Gpu(gpu) => write_text(name, length, gpu.board.name),
            Device::Mig(mig) => write_text(name, length, &mig.name()?),
        }
    })
}

/// Returns `GPU-` or `MIG-` and a UUID.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetUUID(
    device: nvmlDevice_t,
    uuid: Out<c_char>,
    length: c_uint,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetUUID(device, length), |machine| {
        let text = match machine.device(number(device))? {
            Device::Gpu(gpu) => gpu.uuid_text(),
            Device::Mig(mig) => mig.uuid_text(&machine.driver),
        };
        write_text(uuid, length, &text)
    })
}

/// Returns a GPU's index on the machine, or a MIG device's index on its GPU.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetIndex(device: nvmlDevice_t, index: Out<c_uint>) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetIndex(device, index), |machine| {
        index.write(match machine.device(number(device))? {
            Device::Gpu(gpu) => gpu.index,
            Device::Mig(mig) => to_u32(machine.index_of(&mig).ok_or(Refusal::NotFound)?)?,
        })
    })
}

/// Returns the N of `/dev/nvidiaN`. A MIG device has no such node of its own.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMinorNumber(
    device: nvmlDevice_t,
    minor_number: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetMinorNumber(device, minor_number),
        |machine| {
            let found = machine.device(number(device))?;
            minor_number.require()?;
            match found {
                Device::Gpu(gpu) => minor_number.write(gpu.minor_number()),
                Device::Mig(_) => Err(Refusal::NotSupported),
            }
        }
    )
}

/// Converts a count to a C integer.
pub(super) fn to_u32(count: usize) -> Answer<u32> {
    u32::try_from(count).or(Err(Refusal::Unknown))
}
