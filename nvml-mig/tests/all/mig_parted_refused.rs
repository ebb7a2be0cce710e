//! Files of mig-parted that are wrong: one sentence says what, where, and what to do.

use crate::support::chain::chain;
use nvml_mig::mig_parted::{MigPartedError, MigPartedErrorKind, MigPartedFile};

/// A file whose fourth line begins an entry with this text.
fn with_entry(entry: &str) -> String {
    format!("version: v1\nmig-configs:\n  one:\n    - {entry}")
}

/// The error of the file or of the configuration named one.
fn refused(text: &str) -> MigPartedError {
    match MigPartedFile::parse("f", text) {
        Ok(file) => file.config("one").unwrap_err(),
        Err(error) => error,
    }
}

/// The position of the error and its sentence.
fn told(text: &str) -> (usize, usize, String) {
    let error = refused(text);
    assert!(error.to_string().starts_with("f:"), "{error}");
    let place = error.line().zip(error.column());
    let (line, column) = place.unwrap_or_else(|| panic!("{error}"));
    (line, column, chain(error.kind()))
}

fn assert_told(text: &str, place: (usize, usize), sentence: &str) {
    let (line, column, found) = told(text);
    assert!(found.contains(sentence), "{found}\nof\n{text}");
    assert_eq!((line, column), place, "{found}\nof\n{text}");
}

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

#[test]
fn one_bad_configuration_does_not_make_the_others_unusable() {
    let text = "version: v1
mig-configs:
  good:
    - devices: all
      mig-enabled: false
  bad:
    - devices: all
      mig-enabled: maybe
  worse: 3
";
    let file = MigPartedFile::parse("f", text).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["good", "bad", "worse"]);
    assert_eq!(file.config("good").unwrap().name(), "good");
    let error = file.config("bad").unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(8), Some(20)));
    assert_eq!(file.config("worse").unwrap_err().line(), Some(9));
    let warnings: Vec<String> = file.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "f:8:20: the configuration 'bad' can't be used: expected true or false, without quotes",
            "f:9:10: the configuration 'worse' can't be used: expected a list of entries",
        ]
    );
    assert!(!file.to_yaml().contains("bad"), "{}", file.to_yaml());
    assert_eq!(file, file.clone());
}

#[test]
fn a_mistyped_name_gets_the_nearest_right_one() {
    let entry = "[{devices: all, mig-enabled: false}]";
    let text = format!("version: v1\nmig-configs: {{all-1g.5gb: {entry}, all-disabled: {entry}}}");
    let file = MigPartedFile::parse("f", &text).unwrap();
    let error = file.config("all-disable").unwrap_err().to_string();
    let expected = "f: the file has no configuration 'all-disable'; did you mean all-disabled? It has all-1g.5gb, all-disabled";
    assert_eq!(error, expected);
}

/// The text of a `ConfigMap` with this data.
fn config_map(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mig\ndata:\n{data}")
}

/// A mig-parted file, each line behind these columns. The last line is wrong.
fn indented(columns: usize) -> String {
    let lines = [
        "version: v1",
        "mig-configs:",
        "  good:",
        "    - devices: all",
        "      mig-enabled: false",
        "  one:",
        "    - devices: all",
        "      mig-enabled: maybe",
    ];
    lines
        .map(|line| format!("{}{line}\n", " ".repeat(columns)))
        .concat()
}

/// `kubectl get configmap -o yaml` prints such a text, and `-o json` the same as JSON.
#[test]
fn the_file_in_a_config_map_is_read_and_its_errors_have_the_places_of_the_whole() {
    let block = |header: &str, columns| {
        config_map(&format!("  config.yaml: {header}\n{}", indented(columns)))
    };
    let json = indented(0).replace('\n', "\\n");
    let json = format!(
        "{{\"apiVersion\": \"v1\",\n\"kind\": \"ConfigMap\",\n\"data\": {{\"config.yaml\": \"{json}\"}}}}"
    );
    let other = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: mig}\n---\n";
    let in_list = config_map("  config.yaml: |\n").replace('\n', "\n    ");
    let list = |kind: &str| {
        let other = "apiVersion: v1\nitems:\n  - kind: Secret\n";
        format!(
            "{other}  - {}\n{}kind: {kind}\n",
            in_list.trim_end(),
            indented(8)
        )
    };
    let untyped = list("ConfigMapList").replace("    kind: ConfigMap\n", "    immutable: true\n");
    assert!(untyped.contains("immutable"), "{untyped}");
    for (text, place) in [
        (list("List"), (17, 28)),
        (untyped, (17, 28)),
        (block("|", 4), (14, 24)),
        (block("|-", 6), (14, 26)),
        (block("|2", 4), (14, 24)),
        (block("|\n\n\n", 4), (17, 24)),
        (block("|", 4).replace('\n', "\r\n"), (14, 24)),
        (
            config_map("  note: none\n  config.yaml: |\n") + &indented(4),
            (15, 24),
        ),
        (other.to_owned() + &block("|", 4), (19, 24)),
        (block("|", 4) + other, (14, 24)),
        // The lines of a string are not those of the file.
        (json, (3, 25)),
    ] {
        let file =
            MigPartedFile::parse("f", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(file.config("good").is_ok());
        assert_told(&text, place, "true or false");
        let warning = file.warnings()[0].to_string();
        let expected = "this is a Kubernetes ConfigMap, of which config.yaml is read";
        assert!(warning.ends_with(expected), "{warning}");
    }
}

#[test]
fn a_manifest_without_the_file_or_with_several() {
    let file = |name: &str| format!("  {name}: |\n{}", indented(4));
    let none = "a Kubernetes manifest, which has a mig-parted file in none of its documents";
    for text in [
        config_map("  clients.yaml: |\n    version: v1\n    systemd-services: []\n"),
        config_map("  {}\n").replace("ConfigMap", "Secret"),
        config_map(&file("config.yaml")).replace("ConfigMap", "Secret"),
        "apiVersion: v1\nkind: ConfigMap\n".to_owned(),
        "apiVersion: v1\nkind: ConfigMap\ndata: [mig-configs]\n".to_owned(),
    ] {
        assert_told(&text, (1, 1), none);
    }
    let several = config_map(&(file("a.yaml") + &file("b.yaml")));
    assert_told(
        &several,
        (1, 1),
        "in several places (mig/a.yaml, mig/b.yaml); write one of them to a file of its own",
    );
    let broken = config_map("  config.yaml: |\n    mig-configs: [\n    version: v1\n");
    assert!(matches!(
        refused(&broken).kind(),
        MigPartedErrorKind::Yaml { .. }
    ));
}

/// In a thread with a small stack: a parser that recurses would abort the process.
#[test]
fn nested_texts_are_refused_before_they_are_parsed() {
    let block: String = (0..=32).map(|depth| " ".repeat(depth) + "a:\n").collect();
    let texts = [
        "- ".repeat(20_000),
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "version: v1\nmig-configs: ".to_owned() + &"- ".repeat(5_000) + "x",
        (0..3_000).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        (0..60)
            .map(|level| format!("a{level}: &a{level} [*b, *b, *b]\n"))
            .collect(),
        "a: ".to_owned() + &"x".repeat(5 << 20),
        "&a [*a]".to_owned(),
        "a: &a {<<: *a}".to_owned(),
        block + &" ".repeat(32) + &"- ".repeat(12) + &"[".repeat(12),
        "[".repeat(12),
        config_map(&format!(
            "  config.yaml: 'mig-configs: {}'\n",
            "[".repeat(50_000)
        )),
    ];
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let parse = move || {
        for text in texts {
            let error = MigPartedFile::parse("config.yaml", &text).unwrap_err();
            assert!(
                matches!(error.kind(), MigPartedErrorKind::Yaml { .. }),
                "{error}"
            );
            assert!(error.to_string().len() < 120, "{error}");
        }
    };
    small.spawn(parse).unwrap().join().unwrap();
}

/// As deep as the limits allow, on a stack of 256 KiB: merges of merges, and a key at the bottom.
#[test]
fn the_deepest_text_that_is_parsed_fits_a_small_stack() {
    let merges: String = "{<<: ".repeat(12) + "{}" + &"}".repeat(12);
    let maps: String = "{a: ".repeat(13) + "{mig-configs: 1}" + &"}".repeat(13);
    let texts = [
        (with_entry(&merges), "devices is missing"),
        (
            format!("version: v1\nspec: {maps}"),
            "belongs at the top of the file",
        ),
        (
            "[".repeat(12) + &"]".repeat(12),
            "the keys version and mig-configs",
        ),
    ];
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let parse = move || {
        for (text, sentence) in texts {
            let error = refused(&text).to_string();
            assert!(error.contains(sentence), "{error}");
        }
    };
    small.spawn(parse).unwrap().join().unwrap();
}
