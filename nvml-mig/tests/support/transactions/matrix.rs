//! Each incident at each step: of a change that goes on, of one that is stopped or panics, and of one whose process is
//! killed, with the recovery after it, killed or not.
//!
//! What must hold is read off the machine and not off our own report: the target, the original, or an open entry in the
//! journal whose report is exact; and nothing is destroyed that the transaction has neither created nor planned to destroy.

mod change;
pub mod journal_text;
pub mod killed;
pub mod pieces;
mod recovery;

use super::incident::{INCIDENTS, Incident};
use super::scenes::Scene;
use super::{Stage, State, assert_told, state};
use change::{Ends, in_the_middle, planned_to_go};
use killed::kills;
use nvml_mig::apply::{LeftAlone, Rollback};
use recovery::recovered;

/// How many cases were tried, and how many ended with an open entry.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tried {
    pub cases: usize,
    pub open: usize,
}

impl Tried {
    pub fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.open += other.open;
    }
}

/// All of it for one scene.
pub fn all(scene: Scene) -> Tried {
    let mut stage = Stage::shared(scene);
    let target = stage.target();
    let mut tried = Tried::default();
    let steps = stage.plan().lines().len();
    let planned = planned_to_go(&mut stage);
    for incident in INCIDENTS {
        // A boot ends the process too: it comes after a kill.
        if incident == Incident::Reboot {
            continue;
        }
        for step in 1..=steps {
            for ends in [Ends::Not, Ends::Break, Ends::Panic] {
                tried.add(in_the_middle(
                    &mut stage, &target, &planned, incident, step, ends,
                ));
            }
        }
    }
    let kills = kills(&mut stage);
    let original = kills[0].places.clone();
    for killed in kills {
        for incident in INCIDENTS {
            // All that another process can know of an instance is its id, its profile and its placement.
            if incident == Incident::Replaced {
                continue;
            }
            tried.add(recovered(&mut stage, &target, &original, &killed, incident));
        }
    }
    tried
}

/// After the incident has ended, the open entry leads to the original, unless others have changed it.
fn finish(
    stage: &mut Stage,
    target: &State,
    incident: Incident,
    told: Option<&Rollback>,
    what: &str,
) -> bool {
    let mut lock = stage.lock();
    if let Some(rollback) = told.filter(|_| incident.is_foreign() && !lock.is_interrupted()) {
        assert_is_of_others(rollback, what);
        return false;
    }
    let uuid = stage.device.uuid().unwrap();
    assert_eq!(lock.interrupted_gpus().unwrap(), [uuid.as_str()], "{what}");
    let rollback = lock.recover(&stage.nvml, |_| {}).unwrap();
    let found = state(&stage.device);
    if lock.is_interrupted() {
        assert!(incident.is_foreign(), "{what}: {rollback:?}");
        assert_told(&rollback.unwrap(), &found, what);
        assert_ne!(found, stage.original, "{what}");
        assert!(lock.give_up(&uuid).unwrap());
    } else {
        // All steps were done before, or others did what was left to do.
        let is_target = rollback.is_none() && is_complete(&found, target, incident);
        assert!(is_target || found == stage.original, "{what}: {found:?}");
    }
    assert!(!lock.is_interrupted());
    true
}

/// Others made all that is not as before.
fn assert_is_of_others(rollback: &Rollback, what: &str) {
    let gpu = &rollback.gpus[0];
    let theirs = gpu.left_alone.iter().filter_map(|other| match other {
        LeftAlone::Created(other) | LeftAlone::Destroyed(other) => Some(other.clone()),
        _ => None,
    });
    let theirs: Vec<_> = theirs.collect();
    let mut differences = gpu.lost();
    differences.extend(gpu.left());
    let ours = differences.iter().find(|one| !theirs.contains(one));
    assert!(ours.is_none() && gpu.refused.is_empty(), "{what}: {ours:?}");
}

/// Whether the target stands, if others have added nothing else.
fn is_complete(found: &State, target: &State, incident: Incident) -> bool {
    match (found, target) {
        (Some(found), Some(target)) if incident.is_foreign() => target.is_subset(found),
        _ => found == target,
    }
}
