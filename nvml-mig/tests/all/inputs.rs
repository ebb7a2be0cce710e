//! Texts and numbers that users give, whatever is in them: an answer or an error, and never a panic.

use crate::support::machine::Machine;
use nvml_mig::device::Architecture;
use nvml_mig::instance::{
    ComputeInstanceId, ComputeInstancePlacement, GpuInstanceId, GpuInstancePlacement,
};
#[cfg(feature = "monitor")]
use nvml_mig::monitor::GpmMetric;
use nvml_mig::profile::{
    ComputeInstanceProfile, ComputeInstanceProfileId, GpuInstanceProfile, GpuInstanceProfileId,
    MediaEngines, ProfileName,
};
use nvml_mig::{Error, MigMode, ReturnCode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// As many as take a second with some calls of NVML each.
const CASES: u32 = 500;

fn check<S: Strategy>(cases: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    // What failed once belongs into a test of its own, not into a file.
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    };
    TestRunner::new(config).run(&cases, test).unwrap();
}

/// Whatever a person or a program may pass for a name, an address or a UUID.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>(),
        2 => ("(GPU-|MIG-|MIG-GPU-|MIG )", any::<String>()).prop_map(|(start, rest)| start + &rest),
        2 => "[0-9a-fA-F]{0,9}:?[0-9a-f]{0,3}:?[0-9a-f]{0,3}[.]?[0-9a-f]{0,3}",
        2 => "(MIG )?[0-9]{0,11}c?[.]?[0-9]{0,11}g?[.]?[0-9]{0,11}(gb)?[-+,.megfxal]{0,9}",
        1 => (any::<char>(), 0_usize..1 << 14).prop_map(|(it, count)| it.to_string().repeat(count)),
        1 => any::<String>().prop_map(|text| text + "\0" + "0"),
    ]
}

/// A text that names nothing: with a NUL nothing is asked, else NVML says that there is none.
fn assert_names_nothing(text: &str, error: &Error) -> Result<(), TestCaseError> {
    if matches!(error, Error::Input(_)) {
        prop_assert!(!error.to_string().is_empty());
        return Ok(());
    }
    prop_assert!(!text.contains('\0'));
    let code = error.code();
    prop_assert!(
        [
            Some(ReturnCode::NotFound),
            Some(ReturnCode::InvalidArgument)
        ]
        .contains(&code),
        "{error}"
    );
    prop_assert!(error.to_string().contains("no such device"), "{error}");
    Ok(())
}

#[test]
fn look_ups_of_any_text() {
    let machine = Machine::with("a30");
    let nvml = &machine.nvml;
    check(texts(), |text| {
        assert_names_nothing(&text, &nvml.device_by_uuid(&text).unwrap_err())?;
        assert_names_nothing(&text, &nvml.mig_device_by_uuid(&text).unwrap_err())?;
        assert_names_nothing(&text, &nvml.any_device_by_uuid(&text).unwrap_err())?;
        if let Err(error) = nvml.device_by_pci_bus_id(&text) {
            assert_names_nothing(&text, &error)?;
        }
        Ok(())
    });
    // Line breaks and the like would forge lines of a log.
    for text in ["GPU-1\n2", "MIG-\u{1b}[2J", "x\ty"] {
        for error in [
            nvml.device_by_uuid(text).unwrap_err(),
            nvml.mig_device_by_uuid(text).unwrap_err(),
            nvml.any_device_by_uuid(text).unwrap_err(),
            nvml.device_by_pci_bus_id(text).unwrap_err(),
        ] {
            let said = error.to_string();
            assert!(
                said.contains(&format!("'{}'", text.escape_debug())),
                "{said}"
            );
            assert!(!said.contains(char::is_control), "{said:?}");
        }
    }
    // Sixteen megabytes.
    let long = "MIG-".repeat(1 << 22);
    assert_names_nothing(&long, &nvml.any_device_by_uuid(&long).unwrap_err()).unwrap();
    for text in ["GPU-\0", "MIG-\0", "\0"] {
        let error = nvml.any_device_by_uuid(text).unwrap_err();
        assert!(error.to_string().contains("NUL character"), "{error}");
        let error = nvml.device_by_pci_bus_id(text).unwrap_err();
        assert!(error.to_string().contains("NUL character"), "{error}");
    }
}

/// One character more, less or other than that of the GPU. Case and surrounding white space do not count.
#[test]
fn almost_the_uuid_is_not_the_uuid() {
    let machine = Machine::with("a30");
    let uuid = machine.device.uuid().unwrap();
    let cases = (0..uuid.len(), any::<char>(), any::<bool>());
    check(cases, |(at, other, replace)| {
        let rest = &uuid[at + usize::from(replace)..];
        let text = format!("{}{other}{rest}", &uuid[..at]);
        let found = machine.nvml.device_by_uuid(&text);
        prop_assert_eq!(
            found.is_ok(),
            text.trim().eq_ignore_ascii_case(&uuid),
            "{:?}",
            text
        );
        Ok(())
    });
}

#[test]
fn profiles_of_any_name() {
    let machine = Machine::with("a30");
    let whole = machine.create(0).unwrap();
    check(texts(), |text| {
        // A name is found by chance only if it is one.
        let name = text.parse::<ProfileName>();
        let gpu = machine.device.gpu_instance_profile_by_name(&text);
        let inside = whole.compute_instance_profile_by_name(&text);
        for found in [gpu.map(|it| it.name), inside.map(|it| it.name)] {
            match (&name, found) {
                (Ok(name), Ok(found)) => {
                    let found = found.parsed().unwrap();
                    prop_assert!(name.matches_but_for_memory(found));
                }
                (_, Err(Error::Input(error))) => prop_assert!(!error.to_string().is_empty()),
                (_, found) => prop_assert!(false, "{:?}", found),
            }
        }
        Ok(())
    });
}

#[test]
fn a_name_that_is_read_is_printed_and_read_again() {
    check(texts(), |text| {
        if let Ok(name) = text.parse::<ProfileName>() {
            prop_assert_eq!(name.to_string().parse::<ProfileName>().unwrap(), name);
        }
        Ok(())
    });
    let media = prop_oneof![
        Just(MediaEngines::Share),
        Just(MediaEngines::One),
        Just(MediaEngines::All),
        Just(MediaEngines::None),
    ];
    let names = (
        1..=u32::MAX,
        1..=u32::MAX,
        any::<u32>(),
        media,
        any::<bool>(),
    );
    let names = names.prop_map(|(compute_slices, gpu_slices, memory_gb, media, graphics)| {
        ProfileName::new(gpu_slices, memory_gb)
            .with_compute_slices(compute_slices)
            .with_media(media)
            .with_graphics(graphics)
    });
    check(names, |name| {
        prop_assert_eq!(name.to_string().parse::<ProfileName>().unwrap(), name);
        Ok(())
    });
}

#[test]
fn names_of_any_figures() {
    let figures = (any::<u32>(), any::<u32>(), any::<u64>(), any::<u64>());
    check(figures, |(number, slices, memory, total)| {
        let profile = GpuInstanceProfile::from_number(number);
        let name = ProfileName::computed(profile, slices, memory, total);
        prop_assert_eq!((name.compute_slices, name.gpu_slices), (slices, slices));
        Ok(())
    });
}

/// A number that has no name here is kept.
#[test]
fn numbers_come_back_as_they_went() {
    check(prop_oneof![any::<u32>(), 0_u32..40], |number| {
        prop_assert_eq!(GpuInstanceProfile::from_number(number).number(), number);
        prop_assert_eq!(ComputeInstanceProfile::from_number(number).number(), number);
        prop_assert_eq!(GpuInstanceProfileId::new(number).number(), number);
        #[cfg(feature = "monitor")]
        prop_assert_eq!(GpmMetric::Other(number).number(), number);
        let plain = GpuInstanceProfile::with_slices(number);
        prop_assert_eq!(
            plain.and_then(GpuInstanceProfile::slice_count),
            plain.map(|_| number)
        );
        let inside = ComputeInstanceProfile::with_slices(number);
        prop_assert_eq!(inside.is_some(), plain.is_some());
        Ok(())
    });
}

/// What can't be is refused, and nothing is made of it.
#[test]
fn instances_of_any_number_at_any_place() {
    let machine = Machine::with("a30");
    let whole = machine.create(0).unwrap();
    let number = || prop_oneof![0_u32..9, any::<u32>()];
    check((number(), number(), number()), |(id, start, size)| {
        let device = &machine.device;
        let profile = GpuInstanceProfileId::new(id);
        device.create_gpu_instance(profile).unwrap_err();
        let placement = GpuInstancePlacement { start, size };
        device
            .create_gpu_instance_at(profile, placement)
            .unwrap_err();
        prop_assert!(placement.overlaps(placement) || size == 0);
        let found = device.gpu_instance_by_id(GpuInstanceId::new(id));
        prop_assert_eq!(found.is_ok(), id == 0);
        let found = device.gpu_instance_profile_by_id(profile);
        prop_assert_eq!(found.is_ok(), [0, 5, 6, 14, 21].contains(&id));
        // Four MIG devices are the most of an A30.
        prop_assert_eq!(device.mig_device_by_index(id).is_ok(), id < 4);

        let profile = ComputeInstanceProfileId::new(id);
        let placement = ComputeInstancePlacement { start, size };
        if let Ok(made) = whole.create_compute_instance_at(profile, placement) {
            prop_assert_eq!(made.placement(), placement);
            made.destroy().unwrap();
        }
        let found = whole.compute_instance_by_id(ComputeInstanceId::new(id));
        prop_assert!(found.is_err());
        if id > 1 {
            device.set_mig_mode(MigMode::Other(id)).unwrap_err();
        }
        Ok(())
    });
    assert_eq!(machine.device.gpu_instances().unwrap().len(), 1);
}

#[test]
fn profile_names_are_read_and_printed() {
    for name in [
        "1g.5gb",
        "1g.5gb+me",
        "1g.10gb+me.all",
        "2g.24gb-me",
        "1c.3g.20gb",
        "4g.96gb+gfx",
        "1c.2g.12gb+me",
        // GPUs that share the processor's memory (MIG user guide).
        "3g.0gb+gfx",
    ] {
        assert_eq!(name.parse::<ProfileName>().unwrap().to_string(), name);
        assert_eq!(
            format!("MIG {name}")
                .parse::<ProfileName>()
                .unwrap()
                .to_string(),
            name
        );
    }
    assert_eq!(
        "2c.2g.10gb".parse::<ProfileName>().unwrap().to_string(),
        "2g.10gb"
    );
    for text in [
        "",
        "1g",
        "5gb",
        "0g.5gb",
        "1g.5gb+",
        "1g.5gb+turbo",
        "1g.5gb-gfx",
        "1g.5gb+me,me.all",
        "1g.5gb+me-me",
        "1x.5gb",
        "a.b.c.d",
        "99999999999g.5gb",
        "+me",
        "MIG",
    ] {
        let error = text.parse::<ProfileName>().unwrap_err();
        assert_eq!(error.text(), text);
        let (reason, error) = (error.reason().to_owned(), error.to_string());
        assert!(!reason.is_empty() && error.contains(&reason), "{error}");
        assert!(error.contains("is not a profile name"), "{error}");
    }
}

/// A number of C and its variant are two names of one thing, and a number without a name is kept.
#[test]
fn every_number_of_an_enum_comes_back() {
    /// Goes through the numbers of an enum; gives how many have a name.
    macro_rules! named {
        ($name:ty) => {{
            let named = |number: &u32| {
                let variant = <$name>::from_number(*number);
                assert_eq!(variant.number(), *number);
                let is_other = variant == <$name>::Other(*number);
                assert_eq!(variant.constant().is_none(), is_other);
                !is_other
            };
            assert!(!named(&u32::MAX));
            (0..2000).filter(named).count()
        }};
    }
    // nvml.h of CUDA 13.5: 18 and 9 profiles, codes 0 to 30 and 999, two modes; 12 generations (2 to 13) and 11 metrics have a name here.
    assert_eq!(named!(GpuInstanceProfile), 18);
    assert_eq!(named!(ComputeInstanceProfile), 9);
    assert_eq!(named!(ReturnCode), 32);
    assert_eq!(named!(MigMode), 2);
    assert_eq!(named!(Architecture), 12);
    #[cfg(feature = "monitor")]
    assert_eq!(named!(GpmMetric), 11);
    assert_eq!(ReturnCode::GpuIsLost.number(), 15);
    let constant = ReturnCode::from_number(19).constant();
    assert_eq!(constant, Some("NVML_ERROR_IN_USE"));
}
