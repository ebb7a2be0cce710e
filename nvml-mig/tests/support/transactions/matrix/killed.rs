//! A machine and its journals as a process leaves them that is killed in the middle of a change.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::support::transactions::Stage;
use nvml_mig::Nvml;

use super::journal_text::without_last_outcome;
use super::pieces::{Piece, Place, places};

/// A machine at one event of a transaction, as a process that is killed there leaves it.
pub struct Killed {
    machine: Vec<u8>,
    pub journals: Vec<(PathBuf, String)>,
    /// What stands there.
    pub places: BTreeMap<Piece, Place>,
}

impl Killed {
    pub(super) fn at(stage: &Stage) -> Self {
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
pub(super) fn connect(stage: &mut Stage) {
    stage.nvml = Nvml::init_from(stage.simulator.library_path()).unwrap();
    stage.device = stage.nvml.device_by_index(0).unwrap();
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
