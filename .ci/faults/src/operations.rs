//! Every public function of nvml-mig that calls NVML.

mod apply;
mod gpu;
mod instances;
mod machine;
mod mig_devices;
mod monitor;
mod profiles;
mod readings;
pub(crate) mod vgpus;

use crate::operation::Operation;

pub(crate) fn all() -> Vec<Operation> {
    [
        machine::ALL,
        gpu::ALL,
        profiles::ALL,
        instances::ALL,
        mig_devices::ALL,
        readings::ALL,
        monitor::ALL,
        apply::ALL,
        vgpus::ALL,
    ]
    .concat()
}
