//! The text of a rollback report.

use core::fmt;

use super::difference::Difference;
use super::left_alone::LeftAlone;
use super::rollback_report::{GpuRollback, Rollback};

const UNREAD_MIG_UUIDS: &str = "some MIG UUIDs could not be read, and may be others than before";

impl Rollback {
    /// The text of the rollback where `what` was to be restored: `everything`, or `everything else` than what the failure tells.
    pub(super) fn sentence(&self, what: &str) -> String {
        if !self.is_complete() {
            let texts: Vec<String> = self.gpus.iter().map(ToString::to_string).collect();
            return texts.join("; ");
        }
        let mut sentence = self.summary(what);
        let changed = self.gpus.iter().flat_map(|gpu| &gpu.changed_mig_uuids);
        let changed: Vec<String> = changed.map(ToString::to_string).collect();
        if !changed.is_empty() {
            sentence += &format!(", but with other MIG UUIDs: {}", changed.join(", "));
        }
        if !self.gpus.iter().all(|gpu| gpu.mig_uuids_read_back) {
            sentence += &format!(", but {UNREAD_MIG_UUIDS}");
        }
        sentence
    }

    /// Such as `everything was restored, but the new MIG mode of GPU GPU-... stays`.
    fn summary(&self, what: &str) -> String {
        let kept = self.gpus.iter().filter(|gpu| gpu.pending_mode_kept);
        let kept: Vec<String> = kept.map(|gpu| format!("GPU {}", gpu.uuid)).collect();
        match kept.as_slice() {
            [] => format!("{what} was restored"),
            kept => format!(
                "{what} was restored, but the new MIG mode of {} stays",
                kept.join(", ")
            ),
        }
    }
}

/// Prints `everything was restored`, with the UUIDs of MIG devices that changed or could not be read, or, for each GPU, the remaining
/// differences.
impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence("everything"))
    }
}

impl GpuRollback {
    /// The differences from the state before, and what others did.
    fn differences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        match self.modes {
            None => sentences.push("its MIG mode can't be read".to_owned()),
            Some(modes) if self.pending_mode_kept => {
                sentences.push(format!("MIG mode is {}", modes.words()));
            }
            Some(modes) if modes != self.modes_before => {
                let (before, now) = (self.modes_before.words(), modes.words());
                sentences.push(format!("MIG mode was {before} and is {now}"));
            }
            Some(_) => {}
        }
        sentences.extend(list("missing", &self.lost()));
        sentences.extend(list("left over", &self.left()));
        sentences.extend(self.refused_sentences());
        sentences.extend(self.left_alone.iter().map(ToString::to_string));
        sentences.extend(self.changed_mig_uuids.iter().map(ToString::to_string));
        if !self.mig_uuids_read_back {
            sentences.push(UNREAD_MIG_UUIDS.to_owned());
        }
        if !self.read_back {
            sentences.push("its instances could not be read back".to_owned());
        }
        if sentences.is_empty() {
            sentences.push("restored".to_owned());
        }
        sentences
    }

    fn refused_sentences(&self) -> impl Iterator<Item = String> {
        let refused = self.refused.iter();
        refused.map(|undo| format!("could not {}: {}", undo.action, undo.error))
    }

    /// What is left of a change that is done but for it.
    fn temporary_sentences(&self) -> Vec<String> {
        let temporary = self.left_alone.iter().filter_map(|left| match left {
            LeftAlone::Temporary(instance) => Some(format!("temporary {instance}")),
            _ => None,
        });
        let temporary: Vec<String> = temporary.collect();
        let done = format!(
            "the change is done but for {}, which the next run destroys",
            temporary.join(", ")
        );
        let mut sentences = vec![done];
        // Those of the others say the same.
        sentences.extend(self.refused_sentences().next());
        sentences
    }
}

impl fmt::Display for GpuRollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences = if self.done_but_for_temporary {
            self.temporary_sentences()
        } else {
            self.differences()
        };
        write!(f, "GPU {}: {}", self.uuid, sentences.join("; "))
    }
}

fn list(what: &str, differences: &[Difference]) -> Option<String> {
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| format!("{what}: {}", texts.join(", ")))
}
