//! State files whose board came from a file, in which every figure is replaced by others: the library refuses them or
//! serves them, and never writes past what a client has room for.

use std::fs;
use std::path::Path;

use nvml_mig_sim::catalogue::find;
use nvml_mig_sim::{GpuSpec, Simulator};
use serde_json::{Value, json};

use super::captures::file_of;
use crate::simulator::damaged::{ask_everything, edges, numbers};
use crate::simulator::nvml::{Nvml, SUCCESS, UNKNOWN};

/// Where the machine has its board.
const BOARD: &str = "/machine/gpus/0/board";

/// A machine with as many instances as fit.
fn full_machine(folder: &Path, state_file: &Path) -> Nvml {
    let board = file_of(find("a30").unwrap(), folder);
    let gpu = GpuSpec::from_board_file(board).unwrap();
    let nvml = Nvml::start(Simulator::builder().gpu(gpu).state_file(state_file));
    for profile in [5, 14, 21] {
        let parent = nvml.create(profile).unwrap();
        while nvml.create_compute(parent, 0).is_ok() {}
    }
    nvml
}

/// Placements of every size and number.
fn placements() -> impl Iterator<Item = Value> {
    let starts = ["0", "1", "0,1", "0,2", "0,1,2,3", "0,1,2,3,4", "4294967295"];
    starts.into_iter().flat_map(|starts| {
        let sizes = [0, 1, 2, 3, 4, 5, u32::MAX];
        sizes.map(|size| json!(format!("{{{starts}}}:{size}")))
    })
}

#[test]
fn figures_of_the_board() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = full_machine(folder.path(), &path);
    assert_eq!(ask_everything(&nvml), SUCCESS);
    let right: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut places = Vec::new();
    numbers(right.pointer(BOARD).unwrap(), BOARD, &mut places);
    let (mut refused, mut served) = (0, 0);
    let mut ask = |place: &str, value: Value| {
        let mut damaged = right.clone();
        *damaged.pointer_mut(place).unwrap() = value;
        let new = folder.path().join("new");
        fs::write(&new, damaged.to_string()).unwrap();
        fs::rename(&new, &path).unwrap();
        match ask_everything(&nvml) {
            SUCCESS => served += 1,
            code => {
                assert_eq!(code, UNKNOWN, "{place}");
                refused += 1;
            }
        }
    };
    for (index, place) in places.iter().enumerate() {
        // A third of the values for each figure: other profiles have the same figures.
        let edges = edges().into_iter().enumerate();
        let chosen = edges.filter(|(number, _)| number % 3 == index % 3);
        chosen.for_each(|(_, edge)| ask(place, edge));
    }
    for profile in 0..5 {
        let whole = format!("{BOARD}/profiles/{profile}/placements");
        placements().for_each(|value| ask(&whole, value));
        let part = format!("{BOARD}/profiles/{profile}/compute_profiles/0/placements");
        placements().for_each(|value| ask(&part, value));
    }
    assert!(places.len() > 100, "{places:?}");
    assert!(refused > 1000 && served > 100, "{refused} {served}");
}
