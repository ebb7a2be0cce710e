//! Each incident at each step: of a change that goes on, of one that is stopped or panics, and of one whose process is
//! killed, with the recovery after it, killed or not.
//!
//! What must hold is read off the machine and not off our own report: the target, the original, or an open entry in the
//! journal whose report is exact; and nothing is destroyed that the transaction has neither created nor planned to destroy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use nvml_mig::apply::{Applied, ApplyError, Rollback};
use nvml_mig::{MachineLock, Nvml};
use serde_json::Value;

use super::incident::{INCIDENTS, Incident};
use super::scenes::Scene;
use super::{Stage, State, assert_names_all, assert_told, state};

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
fn places(stage: &Stage) -> BTreeMap<Piece, Place> {
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

/// A machine at one event of a transaction, as a process that is killed there leaves it.
pub struct Killed {
    machine: Vec<u8>,
    pub journals: Vec<(PathBuf, String)>,
    /// What stands there.
    pub places: BTreeMap<Piece, Place>,
}

impl Killed {
    fn at(stage: &Stage) -> Self {
        let folder = stage.folder.path();
        let mut journals = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "journal")
            {
                journals.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
        Self {
            machine: fs::read(folder.join("state.json")).unwrap(),
            journals,
            places: places(stage),
        }
    }

    /// The same as if the last call had been made, but had not returned: the machine of the next event, and the journal before
    /// the outcome.
    fn within_the_call(after: &Self) -> Self {
        let mut journals = after.journals.clone();
        for (_, text) in &mut journals {
            *text = without_last_outcome(text);
        }
        Self {
            machine: after.machine.clone(),
            journals,
            places: after.places.clone(),
        }
    }

    /// Puts the machine and the journal there again, for a process of its own.
    pub fn put(&self, stage: &mut Stage) {
        let folder = stage.folder.path();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "journal")
            {
                fs::remove_file(path).unwrap();
            }
        }
        let new = folder.join("state.new");
        fs::write(&new, &self.machine).unwrap();
        fs::rename(new, folder.join("state.json")).unwrap();
        for (path, text) in &self.journals {
            fs::write(path, text).unwrap();
        }
        connect(stage);
    }
}

/// Another connection, as a process of its own has.
fn connect(stage: &mut Stage) {
    stage.nvml = Nvml::init_from(stage.simulator.library_path()).unwrap();
    stage.device = stage.nvml.device_by_index(0).unwrap();
}

/// A journal with changed lines and their checksum.
fn changed(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let head: String = lines.iter().map(|line| change(line) + "\n").collect();
    let checksum = crc32(head.as_bytes());
    format!("{head}{{\"checksum\":{checksum}}}\n")
}

/// A journal as it would be found after a boot, which the test can't do.
pub fn of_another_boot(text: &str) -> String {
    changed(text, |line| match line.split_once("\"boot\":\"") {
        None => line.to_owned(),
        Some((before, after)) => format!("{before}\"boot\":\"another {after}"),
    })
}

/// A journal in which the outcome of the last record is unknown.
fn without_last_outcome(text: &str) -> String {
    changed(text, |line| match line.rfind("\"outcome\":") {
        None => line.to_owned(),
        Some(at) => {
            let value = &line[at + 10..];
            let end = if value.starts_with('{') {
                value.find('}').unwrap() + 1
            } else {
                value[1..].find('"').unwrap() + 2
            };
            format!("{}\"outcome\":\"unknown\"{}", &line[..at], &value[end..])
        }
    })
}

/// The checksum of IEEE 802.3, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 * (sum & 1));
        }
    }
    !sum
}

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

/// Where a change that succeeds destroys something.
fn planned_to_go(stage: &mut Stage) -> BTreeSet<Place> {
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
enum Ends {
    Not,
    Break,
    /// As `println!` does when a terminal or a pipe goes away.
    Panic,
}

/// An incident before a step of a change, which then goes on or is ended.
fn in_the_middle(
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
    let apply = || {
        stage.apply(stage.plan(), |_| {
            events += 1;
            if events != step {
                return ControlFlow::Continue(());
            }
            seen.0 = pieces(stage);
            happened = incident.happen(stage);
            seen.1 = pieces(stage);
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
    // What others have destroyed is not restored.
    if incident == Incident::Destroyed && !matches!(outcome, Some(Ok(_))) {
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
    let is_open = judge(stage, target, incident, outcome, &seen.1, &what);
    if happened {
        Tried {
            cases: 1,
            open: usize::from(is_open),
        }
    } else {
        Tried::default()
    }
}

/// The target, the original, the state when it happened if nothing was changed, or an open entry with an exact report.
fn judge(
    stage: &mut Stage,
    target: &State,
    incident: Incident,
    outcome: Option<Result<Applied, ApplyError>>,
    seen: &Pieces,
    what: &str,
) -> bool {
    let found = state(&stage.device);
    match outcome {
        None if stage.lock().is_interrupted() => return finish(stage, target, incident, what),
        None => assert!(found == stage.original || &pieces(stage) == seen, "{what}"),
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
                return finish(stage, target, incident, what);
            }
        },
    }
    assert!(!stage.lock().is_interrupted(), "{what}");
    false
}

/// After the incident has ended, the open entry leads to the original, unless others have changed it.
fn finish(stage: &mut Stage, target: &State, incident: Incident, what: &str) -> bool {
    let mut lock = stage.lock();
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

/// Whether the target stands, if others have added nothing else.
fn is_complete(found: &State, target: &State, incident: Incident) -> bool {
    match (found, target) {
        (Some(found), Some(target)) if incident.is_foreign() => target.is_subset(found),
        _ => found == target,
    }
}

/// The machine at each event of a change, and within each call.
pub fn kills(stage: &mut Stage) -> Vec<Killed> {
    stage.begin();
    let mut kills: Vec<Killed> = Vec::new();
    let applied = stage.apply(stage.plan(), |_| {
        let now = Killed::at(stage);
        if !kills.is_empty() {
            kills.push(Killed::within_the_call(&now));
        }
        kills.push(now);
        ControlFlow::Continue(())
    });
    applied.unwrap();
    kills
}

/// A recovery after a kill and an incident; killed itself at each of its events; and once more when the incident has ended.
fn recovered(
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
            return finish(stage, target, incident, what);
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
