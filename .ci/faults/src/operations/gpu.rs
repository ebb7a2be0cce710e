//! Of a GPU: `Device`, without its profiles and instances.

use nvml_mig::{Error, MigMode};

use crate::operation::{Operation, changes, reads};

pub(super) const ALL: &[Operation] = &[
    reads!("Device::name", it => it.device.name()),
    reads!("Device::uuid", it => it.device.uuid()),
    reads!("Device::index", it => it.device.index()),
    reads!("Device::minor_number", it => it.device.minor_number()),
    reads!("Device::pci_info", it => it.device.pci_info()),
    reads!("Device::architecture", it => it.device.architecture()),
    reads!("Device::cuda_compute_capability", it => it.device.cuda_compute_capability()),
    reads!("Device::memory_info", it => it.device.memory_info()),
    reads!("Device::bar1_info", it => it.device.bar1_info()),
    reads!("Device::processes", it => it.device.processes()),
    reads!("Device::is_mig_capable", it => it.device.is_mig_capable()),
    reads!("Device::is_mig_enabled", it => it.device.is_mig_enabled()),
    reads!("Device::is_vgpu_guest", it => Ok::<_, Error>(it.device.is_vgpu_guest())),
    reads!("Device::mig_mode", it => it.device.mig_mode()),
    reads!("Device::mig_mode_change_needs_reset", it => it.device.mig_mode_change_needs_reset()),
    reads!("Device::lists_profiles_with_mig_disabled", it => {
        it.device.lists_profiles_with_mig_disabled()
    }),
    reads!("Device::has_gpm", it => it.device.has_gpm()),
    reads!("Device::supported_events", it => it.device.supported_events()),
    Operation {
        name: "Device::set_mig_mode (disabled)",
        changes: true,
        prepare: |machine, it| {
            machine.clear()?;
            Ok(Box::new(move || {
                crate::operation::text(it.device.set_mig_mode(MigMode::Disabled))
            }))
        },
    },
    Operation {
        name: "Device::set_mig_mode (enabled)",
        changes: true,
        prepare: |machine, it| {
            machine.clear()?;
            let _changed = it.device.set_mig_mode(MigMode::Disabled)?;
            Ok(Box::new(move || {
                crate::operation::text(it.device.set_mig_mode(MigMode::Enabled))
            }))
        },
    },
    changes!("Device::set_mig_mode (beside instances)", it => it.device.set_mig_mode(MigMode::Disabled)),
];
