//! Sequences of creations that people recorded on real GPUs, and what the driver made of them.

use crate::support::machine::Machine;
use nvml_mig::ReturnCode;
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig_sim::{GpuSpec, MissingSlot};

/// Creates the profiles in order; each answer is the instance's id and placement, or the code of the refusal.
fn create(machine: &Machine, profiles: &[u32]) -> Vec<Result<(u32, String), ReturnCode>> {
    let create = |profile: &u32| match machine.create(*profile) {
        Ok(instance) => Ok((instance.id().number(), instance.placement().to_string())),
        Err(error) => Err(error.code().unwrap()),
    };
    profiles.iter().map(create).collect()
}

fn made(ids: &[u32], placements: &str) -> Vec<Result<(u32, String), ReturnCode>> {
    let placements = placements.split(' ').map(str::to_owned);
    ids.iter().copied().zip(placements).map(Ok).collect()
}

fn a100(missing: MissingSlot) -> Machine {
    Machine::of(GpuSpec::new("a100-sxm4-40gb").missing_slot(missing))
}

#[test]
fn a100_with_slot_seven_missing() {
    let expected: &[(&[u32], &[u32], &str)] = &[
        (
            &[19; 7],
            &[13, 11, 12, 7, 8, 9, 10],
            "6:1 4:1 5:1 0:1 1:1 2:1 3:1",
        ),
        (
            &[14, 19, 19, 19, 19, 19],
            &[5, 13, 7, 8, 9, 10],
            "4:2 6:1 0:1 1:1 2:1 3:1",
        ),
        (&[19, 14, 5], &[13, 5, 1], "6:1 4:2 0:4"),
        (&[9, 9], &[2, 1], "4:4 0:4"),
        (&[5, 9], &[1, 2], "0:4 4:4"),
        (&[9, 14], &[2, 3], "4:4 0:2"),
    ];
    for (profiles, ids, placements) in expected {
        let machine = a100(MissingSlot::Seven);
        assert_eq!(
            create(&machine, profiles),
            made(ids, placements),
            "{profiles:?}"
        );
    }
}

#[test]
fn small_profiles_first_leave_no_room_for_a_large_one() {
    let machine = a100(MissingSlot::Seven);
    let mut expected = made(&[13, 11, 3], "6:1 4:1 0:2");
    expected.push(Err(ReturnCode::InsufficientResources));
    assert_eq!(create(&machine, &[19, 19, 14, 9]), expected);
}

#[test]
fn a100_with_slot_three_missing() {
    let expected: &[(&[u32], &[u32], &str)] = &[
        (
            &[19; 7],
            &[9, 7, 8, 11, 12, 13, 14],
            "6:1 4:1 5:1 0:1 1:1 2:1 3:1",
        ),
        (&[9, 19, 14, 19], &[1, 11, 6, 12], "4:4 0:1 2:2 1:1"),
        (&[9, 9], &[1, 2], "4:4 0:4"),
        (&[9, 5], &[1, 2], "4:4 0:4"),
    ];
    for (profiles, ids, placements) in expected {
        let machine = a100(MissingSlot::Three);
        assert_eq!(
            create(&machine, profiles),
            made(ids, placements),
            "{profiles:?}"
        );
    }
}

#[test]
fn a30() {
    let machine = Machine::with("a30");
    assert_eq!(
        create(&machine, &[14, 14, 5]),
        made(&[3, 4, 2], "0:1 1:1 2:2")
    );
}

/// The "Free" column of `nvidia-smi mig -lgip` on an A100-SXM4-40GB, by profile id.
#[test]
fn remaining_capacity_of_an_a100() {
    let machine = a100(MissingSlot::Seven);
    let ids = [19, 20, 15, 14, 9, 5, 0];
    let free = || {
        let capacity = |id| {
            machine
                .device
                .gpu_instance_remaining_capacity(GpuInstanceProfileId::new(id))
        };
        ids.map(|id| capacity(id).unwrap())
    };
    let _four = machine.create(5).unwrap();
    assert_eq!(free(), [3, 1, 2, 1, 1, 0, 0]);
    let _two = machine.create(14).unwrap();
    assert_eq!(free(), [1, 1, 1, 0, 0, 0, 0]);
    let _one = machine.create(19).unwrap();
    assert_eq!(free(), [0; 7]);
}
