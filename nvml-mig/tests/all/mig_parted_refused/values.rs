//! Values of the wrong kind, values that contradict each other, and filters that match no GPU.

use nvml_mig::mig_parted::MigPartedFile;

use super::{assert_told, told, with_entry};

#[test]
fn a_value_of_another_kind() {
    let profiles = |text: &str| {
        with_entry(&format!(
            "devices: all\n      mig-enabled: true\n      mig-devices:\n        {text}"
        ))
    };
    let filter = |text: &str| {
        with_entry(&format!(
            "devices: all\n      mig-enabled: false\n      device-filter: {text}"
        ))
    };
    let devices = |text: &str| with_entry(&format!("devices: {text}\n      mig-enabled: false"));
    for (text, place, sentence) in [
        (devices("some"), (4, 16), "`all` or a list"),
        (devices("ALL"), (4, 16), "`all` or a list"),
        (devices(""), (4, 14), "`all` or a list"),
        (devices("0"), (4, 16), "`all` or a list"),
        (
            devices("[0, -1]"),
            (4, 20),
            "the index of a GPU, a whole number such as 0",
        ),
        (
            with_entry("mig-enabled: false"),
            (4, 7),
            "devices is missing",
        ),
        (with_entry("devices: all"), (4, 7), "mig-enabled is missing"),
        (
            with_entry("devices: all\n      mig-enabled: maybe"),
            (5, 20),
            "true or false",
        ),
        (filter("A100"), (6, 22), "a PCI id"),
        (filter("[0x20B010DE]"), (6, 23), "in quotes"),
        (filter("\"0x20B08086\""), (6, 22), "10DE"),
        (
            profiles("1g.5bg: 1"),
            (7, 9),
            "'1g.5bg' is not a profile name",
        ),
        (
            profiles("1g.5gb: 1.5"),
            (7, 17),
            "a whole number from 0 to 64",
        ),
        (
            profiles("1g.5gb: 65"),
            (7, 17),
            "a whole number from 0 to 64",
        ),
        (
            profiles("- 1g.5gb"),
            (7, 9),
            "profiles and how many of each",
        ),
        (
            profiles("1g.5gb: 1\n        MIG 1g.5gb: 2"),
            (8, 9),
            "occurs twice",
        ),
        (profiles("1g.5gb: 0"), (7, 9), "all counts are 0"),
        (
            "version: v2\nmig-configs: {}".to_owned(),
            (1, 10),
            "only version v1",
        ),
        (
            "version: 1\nmig-configs: {}".to_owned(),
            (1, 10),
            "only version v1",
        ),
        ("mig-configs: {}".to_owned(), (1, 1), "version is missing"),
        ("version: v1".to_owned(), (1, 1), "mig-configs is missing"),
        (
            "version: v1\nmig-configs: {}".to_owned(),
            (2, 14),
            "at least one",
        ),
        (
            "version: v1\nmig-configs:\n  one: []".to_owned(),
            (3, 8),
            "at least one entry",
        ),
        ("version: v1\nmig-configs: [".to_owned(), (3, 1), ""),
        ("all".to_owned(), (1, 1), "the keys version and mig-configs"),
    ] {
        assert_told(&text, place, sentence);
    }
    let missing = MigPartedFile::read("/nowhere/config.yaml").unwrap_err();
    assert_eq!((missing.line(), missing.column()), (None, None));
}

/// mig-parted refuses these too.
#[test]
fn a_contradiction() {
    let text = "devices: all\n      mig-enabled: true";
    for text in [
        with_entry(text),
        with_entry(&format!("{text}\n      mig-devices:")),
    ] {
        assert_told(&text, (5, 20), "requires mig-devices");
    }
    let off = "devices: all\n      mig-enabled: no\n      mig-devices: {1g.5gb: 1}";
    assert_told(&with_entry(off), (5, 20), "requires mig-enabled: true");
}

/// mig-parted takes any text, and matches no GPU with it.
#[test]
fn a_filter_that_matches_no_gpu_of_nvidia() {
    for filter in [
        "0x20B0",
        "0x20BO10DE",
        "0x10DE20B0",
        "0x20B08086",
        "0x120B010DE",
        "20B010DE",
        "10de:20b0",
        "0x20B010DE:",
        "0x20B010DE:0x1:0x2",
        " 0x20B010DE",
        "+0x20B010DE",
        "A100-SXM4-40GB",
        "",
    ] {
        for filter in [
            format!("\"{filter}\""),
            format!("[\"0x20B010DE\", \"{filter}\"]"),
        ] {
            // A text without anything is no filter, other than in a list.
            if filter == "\"\"" {
                continue;
            }
            let entry = format!("{{devices: all, mig-enabled: no, device-filter: {filter}}}");
            let (line, _, sentence) = told(&with_entry(&entry));
            assert!(
                sentence.contains("expected a PCI id"),
                "{filter}: {sentence}"
            );
            assert_eq!(line, 4);
        }
    }
    // Each of these is the same model for mig-parted.
    for filter in ["0x20B010DE", "0X20b010de", "0x020B010DE", "548409566"] {
        let entry = format!("{{devices: all, mig-enabled: no, device-filter: \"{filter}\"}}");
        let file = MigPartedFile::parse("f", &with_entry(&entry)).unwrap();
        assert!(
            file.to_yaml().contains("device-filter: \"0x20B010DE\"\n"),
            "{filter}"
        );
    }
}
