//! PCI addresses and IDs.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{nvmlDevice_t, nvmlPciInfo_t, nvmlReturn_t};

use super::call;
use super::pointers::{Out, number, text_field};
use crate::machine::{Gpu, Refusal};

/// The structure of `nvmlDeviceGetPciInfo` in drivers before CUDA 5.
#[derive(Clone, Copy)]
#[repr(C)]
struct PciInfoV1 {
    bus_id: [c_char; 16],
    domain: c_uint,
    bus: c_uint,
    device: c_uint,
    pci_device_id: c_uint,
}

/// The structure of `nvmlDeviceGetPciInfo_v2`.
#[derive(Clone, Copy)]
#[repr(C)]
struct PciInfoV2 {
    v1: PciInfoV1,
    pci_sub_system_id: c_uint,
    reserved: [c_uint; 4],
}

/// The structure `nvmlPciInfoExt_v1_t`.
#[derive(Clone, Copy)]
#[repr(C)]
struct PciInfoExt {
    version: c_uint,
    domain: c_uint,
    bus: c_uint,
    device: c_uint,
    pci_device_id: c_uint,
    pci_sub_system_id: c_uint,
    base_class: c_uint,
    sub_class: c_uint,
    bus_id: [c_char; 32],
}

/// Version word of `nvmlPciInfoExt_v1`: its size, and version 1.
const PCI_INFO_EXT_V1: u32 = 0x0100_0040;
/// PCI class of a 3D controller, for all boards: those of boards with display outputs are not known.
const CLASS_3D_CONTROLLER: (u32, u32) = (3, 2);

/// Returns the PCI address and IDs.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPciInfo_v3(
    device: nvmlDevice_t,
    pci: Out<nvmlPciInfo_t>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetPciInfo_v3(device, pci), |machine| {
        let gpu = machine.device(number(device))?.gpu();
        pci.write(nvmlPciInfo_t {
            busIdLegacy: text_field(&bus_id(gpu, 4)),
            domain: 0,
            bus: gpu.pci_bus(),
            device: 0,
            pciDeviceId: gpu.board.pci_device_id,
            pciSubSystemId: 0,
            busId: text_field(&bus_id(gpu, 8)),
        })
    })
}

/// Returns the PCI address and IDs in an older structure.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPciInfo_v2(
    device: nvmlDevice_t,
    pci: Out<PciInfoV2>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetPciInfo_v2(device, pci), |machine| {
        pci.write(PciInfoV2 {
            v1: pci_info_v1(machine.device(number(device))?.gpu()),
            pci_sub_system_id: 0,
            reserved: [0; 4],
        })
    })
}

/// Returns the PCI address and IDs in the oldest structure.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPciInfo(
    device: nvmlDevice_t,
    pci: Out<PciInfoV1>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetPciInfo(device, pci), |machine| {
        pci.write(pci_info_v1(machine.device(number(device))?.gpu()))
    })
}

/// Returns the PCI address, IDs and class.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPciInfoExt(
    device: nvmlDevice_t,
    pci: Out<PciInfoExt>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetPciInfoExt(device, pci), |machine| {
        let gpu = machine.device(number(device))?.gpu();
        let version = pci.cast::<u32>().read()?;
        if version != PCI_INFO_EXT_V1 {
            return Err(Refusal::ArgumentVersionMismatch);
        }
        let (base_class, sub_class) = CLASS_3D_CONTROLLER;
        pci.write(PciInfoExt {
            version,
            domain: 0,
            bus: gpu.pci_bus(),
            device: 0,
            pci_device_id: gpu.board.pci_device_id,
            pci_sub_system_id: 0,
            base_class,
            sub_class,
            bus_id: text_field(&bus_id(gpu, 8)),
        })
    })
}

fn pci_info_v1(gpu: &Gpu) -> PciInfoV1 {
    PciInfoV1 {
        bus_id: text_field(&bus_id(gpu, 4)),
        domain: 0,
        bus: gpu.pci_bus(),
        device: 0,
        pci_device_id: gpu.board.pci_device_id,
    }
}

/// Formats `domain:bus:device.function` with this many digits of the domain.
fn bus_id(gpu: &Gpu, domain_digits: usize) -> String {
    format!("{:0domain_digits$X}:{:02X}:00.0", 0, gpu.pci_bus())
}
