//! How often NVML is asked: nothing twice, and no more than a question needs. Some calls reach the GPU, and a
//! scheduler asks all day.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use common::Machine;
use nvml_mig::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, MigMode};

/// Numbers of GPU instance profiles that driver 550 knows, and the one after the last.
const PROFILES: usize = 17 + 1;

/// Numbers of compute instance profiles that driver 550 knows, and the one after the last.
const COMPUTE_PROFILES: usize = 8 + 1;

/// An A100 with three GPU instances, the first of them with two compute instances.
fn scene() -> Machine {
    let machine = Machine::with("a100-sxm4-40gb");
    let half = machine.create(9).unwrap();
    for _ in 0..2 {
        let one = ComputeInstanceProfileId::new(0);
        let _made = half.create_compute_instance(one).unwrap();
    }
    for profile in [14, 19] {
        let _made = machine.create(profile).unwrap();
    }
    // Which version of the structures the driver knows is found out by now.
    machine.device.gpu_instance_profiles().unwrap();
    machine
}

/// The functions that a question calls, in order, none twice with the same arguments.
fn calls(machine: &Machine, ask: impl FnOnce()) -> Vec<String> {
    machine.simulator.log_calls(true).unwrap();
    ask();
    let calls = machine.simulator.calls().unwrap();
    machine.simulator.log_calls(false).unwrap();
    for (at, call) in calls.iter().enumerate() {
        let earlier = calls[..at].iter().find(|earlier| {
            (&earlier.function, &earlier.arguments) == (&call.function, &call.arguments)
        });
        assert_eq!(earlier, None, "asked twice");
    }
    calls.into_iter().map(|call| call.function).collect()
}

#[test]
fn gpu_instances_cost_the_profiles_a_list_of_each_and_a_look_at_each() {
    let machine = scene();
    let made = calls(&machine, || {
        assert_eq!(machine.device.gpu_instances().unwrap().len(), 3);
    });
    // MIG mode; the profiles; seven profiles' lists; three instances.
    assert_eq!(made.len(), 1 + PROFILES + 7 + 3, "{made:#?}");
}

#[test]
fn compute_instances_cost_no_more() {
    let machine = scene();
    let half = machine.device.gpu_instance_by_id(GpuInstanceId::new(2));
    let half = half.unwrap();
    let made = calls(&machine, || {
        assert_eq!(half.compute_instances().unwrap().len(), 2);
    });
    // The profiles; three profiles' lists; two instances.
    assert_eq!(made.len(), COMPUTE_PROFILES + 3 + 2, "{made:#?}");
}

#[test]
fn one_instance_or_number_costs_a_call_or_two() {
    let machine = scene();
    let device = &machine.device;
    let profile = device.gpu_instance_profile_by_name("1g.5gb").unwrap().id;
    let id = GpuInstanceId::new(2);
    let cost = |ask: &dyn Fn()| calls(&machine, ask).len();
    let mode = || assert_eq!(device.mig_mode().unwrap().current, MigMode::Enabled);
    assert_eq!(cost(&mode), 1);
    let capacity = || assert_eq!(device.gpu_instance_remaining_capacity(profile).unwrap(), 1);
    assert_eq!(cost(&capacity), 1);
    // The handle, and what it is.
    let find = || assert_eq!(device.gpu_instance_by_id(id).unwrap().id(), id);
    assert_eq!(cost(&find), 2);
    // How many there are, and which.
    let places = || {
        let places = device.gpu_instance_possible_placements(profile);
        assert_eq!(places.unwrap().len(), 7);
    };
    assert_eq!(cost(&places), 2);
    // The handle, and what was made.
    let create = || {
        let made = device.create_gpu_instance(profile).unwrap();
        assert_eq!(made.profile_id(), profile);
    };
    assert_eq!(cost(&create), 2);
}

#[test]
fn a_mig_device_is_found_without_a_look_at_those_after_it() {
    let machine = scene();
    let made = calls(&machine, || {
        let (id, first) = (GpuInstanceId::new(2), ComputeInstanceId::new(0));
        machine.device.mig_device_by_ids(id, first).unwrap();
    });
    // The count, the first MIG device and its two ids.
    assert_eq!(made.len(), 4, "{made:#?}");
}

/// A scheduler that tries and fails is told why, in a time that does not grow with the number of instances squared.
#[test]
fn a_refusal_asks_for_the_profiles_a_few_times_and_not_for_each_instance() {
    let machine = Machine::with("a100-sxm4-40gb");
    for _ in 0..7 {
        let _made = machine.create(19).unwrap();
    }
    machine.simulator.log_calls(true).unwrap();
    let error = machine.create(19).unwrap_err();
    assert_eq!(error.to_string().matches("1g.5gb (id 19) at").count(), 7);
    let calls = machine.simulator.calls().unwrap();
    let profiles = "nvmlDeviceGetGpuInstanceProfileInfoV";
    let enumerations = calls.iter().filter(|call| call.function == profiles);
    // To name the profile, to list the instances, and to name theirs.
    assert_eq!(enumerations.count(), 3 * PROFILES);
}
