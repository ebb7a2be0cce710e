//! How mig-parted reads YAML. Each text was given to the parser that it uses (sigs.k8s.io/yaml), and is read as it was there.

use crate::support::chain::chain;
use nvml_mig::mig_parted::{MigPartedErrorKind, MigPartedFile, MigPartedWarningKind};

fn parse(text: &str) -> MigPartedFile {
    MigPartedFile::parse("f", text).unwrap_or_else(|error| panic!("{error}\nof\n{text}"))
}

/// A file with one configuration, which has one entry in flow style.
fn with_entry(entry: &str) -> String {
    format!("version: v1\nmig-configs: {{one: [{{{entry}}}]}}\n")
}

/// The configurations as they are written, without quotes and the first two lines.
fn read(text: &str) -> String {
    let written = parse(text).to_yaml();
    let (_, configs) = written.split_once("mig-configs:\n").unwrap();
    configs.replace(['"', '\''], "")
}

/// The warnings of a file.
fn warnings(text: &str) -> Vec<String> {
    let file = parse(text);
    file.warnings().iter().map(ToString::to_string).collect()
}

const OFF: &str = "devices: all, mig-enabled: false";

#[test]
fn booleans_are_those_of_yaml_1_1() {
    let of = |value: &str| {
        let entry = format!("devices: all, mig-enabled: {value}, mig-devices: {{}}");
        let written = read(&with_entry(&entry));
        written.contains("mig-enabled: true")
    };
    for value in "y Y yes Yes YES true True TRUE on On ON".split(' ') {
        assert!(of(value), "{value}");
    }
    for value in "n N no No NO false False FALSE off Off OFF".split(' ') {
        assert!(!of(value), "{value}");
    }
    assert!(of("!!bool yes"));
    for value in ["\"yes\"", "!!str yes", "yEs", "1", "", "~", "[yes]"] {
        let text = with_entry(&format!("devices: all, mig-enabled: {value}"));
        let error = parse(&text).config("one").unwrap_err();
        assert_eq!(
            error.kind().to_string(),
            "expected true or false, without quotes",
            "{value}"
        );
    }
}

#[test]
fn numbers_are_those_of_yaml_1_1() {
    for (written, number) in [
        ("7", 7),
        ("007", 7),
        ("+7", 7),
        ("0o7", 7),
        ("0x_7", 7),
        ("0b111", 7),
        ("7.0", 7),
        ("7e0", 7),
        ("010", 8),
        ("08", 8),
        ("1_0", 10),
        ("!!int \"3\"", 3),
    ] {
        let text = with_entry(&format!("devices: [{written}], mig-enabled: false"));
        let expected = format!("  one:\n    - devices: [{number}]\n      mig-enabled: false\n");
        assert_eq!(read(&text), expected, "{written}");
    }
    for written in [
        "\"7\"",
        "7.5",
        "-7",
        "0xG",
        "1e99",
        "2021-01-01",
        "99999999999",
        "~",
        "0x",
    ] {
        let text = with_entry(&format!("devices: [{written}], mig-enabled: false"));
        let error = parse(&text).config("one").unwrap_err();
        assert!(
            error.kind().to_string().contains("a whole number"),
            "{written}: {error}"
        );
    }
}

/// mig-parted gives names that are not strings another form: `--config false` means the one that is written as off.
#[test]
fn a_name_without_quotes_is_found_as_it_is_written_and_as_mig_parted_reads_it() {
    for (written, read_as) in [
        ("off", "false"),
        ("1", "1"),
        ("0x10", "16"),
        ("1.10", "1.1"),
    ] {
        let file = parse(&format!(
            "version: v1\nmig-configs: {{{written}: [{{{OFF}}}]}}"
        ));
        assert_eq!(file.names().collect::<Vec<_>>(), [written]);
        assert_eq!(file.config(written).unwrap(), file.config(read_as).unwrap());
    }
    let file = parse(&format!(
        "version: v1\nmig-configs: {{\"off\": [{{{OFF}}}]}}"
    ));
    assert!(file.config("off").is_ok() && file.config("false").is_err());
    // mig-parted's names count first.
    let text = format!("version: v1\nmig-configs: {{off: [{{{OFF}}}], \"off\": []}}");
    let file = parse(&text);
    assert!(file.config("off").is_err() && file.config("false").is_ok());
}

#[test]
fn any_name_is_written_so_that_it_is_read_again() {
    let long = "x".repeat(5000);
    let long = long.as_str();
    for name in [
        "",
        " ",
        "'",
        "\"",
        "a: b # c",
        "\\n",
        "ä",
        "on",
        "\n",
        "\u{2028}\0\t\"\\",
        "\u{feff}",
        "{}",
        long,
    ] {
        let quoted = serde_json::to_string(name).unwrap();
        let text = format!("version: v1\nmig-configs: {{? {quoted} : [{{{OFF}}}]}}");
        let file = parse(&text);
        assert_eq!(file.names().collect::<Vec<_>>(), [name]);
        let written = file.to_yaml();
        let again = parse(&written);
        assert_eq!(again.names().collect::<Vec<_>>(), [name], "{written}");
        assert_eq!(again.to_yaml(), written);
    }
}

#[test]
fn merge_keys_stand_for_the_keys_of_their_values() {
    let text = "version: v1
mig-configs:
  base:
    - &entry
      devices: all
      mig-enabled: true
      mig-devices: &halves {3g.20gb: 2}
  before:
    - <<: *entry
      devices: [1]
  after:
    - devices: [1]
      <<: *entry
  list:
    - <<: [{devices: [2]}, *entry]
  inside:
    - devices: all
      mig-enabled: yes
      mig-devices:
        <<: *halves
        1g.5gb: 1
  alias:
    - *entry
";
    let halves = "      mig-enabled: true\n      mig-devices:\n        3g.20gb: 2\n";
    let entry =
        |name: &str, devices: &str| format!("  {name}:\n    - devices: {devices}\n{halves}");
    let expected = entry("base", "all")
        + &entry("before", "[1]")
        + &entry("after", "all")
        + &entry("list", "[2]")
        + &entry("inside", "all")
        + "        1g.5gb: 1\n"
        + &entry("alias", "all");
    assert_eq!(read(text), expected);

    for value in ["3", "[{}, 3]", "~"] {
        let file = parse(&with_entry(&format!("<<: {value}, {OFF}")));
        let error = file.config("one").unwrap_err();
        let expected = "expected a map or a list of maps to merge";
        assert_eq!(error.kind().to_string(), expected, "{value}");
    }
    // In quotes it is a key as any other.
    let error = parse(&with_entry(&format!("\"<<\": {{}}, {OFF}")));
    let error = error.config("one").unwrap_err();
    assert!(error.to_string().contains("unknown key '<<'"), "{error}");
}

#[test]
fn of_a_repeated_key_the_last_one_counts() {
    let text = format!(
        "version: v0\nversion: v1\nmig-configs:\n  one: [{{devices: [1], {OFF}}}]\n  two: []\n  two: [{{{OFF}}}]\n"
    );
    let entry = "    - devices: all\n      mig-enabled: false\n";
    assert_eq!(read(&text), format!("  one:\n{entry}  two:\n{entry}"));
    assert_eq!(
        warnings(&text),
        [
            "f:2:1: the key version replaces the same key in line 1",
            "f:6:3: the key two replaces the same key in line 5",
        ]
    );
    let counts = with_entry("devices: all, mig-enabled: true, mig-devices: {1g.5gb: 9, 1g.5gb: 7}");
    assert!(read(&counts).contains("1g.5gb: 7"));
}

#[test]
fn the_first_document_counts() {
    let one = with_entry(OFF);
    let expected = "  one:\n    - devices: all\n      mig-enabled: false\n";
    for (text, line) in [
        (one.clone(), None),
        (format!("{one}---\n"), None),
        (format!("{one}...\n"), None),
        (format!("---\n{one}"), None),
        (format!("# comment\n---\n{one}--- # and nothing\n"), None),
        (format!("%YAML 1.1\n---\n{one}"), None),
        (format!("\u{feff}{one}"), None),
        (one.replace('\n', "\r\n"), None),
        (format!("{one}---\nversion: v2\n"), Some(3)),
        // Not even parsed.
        (format!("{one}---\nmig-configs: [\n"), Some(3)),
    ] {
        assert_eq!(read(&text), expected, "{text}");
        let file = parse(&text);
        let found = file.warnings().iter().map(|warning| {
            assert_eq!(warning.kind(), &MigPartedWarningKind::SecondDocument);
            assert_eq!((warning.file(), warning.column()), ("f", 1));
            warning.line()
        });
        assert_eq!(found.collect::<Vec<_>>(), Vec::from_iter(line), "{text}");
    }
    for text in ["", "# nothing\n", "---\n", "~", "---\n---\nversion: v1\n"] {
        let error = MigPartedFile::parse("f", text).unwrap_err();
        assert!(
            matches!(error.kind(), MigPartedErrorKind::Empty),
            "{text:?}: {error}"
        );
    }
    // What follows is no document.
    let error = MigPartedFile::parse("f", &format!("{one}]\n")).unwrap_err();
    assert!(
        matches!(error.kind(), MigPartedErrorKind::Yaml { .. }),
        "{}",
        chain(&error)
    );
}

/// A list without GPUs matches none, and a filter without models all.
#[test]
fn what_is_empty_has_a_meaning() {
    let expected = "  one:\n    - devices: all\n      mig-enabled: false\n";
    for more in [
        "mig-devices: ",
        "mig-devices: ~",
        "mig-devices: {}",
        "device-filter: []",
        "device-filter: \"\"",
        "device-filter: ",
    ] {
        assert_eq!(
            read(&with_entry(&format!("{OFF}, {more}"))),
            expected,
            "{more}"
        );
    }
    let none = read(&with_entry("devices: [], mig-enabled: false"));
    assert_eq!(none, expected.replace("all", "[]"));
}

#[test]
fn json_is_read_too() {
    let text = r#"{"version": "v1", "mig-configs": {"one": [{"devices": [0], "mig-enabled": true,
        "mig-devices": {"1g.5gb": 7}, "device-filter": null}]}}"#;
    let expected = "  one:\n    - devices: [0]\n      mig-enabled: true\n      mig-devices:\n        1g.5gb: 7\n";
    assert_eq!(read(text), expected);
}

#[test]
fn standard_input_is_read_like_a_file() {
    let text = with_entry(OFF);
    let file = MigPartedFile::from_reader("standard input", text.as_bytes()).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["one"]);
    let error = MigPartedFile::from_reader("standard input", &b"\xff"[..]).unwrap_err();
    assert!(
        chain(&error).starts_with("standard input: the file can't be read: "),
        "{error}"
    );
    let endless = MigPartedFile::from_reader("standard input", std::io::repeat(b' ')).unwrap_err();
    assert!(endless.to_string().contains("longer than"), "{endless}");
}
