//! Files of impossible boards: each is refused with a sentence that names the figure.

use std::fs;
use std::path::Path;

use nvml_mig_sim::catalogue::find;
use nvml_mig_sim::{GpuSpec, chain};
use serde_json::{Value, json};

use super::captures::file_of;

/// The file of an A100 with one value replaced.
pub(super) fn sentence(folder: &Path, place: &str, value: &Value) -> String {
    let path = file_of(find("a100-sxm4-40gb").unwrap(), folder);
    let mut board: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let (parent, field) = place.rsplit_once('/').unwrap();
    let parent = board.pointer_mut(parent).unwrap();
    match field.parse::<usize>() {
        Ok(index) => parent[index] = value.clone(),
        Err(_) => parent[field] = value.clone(),
    }
    fs::write(&path, board.to_string()).unwrap();
    chain(&GpuSpec::from_board_file(&path).unwrap_err())
}

/// Impossible figures; the sentence after `can't be simulated: `.
#[test]
fn figures() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(96);
    let path = folder.path().join("a100-sxm4-40gb.json");
    let head = format!("the board in {} can't be simulated: ", path.display());
    let cases = [
        (
            "/name",
            json!(""),
            "name is not 1 to 95 printable ASCII characters",
        ),
        (
            "/name",
            json!(long),
            "name is not 1 to 95 printable ASCII characters",
        ),
        (
            "/name",
            json!("A\u{1b}[31m"),
            "name is not 1 to 95 printable ASCII characters",
        ),
        (
            "/name",
            json!("x".repeat(90)),
            "profiles[0] (MIG 1g.5gb): compute_profiles[0] (MIG 1g.5gb): name and the board's name together exceed 95 characters",
        ),
        (
            "/pci_id",
            json!("1002:20b0"),
            "pci_id is not one of NVIDIA, 10de",
        ),
        (
            "/memory_mib",
            json!(0),
            "memory_mib is 0 and must be from 1 to 16777216",
        ),
        (
            "/memory_mib",
            json!(u64::MAX),
            "memory_mib is 18446744073709551615 and must be from 1 to 16777216",
        ),
        (
            "/bar1_mib",
            json!(1_u64 << 60),
            "bar1_mib is 1152921504606846976 and must be from 0 to 16777216",
        ),
        (
            "/memory_slices",
            json!(7),
            "memory_slices is 7 and must be 0, 4, 8 or 12",
        ),
        (
            "/memory_slices",
            json!(0),
            "memory_slices is 0, but the board has profiles",
        ),
        (
            "/memory_slices",
            json!(12),
            "profiles[0] (MIG 1g.5gb): slices is 1 and must be from 1 to 0",
        ),
        (
            "/max_mig_devices",
            json!(6),
            "max_mig_devices is 6 and must be from 7 to 4096",
        ),
        (
            "/max_mig_devices",
            json!(4097),
            "max_mig_devices is 4097 and must be from 7 to 4096",
        ),
        (
            "/profiles",
            json!([]),
            "profiles is empty, but the board has memory slices",
        ),
        (
            "/evidence/driver",
            json!(""),
            "evidence.driver is not 1 to 1000 printable ASCII characters",
        ),
        (
            "/evidence/nvml",
            json!("\n"),
            "evidence.nvml is not 1 to 1000 printable ASCII characters",
        ),
        (
            "/evidence/captured_by",
            json!(""),
            "evidence.captured_by is not 1 to 1000 printable ASCII characters",
        ),
        (
            "/evidence/derived",
            json!([{"figure": "", "source": "x"}]),
            "evidence.derived is not 1 to 1000 printable ASCII characters",
        ),
        (
            "/evidence/field_values/0/field",
            json!("\u{7f}"),
            "evidence.field_values is not 1 to 1000 printable ASCII characters",
        ),
    ];
    for (place, value, expected) in cases {
        let found = sentence(folder.path(), place, &value);
        assert_eq!(found, format!("{head}{expected}"), "{place}");
    }
}

/// Impossible figures of the third profile, 1g.10gb, and of compute instance profiles.
#[test]
fn figures_of_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let profile = "profiles[3] (MIG 2g.10gb): ";
    let inside = "profiles[3] (MIG 2g.10gb): compute_profiles[0] (MIG 1c.2g.10gb): ";
    let cases = [
        (
            "name",
            json!(""),
            "profiles[3] (): name is not 1 to 95 printable ASCII characters",
        ),
        (
            "profile",
            json!(18),
            "profile is 18 and must be from 0 to 17",
        ),
        ("profile", json!(0), "two profiles have the same profile"),
        ("id", json!(19), "two profiles have the same id"),
        ("slices", json!(0), "slices is 0 and must be from 1 to 2"),
        ("slices", json!(3), "slices is 3 and must be from 1 to 2"),
        (
            "instances",
            json!(0),
            "instances is 0 and must be from 1 to 4096",
        ),
        (
            "instances",
            json!(2),
            "MIG 2g.10gb: instances is 2, but 3 fit on an empty GPU",
        ),
        (
            "multiprocessors",
            json!(0),
            "multiprocessors is 0 and must be from 1 to 4096",
        ),
        (
            "memory_mib",
            json!(40961),
            "memory_mib is 40961 and must be from 1 to 40960",
        ),
        (
            "engines/copy",
            json!(5000),
            "engines.copy is 5000 and must be from 0 to 4096",
        ),
        (
            "engines/decoder",
            json!(5000),
            "engines.decoder is 5000 and must be from 0 to 4096",
        ),
        (
            "engines/encoder",
            json!(5000),
            "engines.encoder is 5000 and must be from 0 to 4096",
        ),
        (
            "engines/jpeg",
            json!(5000),
            "engines.jpeg is 5000 and must be from 0 to 4096",
        ),
        (
            "engines/ofa",
            json!(5000),
            "engines.ofa is 5000 and must be from 0 to 4096",
        ),
        (
            "placements",
            json!("{0,2,4}:0"),
            "placements {0,2,4}:0 are not ascending, or not within 8 slices",
        ),
        (
            "placements",
            json!("{0,2,7}:2"),
            "placements {0,2,7}:2 are not ascending, or not within 8 slices",
        ),
        (
            "placements",
            json!("{2,0,4}:2"),
            "placements {2,0,4}:2 are not ascending, or not within 8 slices",
        ),
        (
            "placements",
            json!("{4294967295}:2"),
            "placements {4294967295}:2 are not ascending, or not within 8 slices",
        ),
        (
            "placements",
            json!("{0,2}:2"),
            "MIG 2g.10gb: placements {0,2}:2 are not those of a GPU with 8 memory slices, {0,2,4}:2",
        ),
        (
            "placements",
            json!("{0}:5"),
            "MIG 2g.10gb: placements {0}:5 are not those of a GPU with 8 memory slices, {}:5",
        ),
        ("compute_profiles", json!([]), "compute_profiles is empty"),
        (
            "compute_profiles/0/name",
            json!("\u{e9}"),
            "profiles[3] (MIG 2g.10gb): compute_profiles[0] (é): name is not 1 to 95 printable ASCII characters",
        ),
        (
            "compute_profiles/0/profile",
            json!(9),
            "profile is 9 and must be from 0 to 8",
        ),
        (
            "compute_profiles/0/profile",
            json!(1),
            "two compute_profiles have the same profile",
        ),
        (
            "compute_profiles/0/id",
            json!(1),
            "two compute_profiles have the same id",
        ),
        (
            "compute_profiles/0/slices",
            json!(0),
            "slices is 0 and must be from 1 to 2",
        ),
        (
            "compute_profiles/0/instances",
            json!(1),
            "instances is 1 and must be from 2 to 4096",
        ),
        (
            "compute_profiles/0/multiprocessors",
            json!(0),
            "multiprocessors is 0 and must be from 1 to 4096",
        ),
        (
            "compute_profiles/0/placements",
            json!("{0,2}:1"),
            "placements {0,2}:1 are not ascending, or not within 2 slices",
        ),
        (
            "compute_profiles/0/placements",
            json!("{0,0}:1"),
            "placements {0,0}:1 are not ascending, or not within 2 slices",
        ),
    ];
    for (field, value, expected) in cases {
        let found = sentence(folder.path(), &format!("/profiles/3/{field}"), &value);
        let (_, found) = found.split_once("can't be simulated: ").unwrap();
        let part = match field.strip_prefix("compute_profiles/0/") {
            Some(_) if !expected.starts_with("two ") => inside,
            _ => profile,
        };
        let short = found.strip_prefix(part).unwrap_or(found);
        assert!([found, short].contains(&expected), "{field}: {found}");
    }
}
