//! What `nvidia-smi topo -m` calls: how far apart two GPUs are.

use core::ffi::c_uint;

use nvml_mig_sys::nvmlReturn_t;

use crate::shims::call;
use crate::shims::pointers::{Out, Text};

/// nvidia-smi prints the levels from 0 on as PIX, PXB, PHB, NODE, SYS and NV1.
const NODE: c_uint = 3;

/// Takes PCI addresses. The answer is that of `nvmlDeviceGetTopologyCommonAncestor`.
pub(super) unsafe extern "C" fn level(
    address_1: Text,
    address_2: Text,
    level: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        internalTopologyLevel(address_1, address_2, level),
        |machine| {
            machine.gpu_with_pci_bus_id(address_1.read()?)?;
            machine.gpu_with_pci_bus_id(address_2.read()?)?;
            level.write(NODE)
        }
    )
}
