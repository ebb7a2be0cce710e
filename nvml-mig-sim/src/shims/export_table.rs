//! The table of internal functions without which NVIDIA's `nvidia-smi` does not start. It is in no header: the layout
//! was found by observing nvidia-smi 470.256.02, 525.147.05, 535.261.03 and 550.163.01, and NVIDIA's own libraries of the
//! latter two return the same codes for a null or unknown ID. nvidia-smi uses it to find GPUs, also by PCI address, and
//! processes, to reset GPUs and for their topology; every other entry ignores its arguments and returns `NOT_SUPPORTED`,
//! for which nvidia-smi prints N/A.

mod gpu_reset;
mod process_detail;
mod topology;

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{nvmlDevice_t, nvmlDeviceArchitecture_t, nvmlReturn_t};

use process_detail::ProcessDetail;

use super::boards::nvmlDeviceGetArchitecture;
use super::call;
use super::devices::nvmlDeviceGetHandleByIndex_v2;
use super::pointers::{Out, Text, status};
use crate::machine::{Answer, PciAddress, Refusal};

/// ID of the internal table that nvidia-smi requests.
const ID: [u8; 16] = [
    0xc4, 0xfe, 0x3e, 0x6c, 0xc9, 0x8f, 0x6c, 0x4e, 0xa3, 0x27, 0xee, 0x69, 0x6e, 0x12, 0xf7, 0xc4,
];

/// Twice the length in driver 550: nvidia-smi reads "Uninitialized" for an entry beyond the end.
const LENGTH: usize = 512;

type NotSimulated = extern "C" fn() -> nvmlReturn_t;
/// nvidia-smi passes more arguments than these two; C allows a function to take fewer.
type DeviceByIndex = unsafe extern "C" fn(c_uint, Out<nvmlDevice_t>) -> nvmlReturn_t;
type ParsePciAddress =
    unsafe extern "C" fn(Text, Out<c_uint>, Out<c_uint>, Out<c_uint>, Out<c_uint>) -> nvmlReturn_t;
type PciAddressByIndex =
    unsafe extern "C" fn(c_uint, Out<c_uint>, Out<c_uint>, Out<c_uint>) -> nvmlReturn_t;
type IsPrimary = unsafe extern "C" fn(nvmlDevice_t, Out<c_uint>) -> nvmlReturn_t;
type TopologyLevel = unsafe extern "C" fn(Text, Text, Out<c_uint>) -> nvmlReturn_t;
type ArchitectureOf =
    unsafe extern "C" fn(nvmlDevice_t, Out<nvmlDeviceArchitecture_t>) -> nvmlReturn_t;
type Reset =
    unsafe extern "C" fn(c_uint, Out<nvmlDevice_t>, Out<nvmlReturn_t>, Out<c_uint>) -> nvmlReturn_t;
type FabricState = unsafe extern "C" fn(Out<c_uint>) -> nvmlReturn_t;
type OpenResetGroup =
    unsafe extern "C" fn(Out<usize>, Out<nvmlDevice_t>, c_uint, c_uint) -> nvmlReturn_t;
type OthersOfResetGroup =
    unsafe extern "C" fn(usize, Out<*mut c_char>, Out<c_uint>) -> nvmlReturn_t;
type CloseResetGroup = extern "C" fn(usize) -> nvmlReturn_t;
type Processes =
    unsafe extern "C" fn(nvmlDevice_t, Out<c_uint>, Out<ProcessDetail<1>>) -> nvmlReturn_t;

/// The functions by number; in place of number 0 is the size of the table in bytes.
#[repr(C)]
struct ExportTable {
    size: usize,
    from_1: [NotSimulated; 11],
    /// Function number 12.
    parse_pci_address: ParsePciAddress,
    from_13: [NotSimulated; 7],
    /// Function number 20.
    is_primary: IsPrimary,
    from_21: [NotSimulated; 2],
    /// Function number 23.
    topology_level: TopologyLevel,
    from_24: [NotSimulated; 41],
    /// Function number 65.
    architecture: ArchitectureOf,
    from_66: [NotSimulated; 9],
    /// Function number 75.
    pci_address_by_index: PciAddressByIndex,
    from_76: [NotSimulated; 5],
    /// Function number 81.
    device_by_index: DeviceByIndex,
    from_82: [NotSimulated; 86],
    /// Function number 168.
    reset: Reset,
    fabric_state: FabricState,
    from_170: [NotSimulated; 12],
    /// Function number 182.
    open_reset_group: OpenResetGroup,
    others_of_reset_group: OthersOfResetGroup,
    close_reset_group: CloseResetGroup,
    from_185: [NotSimulated; 28],
    /// Function number 213.
    compute_processes: Processes,
    mps_processes: Processes,
    graphics_processes: Processes,
    from_216: [NotSimulated; LENGTH - 216],
}

static TABLE: ExportTable = ExportTable {
    size: size_of::<ExportTable>(),
    from_1: [not_simulated; _],
    parse_pci_address,
    from_13: [not_simulated; _],
    is_primary: gpu_reset::is_primary,
    from_21: [not_simulated; _],
    topology_level: topology::level,
    from_24: [not_simulated; _],
    // Without an answer, nvidia-smi 470.256.02 and 525.147.05 do not reset a GPU; the number makes no difference to them.
    architecture: nvmlDeviceGetArchitecture,
    from_66: [not_simulated; _],
    pci_address_by_index,
    from_76: [not_simulated; _],
    device_by_index: nvmlDeviceGetHandleByIndex_v2,
    from_82: [not_simulated; _],
    reset: gpu_reset::reset,
    fabric_state: gpu_reset::fabric_state,
    from_170: [not_simulated; _],
    open_reset_group: gpu_reset::open_group,
    others_of_reset_group: gpu_reset::others_of_group,
    close_reset_group: gpu_reset::close_group,
    from_185: [not_simulated; _],
    compute_processes: process_detail::compute_processes,
    mps_processes: process_detail::mps_processes,
    graphics_processes: process_detail::graphics_processes,
    from_216: [not_simulated; _],
};

/// Returns the table with an ID. Works before initialisation too.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlInternalGetExportTable(
    table: Out<*const ExportTable>,
    id: Out<[u8; 16]>,
) -> nvmlReturn_t {
    status(give_table(table, id).map_or_else(Refusal::code, |()| 0))
}

fn give_table(table: Out<*const ExportTable>, id: Out<[u8; 16]>) -> Answer {
    table.require()?;
    if id.read()? != ID {
        return Err(Refusal::InvalidArgument);
    }
    table.write(&raw const TABLE)
}

extern "C" fn not_simulated() -> nvmlReturn_t {
    status(Refusal::NotSupported.code())
}

/// Reads the address of `nvidia-smi -i`, with or without a domain. The log and
/// injected faults know it as `nvmlDeviceGetHandleByPciBusId_v2`.
unsafe extern "C" fn parse_pci_address(
    text: Text,
    domain: Out<c_uint>,
    bus: Out<c_uint>,
    device: Out<c_uint>,
    function: Out<c_uint>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetHandleByPciBusId_v2(text), |_| {
        let address = PciAddress::parse_short(text.read()?).ok_or(Refusal::InvalidArgument)?;
        function.require()?;
        write_address(&address, domain, bus, device)?;
        function.write(address.function)
    })
}

/// Returns the address of the GPU with an index, like `nvmlDeviceGetPciInfo_v3`, but also that of an unreachable GPU:
/// nvidia-smi stops its search for a healthy one at the first error.
unsafe extern "C" fn pci_address_by_index(
    index: c_uint,
    domain: Out<c_uint>,
    bus: Out<c_uint>,
    device: Out<c_uint>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetPciInfo_v3(index), |machine| {
        write_address(&machine.pci_address_at(index)?, domain, bus, device)
    })
}

fn write_address(
    address: &PciAddress,
    domain: Out<c_uint>,
    bus: Out<c_uint>,
    device: Out<c_uint>,
) -> Answer {
    bus.require()?;
    device.require()?;
    domain.write(address.domain)?;
    bus.write(address.bus)?;
    device.write(address.device)
}

const _: () = assert!(size_of::<ExportTable>() == LENGTH * size_of::<usize>());
