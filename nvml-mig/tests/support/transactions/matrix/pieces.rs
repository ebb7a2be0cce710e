//! What stands on a GPU by the simulator's own record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::transactions::Stage;
use serde_json::Value;

/// An instance, by the number that the simulator never gives to another: of a GPU instance, and of a compute instance in it.
pub type Piece = (u64, Option<u64>);
pub type Pieces = BTreeSet<Piece>;

/// Profile and start of a GPU instance, and of a compute instance in it.
pub type Place = ((u64, u64), Option<(u64, u64)>);

/// What stands on the GPU by the simulator's own record, which an instance created anew in the same place does not deceive.
pub fn pieces(stage: &Stage) -> Pieces {
    places(stage).into_keys().collect()
}

/// The same with where it stands.
pub(super) fn places(stage: &Stage) -> BTreeMap<Piece, Place> {
    let text = fs::read(stage.folder.path().join("state.json")).unwrap();
    let machine: Value = serde_json::from_slice(&text).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let number = |value: &Value, field: &str| value[field].as_u64().unwrap();
    let serial = |value: &Value| number(value, "serial");
    let place = |value: &Value| (number(value, "profile_id"), number(value, "start"));
    let mut places = BTreeMap::new();
    for outer in list(&machine["machine"]["gpus"][0]["gpu_instances"]) {
        places.insert((serial(&outer), None), (place(&outer), None));
        for inside in list(&outer["compute_instances"]) {
            let piece = (serial(&outer), Some(serial(&inside)));
            places.insert(piece, (place(&outer), Some(place(&inside))));
        }
    }
    places
}
