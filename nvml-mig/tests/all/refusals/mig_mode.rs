//! What needs MIG mode, or MIG at all.

use crate::support::machine::{BOARDS, Driver, Machine};
use nvml_mig::error::Cause;
use nvml_mig::instance::{GpuInstanceId, GpuInstancePlacement};
use nvml_mig::profile::{GpuInstanceProfile, GpuInstanceProfileId};
use nvml_mig::{Error, MigMode, ReturnCode};
use nvml_mig_sim::{GpuSpec, Virtualization, nvmlReturn_t};

/// What needs MIG mode; there are no instances without it, and that is no error.
const WITH_MIG_MODE: &[Refused] = &[
    ("create_gpu_instance", |it| {
        it.device
            .create_gpu_instance(GpuInstanceProfileId::new(0))
            .map(drop)
    }),
    ("create_gpu_instance_at", |it| {
        let (profile, placement) = (
            GpuInstanceProfileId::new(0),
            GpuInstancePlacement { start: 0, size: 4 },
        );
        it.device
            .create_gpu_instance_at(profile, placement)
            .map(drop)
    }),
    ("gpu_instance_by_id", |it| {
        it.device
            .gpu_instance_by_id(GpuInstanceId::new(0))
            .map(drop)
    }),
];

/// What drivers that list profiles without MIG mode answer without it too.
const WITH_PROFILES: &[Refused] = &[
    ("gpu_instance_possible_placements", |it| {
        let profile = GpuInstanceProfileId::new(0);
        it.device
            .gpu_instance_possible_placements(profile)
            .map(drop)
    }),
    ("gpu_instance_remaining_capacity", |it| {
        let profile = GpuInstanceProfileId::new(0);
        it.device.gpu_instance_remaining_capacity(profile).map(drop)
    }),
];

type Refused = (&'static str, fn(&Machine) -> Result<(), Error>);

fn assert_not_supported(machine: &Machine, rows: &[Refused], cause: Cause) {
    for (name, ask) in rows {
        let error = ask(machine).expect_err(name);
        assert_eq!(
            error.code(),
            Some(ReturnCode::NotSupported),
            "{name}: {error}"
        );
        assert_eq!(error.cause(), Some(cause), "{name}: {error}");
    }
}

/// While MIG mode is off.
fn assert_nothing_is_or_fits(machine: &Machine) {
    let device = &machine.device;
    assert!(device.gpu_instances().unwrap().is_empty());
    assert_eq!(device.mig_devices().unwrap(), []);
    assert_eq!(device.mig_device_by_index(0).unwrap(), None);
    let free = device.gpu_instance_free_placements(GpuInstanceProfileId::new(0));
    assert_eq!(free.unwrap(), []);
}

#[test]
fn while_mig_mode_is_off() {
    for board in BOARDS {
        let machine = Machine::of(GpuSpec::new(board).mig(false));
        assert_not_supported(&machine, WITH_MIG_MODE, Cause::MigDisabled);
        assert_nothing_is_or_fits(&machine);
        let profile = GpuInstanceProfileId::new(0);
        let capacity = machine.device.gpu_instance_remaining_capacity(profile);
        assert_eq!(capacity.unwrap(), 0);
        // A driver that lists profiles now means the profile and not the mode.
        let profile = GpuInstanceProfile::Slice6;
        let error = machine.device.gpu_instance_profile(profile).unwrap_err();
        assert_eq!(error.cause(), Some(Cause::NoSuchProfile), "{error}");
    }
}

/// Up to driver 535.
#[test]
fn while_mig_mode_is_off_and_profiles_are_unknown() {
    for board in BOARDS {
        let machine = Driver("535.261.03").of(GpuSpec::new(board).mig(false));
        let rows: &[Refused] = &[
            ("gpu_instance_profile", |it| {
                it.device
                    .gpu_instance_profile(GpuInstanceProfile::Slice1)
                    .map(drop)
            }),
            ("gpu_instance_profiles", |it| {
                it.device.gpu_instance_profiles().map(drop)
            }),
            ("gpu_instance_profile_by_id", |it| {
                let profile = GpuInstanceProfileId::new(0);
                it.device.gpu_instance_profile_by_id(profile).map(drop)
            }),
            ("gpu_instance_profile_by_name", |it| {
                it.device.gpu_instance_profile_by_name("1g.6gb").map(drop)
            }),
        ];
        for rows in [rows, WITH_MIG_MODE, WITH_PROFILES] {
            assert_not_supported(&machine, rows, Cause::MigDisabled);
        }
        assert_nothing_is_or_fits(&machine);
    }
}

#[test]
fn in_a_vgpu_guest() {
    for board in BOARDS {
        let machine = Machine::of(GpuSpec::new(board).virtualization(Virtualization::VgpuGuest));
        assert_not_supported(&machine, &WITH_MIG_MODE[..2], Cause::VgpuGuest);
    }
}

/// A GPU that answers as one without MIG does (nvml.h).
#[test]
fn on_a_gpu_without_mig() {
    let rows: &[Refused] = &[
        ("mig_mode", |it| it.device.mig_mode().map(drop)),
        ("mig_mode_change_needs_reset", |it| {
            it.device.mig_mode_change_needs_reset().map(drop)
        }),
        ("lists_profiles_with_mig_disabled", |it| {
            it.device.lists_profiles_with_mig_disabled().map(drop)
        }),
        ("set_mig_mode", |it| {
            it.device.set_mig_mode(MigMode::Enabled).map(drop)
        }),
        ("gpu_instance_profiles", |it| {
            it.device.gpu_instance_profiles().map(drop)
        }),
        ("gpu_instances", |it| it.device.gpu_instances().map(drop)),
    ];
    for board in BOARDS {
        let machine = Machine::with(board);
        for function in [
            "nvmlDeviceGetMigMode",
            "nvmlDeviceSetMigMode",
            "nvmlDeviceGetGpuInstanceProfileInfoV",
        ] {
            machine
                .simulator
                .fail(function, 0, nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED)
                .unwrap();
        }
        assert_not_supported(&machine, rows, Cause::NotMigCapable);
    }
}
