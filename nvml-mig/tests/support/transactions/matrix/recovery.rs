//! A recovery after a kill and an incident, killed or not.

use std::collections::BTreeMap;
use std::fs;

use crate::support::transactions::incident::Incident;
use crate::support::transactions::{Stage, State, assert_told, state};
use nvml_mig::MachineLock;
use nvml_mig::apply::Rollback;

use super::journal_text::of_another_boot;
use super::killed::{Killed, connect};
use super::pieces::{Piece, Pieces, Place, pieces, places};
use super::{Tried, finish, is_complete};

/// A recovery after a kill and an incident; killed itself at each of its events; and once more when the incident has ended.
pub(super) fn recovered(
    stage: &mut Stage,
    target: &State,
    original: &BTreeMap<Piece, Place>,
    killed: &Killed,
    incident: Incident,
) -> Tried {
    stage.begin();
    killed.put(stage);
    let happened = incident.happen(stage);
    if incident == Incident::Reboot {
        for (path, text) in &killed.journals {
            fs::write(path, of_another_boot(text)).unwrap();
        }
    }
    if !happened {
        incident.end(stage);
        return Tried::default();
    }
    if incident == Incident::OlderDriver {
        connect(stage);
    }
    let stood = places(stage);
    let seen: Pieces = stood.keys().copied().collect();
    let is_readable = !matches!(incident, Incident::NoPrivilege | Incident::Away);
    let is_done = is_readable && is_complete(&state(&stage.device), target, incident);
    let mut within = Vec::new();
    let mut lock = stage.lock();
    let rollback = lock.recover(&stage.nvml, |_| {
        within.push(Killed::at(stage));
    });
    let rollback = rollback.unwrap();
    drop(lock);
    let what = format!("{}: killed, {incident:?}: {rollback:?}", stage.scene);
    let keep = |found: &Pieces| {
        // What stood there at the kill and is new was created by the transaction.
        let created = killed.places.keys();
        let created = created.filter(|piece| !original.contains_key(piece));
        let created: Pieces = created.copied().collect();
        let mut kept = seen.difference(&created);
        let lost = kept.find(|piece| !found.contains(piece));
        assert!(lost.is_none(), "{what}: {lost:?} was destroyed");
    };
    incident.end(stage);
    if incident != Incident::Reboot {
        keep(&pieces(stage));
    }
    let found = pieces(stage);
    // A target that stands is left alone, and what is busy is found before the rest is destroyed.
    if is_done || (incident == Incident::Busy && stage.lock().is_interrupted()) {
        assert!(seen.is_subset(&found), "{what}");
    }
    // Others have partitioned the GPU, otherwise than before.
    let mut made = stood
        .iter()
        .filter(|(piece, _)| !killed.places.contains_key(piece));
    let is_strange = made.any(|(piece, place)| {
        piece.1.is_none() && !original.values().any(|before| before == place)
    });
    if is_strange && matches!(incident, Incident::Made | Incident::MadeEmpty) {
        let mut new = found.difference(&seen);
        assert!(new.all(|(_, inside)| inside.is_some()), "{what}");
    }
    let is_open = settled(stage, target, incident, rollback, &what);
    if matches!(
        incident,
        Incident::Nothing | Incident::Made | Incident::Destroyed
    ) {
        for killed in &within {
            killed.put(stage);
            let rollback = stage.lock().recover(&stage.nvml, |_| {}).unwrap();
            keep(&pieces(stage));
            let what = format!("{what}, killed again: {rollback:?}");
            settled(stage, target, incident, rollback, &what);
        }
    }
    Tried {
        cases: 1 + within.len(),
        open: usize::from(is_open),
    }
}

/// What must hold after a recovery.
fn settled(
    stage: &mut Stage,
    target: &State,
    incident: Incident,
    rollback: Option<Rollback>,
    what: &str,
) -> bool {
    let found = state(&stage.device);
    match rollback {
        None => assert!(is_complete(&found, target, incident), "{what}: {found:?}"),
        Some(rollback) if rollback.is_complete() => assert_eq!(found, stage.original, "{what}"),
        Some(rollback) => {
            // A GPU that can't be read is reported as such.
            if rollback.gpus[0].read_back {
                assert_told(&rollback, &found, what);
            }
            return finish(stage, target, incident, Some(&rollback), what);
        }
    }
    assert!(
        !MachineLock::take_in(stage.folder.path())
            .unwrap()
            .is_interrupted(),
        "{what}"
    );
    false
}
