//! An incident before a step of a change, which goes on, is stopped or panics.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::support::transactions::incident::Incident;
use crate::support::transactions::{Stage, State, assert_names_all, assert_told, state};
use nvml_mig::apply::{Applied, ApplyError};

use super::pieces::{Piece, Pieces, Place, pieces, places};
use super::{Tried, finish};

/// Where a change that succeeds destroys something.
pub(super) fn planned_to_go(stage: &mut Stage) -> BTreeSet<Place> {
    stage.begin();
    let before = places(stage);
    stage
        .apply(stage.plan(), |_| ControlFlow::Continue(()))
        .unwrap();
    let after = pieces(stage);
    let gone = before
        .into_iter()
        .filter(|(piece, _)| !after.contains(piece));
    gone.map(|(_, place)| place).collect()
}

/// How the progress function ends a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Not,
    Break,
    /// As `println!` does when a terminal or a pipe goes away.
    Panic,
}

/// An incident before a step of a change, which then goes on or is ended.
pub(super) fn in_the_middle(
    stage: &mut Stage,
    target: &State,
    planned: &BTreeSet<Place>,
    incident: Incident,
    step: usize,
    ends: Ends,
) -> Tried {
    stage.begin();
    let original = places(stage);
    let is_planned = |piece| {
        let mut place = original.get(piece).into_iter();
        place.any(|place| planned.contains(place))
    };
    let (mut events, mut happened, mut seen) = (0, false, (Pieces::new(), Pieces::new()));
    let mut stood = (BTreeMap::new(), BTreeMap::new());
    let apply = || {
        stage.apply(stage.plan(), |_| {
            events += 1;
            if events != step {
                return ControlFlow::Continue(());
            }
            stood.0 = places(stage);
            happened = incident.happen(stage);
            stood.1 = places(stage);
            seen = (
                stood.0.keys().copied().collect(),
                stood.1.keys().copied().collect(),
            );
            match ends {
                Ends::Not => ControlFlow::Continue(()),
                Ends::Break => ControlFlow::Break(()),
                // Without the message of `panic!`, a hundred thousand times.
                Ends::Panic => resume_unwind(Box::new("the pipe is closed")),
            }
        })
    };
    let outcome = catch_unwind(AssertUnwindSafe(apply)).ok();
    incident.end(stage);
    let what = format!("{}: {incident:?} at {step}, ends: {ends:?}", stage.scene);
    // What the transaction had created when it happened, and what it may destroy beside that.
    let created = seen.0.iter().filter(|piece| !original.contains_key(piece));
    let created: Pieces = created.copied().collect();
    let kept = seen.1.difference(&created);
    let kept = kept.filter(|piece| !is_planned(piece));
    let found = pieces(stage);
    let lost: Vec<&Piece> = kept.filter(|piece| !found.contains(piece)).collect();
    assert!(lost.is_empty(), "{what}: {lost:?} destroyed; {outcome:?}");
    // What others have destroyed is not restored, unless nothing from before is left: then it may have been a reset.
    let is_left = original.keys().any(|piece| found.contains(piece));
    if incident == Incident::Destroyed && !matches!(outcome, Some(Ok(_))) && is_left {
        let theirs = seen.0.difference(&seen.1);
        let theirs = theirs.filter(|(_, inside)| inside.is_none());
        let mut theirs = theirs.filter_map(|piece| original.get(piece));
        let now = places(stage);
        let restored = theirs.find(|place| now.values().any(|now| now == *place));
        assert!(restored.is_none(), "{what}: {restored:?}; {outcome:?}");
    }
    // What is busy is found before the rest is destroyed.
    if incident == Incident::Busy && stage.lock().is_interrupted() {
        let mut kept = seen.1.iter().filter(|piece| !is_planned(piece));
        let lost = kept.find(|piece| !found.contains(piece));
        assert!(lost.is_none(), "{what}: {lost:?} destroyed; {outcome:?}");
    }
    let is_beside_others = incident.is_foreign() && is_restored(stage, &original, &stood);
    let seen = (&seen.1, is_beside_others);
    let is_open = judge(stage, target, incident, outcome, seen, &what);
    if happened {
        Tried {
            cases: 1,
            open: usize::from(is_open),
        }
    } else {
        Tried::default()
    }
}

/// Whether all is as before but for what others did. If nothing from before was left, it may be there again.
fn is_restored(
    stage: &Stage,
    original: &BTreeMap<Piece, Place>,
    (before, after): &(BTreeMap<Piece, Place>, BTreeMap<Piece, Place>),
) -> bool {
    let made = after
        .iter()
        .filter(|(piece, _)| !before.contains_key(piece));
    let made: BTreeSet<Place> = made.map(|(_, place)| *place).collect();
    let is_left = |piece: &Piece| !before.contains_key(piece) || after.contains_key(piece);
    let all: BTreeSet<Place> = original.values().copied().collect();
    // What was in a GPU instance that others destroyed can't come back.
    let left = original.iter();
    let left = left.filter(|(piece, _)| is_left(piece) && is_left(&(piece.0, None)));
    let left: BTreeSet<Place> = left.map(|(_, place)| *place).collect();
    let found: BTreeSet<Place> = places(stage).into_values().collect();
    found == &all | &made || found == &left | &made
}

/// The target, the original, the state when it happened if nothing was changed, or an open entry with an exact report.
fn judge(
    stage: &mut Stage,
    target: &State,
    incident: Incident,
    outcome: Option<Result<Applied, ApplyError>>,
    (seen, is_beside_others): (&Pieces, bool),
    what: &str,
) -> bool {
    let found = state(&stage.device);
    match outcome {
        None if stage.lock().is_interrupted() => {
            return finish(stage, target, incident, None, what);
        }
        None => {
            let is_as_seen = found == stage.original || &pieces(stage) == seen;
            assert!(is_as_seen || is_beside_others, "{what}: {found:?}");
        }
        Some(Ok(applied)) => {
            assert_eq!(&found, target, "{what}");
            assert_names_all(&applied, &stage.device);
        }
        Some(Err(error)) => match &error.rollback {
            None => assert_eq!(&pieces(stage), seen, "{what}: {error}"),
            Some(rollback) if rollback.is_complete() => {
                assert_eq!(found, stage.original, "{what}: {error}");
            }
            Some(rollback) => {
                assert_told(rollback, &found, &format!("{what}: {error}"));
                return finish(stage, target, incident, Some(rollback), what);
            }
        },
    }
    assert!(!stage.lock().is_interrupted(), "{what}");
    false
}
