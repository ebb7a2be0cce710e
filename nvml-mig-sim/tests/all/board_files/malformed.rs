//! Files that do not contain a board: each is refused with a sentence that says why.

use std::fs;

use nvml_mig_sim::{GpuSpec, chain};
use serde_json::json;

use super::flaws::sentence;

/// Fields of another type, and fields that are missing or unknown; the sentence ends with line and column.
#[test]
fn fields() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("/new", json!(1), "unknown field `new`"),
        ("/architecture", json!("Rubin"), "unknown variant `Rubin`"),
        (
            "/compute_capability",
            json!("8"),
            "`8` is not a compute capability such as 8.0",
        ),
        (
            "/compute_capability",
            json!("8.256"),
            "`8.256` is not a compute capability such as 8.0",
        ),
        (
            "/pci_id",
            json!("10de:+0b0"),
            "`10de:+0b0` is not a PCI ID such as 10de:20b7",
        ),
        (
            "/pci_id",
            json!("0x10de20b0"),
            "`0x10de20b0` is not a PCI ID such as 10de:20b7",
        ),
        (
            "/memory_mib",
            json!(-1),
            "invalid value: integer `-1`, expected u64",
        ),
        ("/profiles/0", json!({}), "missing field `name`"),
        ("/profiles/0/new", json!(1), "unknown field `new`"),
        (
            "/profiles/0/p2p",
            json!(0),
            "invalid type: integer `0`, expected a boolean",
        ),
        (
            "/profiles/0/graphics",
            json!(null),
            "invalid type: null, expected a boolean",
        ),
        (
            "/profiles/0/placements",
            json!("{}:1"),
            "`{}:1` are not placements such as {0,2,4}:2",
        ),
        (
            "/profiles/0/placements",
            json!([0]),
            "invalid type: sequence, expected a string",
        ),
        ("/profiles/0/engines/new", json!(1), "unknown field `new`"),
        (
            "/profiles/0/compute_profiles_from",
            json!("hearsay"),
            "unknown variant `hearsay`",
        ),
        (
            "/profiles/0/compute_profiles/0/new",
            json!(1),
            "unknown field `new`",
        ),
        ("/evidence/new", json!(1), "unknown field `new`"),
        (
            "/evidence/simulated",
            json!("no"),
            "invalid type: string \"no\", expected a boolean",
        ),
        (
            "/evidence/profile_versions",
            json!(3),
            "invalid type: integer `3`, expected a sequence",
        ),
        (
            "/evidence/pci_subsystem_id",
            json!(""),
            "`` is not a PCI ID such as 10de:20b7",
        ),
        (
            "/evidence/field_values/0/value",
            json!(-1),
            "invalid value: integer `-1`, expected u64",
        ),
    ];
    let path = folder.path().join("a100-sxm4-40gb.json");
    for (place, value, expected) in cases {
        let found = sentence(folder.path(), place, &value);
        let head = format!("{} does not contain a board: {expected}", path.display());
        assert!(found.starts_with(&head), "{place}: {found}");
        assert!(found.contains(" at line 1 column "), "{found}");
    }
    let found = sentence(folder.path(), "/format", &json!(2));
    let other = "contains a board in format 2, but this version reads format 1; use the version that wrote it";
    assert_eq!(found, format!("{} {other}", path.display()));
}

/// What a stranger wrote is shown, but neither page after page of it nor what a terminal would carry out.
#[test]
fn an_error_is_one_short_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.json");
    let long = "x".repeat(20_000);
    let starts = format!("{{{}0}}:1", "0,".repeat(20_000));
    let cases = [
        ("", format!("{{\"format\":1,\"{long}\":1}}")),
        ("", "{\"format\":1,\"\\u001b[2J\\n\":1}".to_owned()),
        ("/name", long.clone()),
        ("/architecture", long.clone()),
        ("/compute_capability", long.clone()),
        ("/pci_id", format!("{long}:\n")),
        ("/profiles/0/name", format!("{long}\n")),
        ("/profiles/0/placements", long.clone()),
        ("/profiles/0/placements", starts),
        ("/profiles/0/compute_profiles/0/name", format!("{long}\n")),
    ];
    for (place, text) in cases {
        let found = if place.is_empty() {
            fs::write(&path, text).unwrap();
            chain(&GpuSpec::from_board_file(&path).unwrap_err())
        } else {
            sentence(folder.path(), place, &json!(text))
        };
        assert!(found.len() < 3000, "{place}: {} bytes", found.len());
        assert!(!found.contains(char::is_control), "{place}: {found:?}");
    }
}

/// Files that are something else.
#[test]
fn other_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.json");
    let sentence = || chain(&GpuSpec::from_board_file(&path).unwrap_err());
    let unreadable = format!("the board file {} can't be read: ", path.display());
    assert!(
        sentence().starts_with(&format!("{unreadable}No such file")),
        "{}",
        sentence()
    );
    fs::write(&path, vec![b' '; (1 << 20) + 1]).unwrap();
    assert_eq!(
        sentence(),
        format!("{unreadable}it is larger than 1048576 bytes")
    );
    fs::write(&path, "{\"format\":1,").unwrap();
    assert!(
        sentence().contains("does not contain a board: EOF while parsing"),
        "{}",
        sentence()
    );
}
