//! Keys that are mistyped, misplaced or missing.

use super::{assert_told, with_entry};

#[test]
fn a_mistyped_key() {
    let entry = |text: &str| {
        with_entry(&format!(
            "devices: all\n      mig-enabled: no\n      {text}"
        ))
    };
    for (text, place, sentence) in [
        (
            entry("mig-device: {}"),
            (6, 7),
            "'mig-device'; did you mean mig-devices?",
        ),
        (
            entry("migDevices: {}"),
            (6, 7),
            "'migDevices'; did you mean mig-devices?",
        ),
        (
            entry("mig_devices: {}"),
            (6, 7),
            "'mig_devices'; did you mean mig-devices?",
        ),
        (
            entry("device_filter: \"\""),
            (6, 7),
            "'device_filter'; did you mean device-filter?",
        ),
        (
            entry("Mig-Enabled: no"),
            (6, 7),
            "'Mig-Enabled'; did you mean mig-enabled?",
        ),
        (
            with_entry("device: all"),
            (4, 7),
            "'device'; did you mean devices?",
        ),
        (
            entry("gpus: all"),
            (6, 7),
            "'gpus'; expected one of device-filter, devices, mig-enabled, mig-devices",
        ),
        (
            "version: v1\nmig-config: {}".to_owned(),
            (2, 1),
            "'mig-config'; did you mean mig-configs?",
        ),
        (
            "Version: v1\nmig-configs: {}".to_owned(),
            (1, 1),
            "'Version'; did you mean version?",
        ),
        (
            "version: v1\nmig-configs: {}\nhooks: {}".to_owned(),
            (3, 1),
            "'hooks'; expected one of version, mig-configs",
        ),
    ] {
        assert_told(&text, place, sentence);
    }
}

#[test]
fn a_misplaced_key() {
    let on = "devices: all\n      mig-enabled: true";
    let off = "{devices: all, mig-enabled: false}";
    for (text, place, sentence) in [
        (
            format!("version: v1\nspec:\n  mig-configs:\n    one: [{off}]"),
            (3, 3),
            "'mig-configs' belongs at the top of the file, not under spec",
        ),
        (
            format!("nvidia:\n  version: v1\n  mig:\n    mig_configs: {{one: [{off}]}}"),
            (4, 5),
            "'mig_configs' belongs at the top of the file, not under nvidia",
        ),
        (
            format!("version: v1\nall-disabled: [{off}]"),
            (2, 1),
            "'all-disabled' belongs under mig-configs, not at the top of the file",
        ),
        (
            "version: v1\ndevices: all\nmig-enabled: false".to_owned(),
            (2, 1),
            "'devices' belongs in an entry, in the list under the name of a configuration, not at the top",
        ),
        (
            "version: v1\nmig-configs:\n  devices: all\n  mig-enabled: no".to_owned(),
            (3, 3),
            "'devices' belongs in an entry, in the list under the name of a configuration, not under mig-configs",
        ),
        (
            with_entry(&format!("{on}\n      mig-devices: {{}}\n      version: v1")),
            (7, 7),
            "'version' belongs at the top of the file, not in an entry",
        ),
        // Without indentation, the profile is a key of the entry.
        (
            with_entry(&format!("{on}\n      mig-devices:\n      \"1g.5gb\": 7")),
            (7, 7),
            "'1g.5gb' belongs under mig-devices, with more indentation, not beside it",
        ),
        (
            with_entry(
                "devices: all\n      mig-devices:\n        1g.5gb: 7\n        mig-enabled: true",
            ),
            (7, 9),
            "'mig-enabled' belongs in the entry, with less indentation, not under mig-devices",
        ),
        (
            format!("mig-configs:\n  version: v1\n  one: [{off}]"),
            (2, 3),
            "'version' belongs at the top of the file, not under mig-configs",
        ),
        (
            with_entry(&format!(
                "{on}\n      mig-devices:\n        1g.5gb: 7\n        device-filter: \"0x20B010DE\""
            )),
            (8, 9),
            "'device-filter' belongs in the entry, with less indentation, not under mig-devices",
        ),
        (
            "version: v1\nmig-configs:\n  one:\n    devices: all\n    mig-enabled: no".to_owned(),
            (4, 5),
            "a list of entries: write `- ` before this one",
        ),
    ] {
        assert_told(&text, place, sentence);
    }
}

#[test]
fn a_list_of_entries_without_a_name() {
    let list = "- devices: all\n  mig-enabled: false\n";
    assert_told(
        list,
        (1, 1),
        "a list of entries needs a name: write version: v1 and mig-configs",
    );
    let under = format!("version: v1\nmig-configs:\n{list}");
    assert_told(&under, (3, 3), "a list of entries needs a name");
}
