//! The kinds of trouble that people have on real machines, each on every simulated machine that shows it. More about each
//! kind is in the files named here.

mod bad_gpus;
mod device_names;
mod downstream;
mod driver_answers;
#[cfg(all(feature = "cdi", feature = "nodes", target_os = "linux"))]
mod nodes;
mod ordinary_users;
mod return_codes;

use crate::support::machine::Machine;

fn profile(machine: &Machine, name: &str) -> nvml_mig::profile::GpuInstanceProfileId {
    machine
        .device
        .gpu_instance_profile_by_name(name)
        .unwrap()
        .id
}
