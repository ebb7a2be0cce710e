//! How often NVML is asked: nothing twice, and no more than a question needs. Some calls reach the GPU, and a
//! scheduler asks all day.

use crate::support::machine::Machine;
use nvml_mig::device::MigModeChange;
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::inventory::Inventory;
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig::{MigMode, Nvml, ReturnCode};
use nvml_mig_sim::{Call, nvmlReturn_t};

/// Numbers of GPU instance profiles that driver 550 knows, and the one after the last.
const PROFILES: usize = 10 + 1;

/// Of these the A100 has 7. Holes and the end are asked for twice, since what is found is kept.
const PROFILES_AGAIN: usize = 3 + 1;

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
    // Settles the structure version and fills the cache.
    machine.device.gpu_instance_profiles().unwrap();
    half.compute_instance_profiles().unwrap();
    machine
}

/// An A100 with seven MIG devices; nothing is known of its profiles.
fn seven() -> Machine {
    let machine = Machine::with("a100-sxm4-40gb");
    for _ in 0..7 {
        let made = machine.create(19).unwrap();
        let one = ComputeInstanceProfileId::new(0);
        let _made = made.create_compute_instance(one).unwrap();
    }
    machine
}

fn asked(machine: &Machine, ask: impl FnOnce()) -> Vec<Call> {
    machine.simulator.log_calls(true).unwrap();
    ask();
    let calls = machine.simulator.calls().unwrap();
    machine.simulator.log_calls(false).unwrap();
    calls
}

/// The functions that a question calls, in order, none twice with the same arguments.
fn calls(machine: &Machine, ask: impl FnOnce()) -> Vec<String> {
    let calls = asked(machine, ask);
    for (at, call) in calls.iter().enumerate() {
        let earlier = calls[..at].iter().find(|earlier| {
            (&earlier.function, &earlier.arguments) == (&call.function, &call.arguments)
        });
        assert_eq!(earlier, None, "asked twice");
    }
    calls.into_iter().map(|call| call.function).collect()
}

/// What `nvml-mig list` shows of a machine.
fn list(machine: &Machine) {
    assert!(!machine.nvml.driver_version().unwrap().numbers().is_empty());
    assert!(!machine.nvml.nvml_version().unwrap().numbers().is_empty());
    let inventory = Inventory::read(&machine.device).unwrap();
    let names = [inventory.name().unwrap(), inventory.uuid().unwrap()];
    assert!(names[0].starts_with("NVIDIA A100") && names[1].starts_with("GPU-"));
    assert_eq!(inventory.index().unwrap(), 0);
    assert_eq!(
        inventory.pci_info().unwrap().bus_id.len(),
        "00000000:17:00.0".len()
    );
    for profile in inventory.profiles().unwrap() {
        assert!(
            !inventory
                .possible_placements(profile.id)
                .unwrap()
                .is_empty()
        );
        let device = inventory.device();
        assert_eq!(
            device.gpu_instance_remaining_capacity(profile.id).unwrap(),
            0
        );
    }
    let partition = inventory.partition().unwrap();
    let names = partition.iter().flat_map(|one| &one.compute_instances);
    assert_eq!(names.filter(|one| one.name == "1g.5gb").count(), 7);
    assert_eq!(inventory.mig_devices().unwrap().len(), 7);
}

/// `nvml-mig list` asks for the count of GPUs and a handle besides: 4 calls with those that open and close NVML.
#[test]
fn a_full_a100_is_listed_with_99_questions_and_again_with_44() {
    let machine = seven();
    let first = asked(&machine, || list(&machine)).len();
    let (versions, identity) = (2, 4);
    // The mode before and after the walk through the profiles; where each may stand, and how many more fit.
    let profiles = 2 + PROFILES + PROFILES_AGAIN + 7 + 7;
    // 1g.5gb is asked for first, and leaves no slice for others.
    let gpu_instances = 1 + 7;
    // The profile of one slice of 1g.5gb. Its second one and the end are asked for twice; and whether the GPU instance is
    // still there. Then a list and a look in each GPU instance.
    let compute_instances = 1 + 2 + 2 + 1 + 7 + 7;
    // How many there may be; each MIG device with its UUID and its two ids; one name for all.
    let mig_devices = 1 + 7 * 4 + 1;
    assert_eq!(
        first,
        versions + identity + profiles + gpu_instances + compute_instances + mig_devices
    );
    assert_eq!(first + 4, 99);

    let second = calls(&machine, || list(&machine));
    // The mode, and how many more of each profile fit.
    let profiles = 1 + 7;
    let compute_instances = 7 + 7;
    // Each with its UUID, which says what it is.
    let mig_devices = 7 * 2;
    assert_eq!(
        second.len(),
        profiles + gpu_instances + compute_instances + mig_devices
    );
    assert_eq!(second.len(), 44);
}

#[test]
fn gpu_instances_cost_a_list_of_each_profile_that_has_room_and_a_look_at_each() {
    let machine = scene();
    let made = calls(&machine, || {
        assert_eq!(machine.device.gpu_instances().unwrap().len(), 3);
    });
    // MIG mode; lists of all but 4g.20gb and 7g.40gb, for which 3g.20gb, 2g.10gb and 1g.5gb leave no room; three
    // instances.
    assert_eq!(made.len(), 1 + (7 - 2) + 3, "{made:#?}");
}

#[test]
fn compute_instances_cost_no_more() {
    let machine = scene();
    let half = machine.device.gpu_instance_by_id(GpuInstanceId::new(2));
    let half = half.unwrap();
    let made = calls(&machine, || {
        assert_eq!(half.compute_instances().unwrap().len(), 2);
    });
    // Whether the GPU instance is still there; three profiles' lists; two instances.
    assert_eq!(made.len(), 1 + 3 + 2, "{made:#?}");
}

#[test]
fn one_instance_or_number_costs_a_call_or_two() {
    let machine = scene();
    let device = &machine.device;
    let profile = device.gpu_instance_profile_by_name("1g.5gb").unwrap().id;
    let id = GpuInstanceId::new(2);
    let cost = |ask: &dyn Fn()| calls(&machine, ask).len();
    let mode = || assert_eq!(device.mig_mode().unwrap().current(), MigMode::Enabled);
    assert_eq!(cost(&mode), 1);
    let capacity = || assert_eq!(device.gpu_instance_remaining_capacity(profile).unwrap(), 1);
    assert_eq!(cost(&capacity), 1);
    // The handle, and what it is.
    let find = || assert_eq!(device.gpu_instance_by_id(id).unwrap().id(), id);
    assert_eq!(cost(&find), 2);
    // Whether MIG mode is what it was, and where; then whether it still is.
    let places = || {
        let places = device.gpu_instance_possible_placements(profile);
        assert_eq!(places.unwrap().len(), 7);
    };
    assert_eq!([cost(&places), cost(&places)], [2, 1]);
    // What it is called is known while MIG mode is the same.
    let half = device.gpu_instance_by_id(id).unwrap();
    let name = || assert_eq!(half.profile().unwrap().name, "3g.20gb");
    assert_eq!(cost(&name), 1);
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

/// Explaining a refused creation stays cheap on every partition.
#[test]
fn a_refusal_costs_at_most_twelve_questions_more() {
    // Profiles that an A100 has: 1g.5gb 19, 1g.10gb 15, 2g.10gb 14, 3g.20gb 9, 4g.20gb 5, 7g.40gb 0.
    let full: [&[u32]; 8] = [
        &[19; 7],
        &[19; 6],
        &[19; 4],
        &[15; 4],
        &[14, 14, 14, 19],
        &[9, 9],
        &[5, 9],
        &[0],
    ];
    for there in full {
        let machine = Machine::with("a100-sxm4-40gb");
        machine.device.gpu_instance_profiles().unwrap();
        for profile in there {
            let _made = machine.create(*profile).unwrap();
        }
        let made = calls(&machine, || {
            let error = machine.create(0).unwrap_err();
            assert_eq!(error.code(), Some(ReturnCode::InsufficientResources));
            let named = error.to_string().matches(" at ").count();
            assert_eq!(named, there.len(), "{error}");
        });
        assert!(made.len() <= 1 + 12, "{there:?}: {made:#?}");
    }
}

/// Preflight of a full GPU asks twice only what guards a walk through profiles: MIG mode, or the GPU instance, before and
/// after it, and its holes and its end.
#[test]
#[cfg(feature = "preflight")]
fn preflight_reads_the_instances_once() {
    let machine = Machine::with("a100-sxm4-40gb");
    for profile in [9, 5] {
        let _made = machine.create(profile).unwrap();
    }
    let nvml = Nvml::init_from(machine.simulator.library_path()).unwrap();
    machine.simulator.log_calls(true).unwrap();
    let preflight = nvml.preflight(&nvml_mig::node::DriverFiles::new());
    let calls = machine.simulator.calls().unwrap();
    assert_eq!(preflight.gpus[0].obstacles.len(), 1, "{preflight}");
    let mut asked = std::collections::BTreeMap::new();
    for call in calls {
        let question = (call.function, call.arguments);
        *asked.entry(question).or_insert(0) += 1;
    }
    let again: Vec<_> = asked
        .into_iter()
        .filter(|((function, _), times)| *times > 1 && !function.ends_with("InstanceProfileInfoV"))
        .map(|((function, _), times)| (function, times))
        .collect();
    let again: Vec<(&str, i32)> = again.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert_eq!(
        again,
        [
            ("nvmlDeviceGetMigMode", 2),
            ("nvmlGpuInstanceGetInfo", 2),
            ("nvmlGpuInstanceGetInfo", 2)
        ]
    );
}

/// A change of MIG mode drops the cache, whichever process makes it and whichever call reveals it.
#[test]
fn a_change_of_mig_mode_forgets_what_was_known() {
    let machine = Machine::with("h100-sxm5-80gb");
    let device = &machine.device;
    let profiles = || {
        device.gpu_instance_profiles().unwrap();
    };
    let walk = asked(&machine, profiles).len();
    assert!(walk > PROFILES);
    assert_eq!(asked(&machine, profiles).len(), 1);
    // By this process.
    let set = |mode| {
        let change = device.set_mig_mode(mode).unwrap();
        assert!(matches!(change, MigModeChange::Active { .. }));
    };
    set(MigMode::Disabled);
    set(MigMode::Enabled);
    assert_eq!(asked(&machine, profiles).len(), walk);
    // By another, which this one sees when it asks for MIG mode.
    let other = Nvml::init_from(machine.simulator.library_path()).unwrap();
    let other = other.device_by_index(0).unwrap();
    let _change = other.set_mig_mode(MigMode::Disabled).unwrap();
    assert_eq!(device.mig_mode().unwrap().current(), MigMode::Disabled);
    let _change = other.set_mig_mode(MigMode::Enabled).unwrap();
    assert_eq!(asked(&machine, profiles).len(), walk);
}

fn numbers(last: usize) -> std::ops::RangeInclusive<u32> {
    1..=u32::try_from(last).unwrap()
}

/// A refusal that comes once does not hide a profile, or what stands there, for as long as the library is open.
#[test]
fn a_profile_refused_by_chance_is_found_all_the_same() {
    for code in [2, 3] {
        for call in numbers(PROFILES) {
            let machine = seven();
            let function = "nvmlDeviceGetGpuInstanceProfileInfoV";
            machine
                .simulator
                .fail(function, call, nvmlReturn_t(code))
                .unwrap();
            let profiles = machine.device.gpu_instance_profiles().unwrap();
            assert_eq!(profiles.len(), 7, "call {call} fails with {code}");
        }
        for call in numbers(COMPUTE_PROFILES) {
            let machine = seven();
            let function = "nvmlGpuInstanceGetComputeInstanceProfileInfoV";
            machine
                .simulator
                .fail(function, call, nvmlReturn_t(code))
                .unwrap();
            let inventory = Inventory::read(&machine.device).unwrap();
            let live = inventory.gpu_instances().unwrap().iter();
            let inside: usize = live.map(|live| live.compute_instances.len()).sum();
            assert_eq!(inside, 7, "call {call} fails with {code}");
        }
    }
}
