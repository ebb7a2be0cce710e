//! What became of the attempt to take GPUs back to what they were.

use core::fmt;

use crate::error::Error;
use crate::placement::GpuInstancePlacement;
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance};
use crate::query::MigModes;

/// What became of taking GPUs back to what they were.
#[derive(Debug, serde::Serialize)]
#[non_exhaustive]
pub struct Rollback {
    /// The GPUs, in the order of the plans.
    pub gpus: Vec<GpuRollback>,
}

/// What became of taking one GPU back to what it was.
#[derive(Debug, serde::Serialize)]
#[non_exhaustive]
pub struct GpuRollback {
    /// UUID of the GPU.
    pub uuid: String,
    /// MIG mode before.
    pub modes_before: MigModes,
    /// MIG mode now; `None` if it can't be read.
    pub modes: Option<MigModes>,
    /// The instances before.
    pub before: Vec<PlacedGpuInstance>,
    /// The instances now.
    pub found: Vec<PlacedGpuInstance>,
    /// Whether [`found`](Self::found) was read back at the end. If NVML refused that, it is what NVML answered to the
    /// calls until then.
    pub read_back: bool,
    /// What was done to take it back, such as `destroy GPU instance 3g.20gb at 4:4`.
    pub done: Vec<String>,
    /// What was tried to take it back and refused.
    pub refused: Vec<RefusedUndo>,
}

/// Something that was tried to take a GPU back, and refused.
#[derive(Debug, serde::Serialize)]
#[non_exhaustive]
pub struct RefusedUndo {
    /// What was tried, such as `create GPU instance 3g.20gb at 4:4`.
    pub action: String,
    /// Why it failed.
    pub error: Error,
}

/// An instance by which a GPU differs from what it was.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// A GPU instance with all that is in it.
    GpuInstance(PlacedGpuInstance),
    /// A compute instance in a GPU instance that there was before and is now.
    ComputeInstance {
        /// Where the GPU instance stands.
        gpu_instance: GpuInstancePlacement,
        /// The compute instance.
        compute_instance: PlacedComputeInstance,
    },
}

impl Rollback {
    /// Whether all GPUs are what they were.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gpus.iter().all(GpuRollback::is_complete)
    }

    /// Whether nothing had to be done.
    pub(super) fn did_nothing(&self) -> bool {
        let nothing = |gpu: &GpuRollback| gpu.done.is_empty() && gpu.refused.is_empty();
        self.is_complete() && self.gpus.iter().all(nothing)
    }
}

impl GpuRollback {
    /// Whether the GPU is what it was: this was read back, and there are the same instances in the same places.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let same_mode = self.modes == Some(self.modes_before);
        self.read_back && same_mode && PlacedGpuInstance::are_same(&self.before, &self.found)
    }

    /// What was there before and is not now.
    #[must_use]
    pub fn lost(&self) -> Vec<Difference> {
        differences(&self.before, &self.found)
    }

    /// What was not there before and is now.
    #[must_use]
    pub fn left(&self) -> Vec<Difference> {
        differences(&self.found, &self.before)
    }
}

/// What `these` have and `those` lack.
fn differences(instances: &[PlacedGpuInstance], others: &[PlacedGpuInstance]) -> Vec<Difference> {
    let of = |instance: &PlacedGpuInstance| {
        let mut others = others.iter();
        match others.find(|other| instance.is_at_place_of(other)) {
            None => vec![Difference::GpuInstance(instance.clone())],
            Some(other) => instance
                .lacking_in(other)
                .map(|compute_instance| Difference::ComputeInstance {
                    gpu_instance: instance.placement,
                    compute_instance: compute_instance.clone(),
                })
                .collect(),
        }
    };
    instances.iter().flat_map(of).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GpuInstance(instance) => instance.fmt(f),
            Self::ComputeInstance {
                gpu_instance,
                compute_instance,
            } => write!(
                f,
                "{compute_instance} in the GPU instance at {gpu_instance}"
            ),
        }
    }
}

/// Such as `rolled back`, or what is not as it was, GPU by GPU.
impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complete() {
            return f.write_str("everything is again as it was");
        }
        let texts: Vec<String> = self.gpus.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join("; "))
    }
}

impl fmt::Display for GpuRollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sentences = Vec::new();
        match self.modes {
            None => sentences.push("its MIG mode can't be read".to_owned()),
            Some(modes) if modes != self.modes_before => {
                let (before, now) = (words(self.modes_before), words(modes));
                sentences.push(format!("MIG mode was {before} and is {now}"));
            }
            Some(_) => {}
        }
        sentences.extend(list("not there any more", &self.lost()));
        sentences.extend(list("still there", &self.left()));
        let refused = self.refused.iter();
        sentences.extend(refused.map(|undo| format!("could not {}: {}", undo.action, undo.error)));
        if !self.read_back {
            sentences.push("what stands there now could not be read back".to_owned());
        }
        if sentences.is_empty() {
            sentences.push("again as it was".to_owned());
        }
        write!(f, "GPU {}: {}", self.uuid, sentences.join("; "))
    }
}

/// Such as `disabled, and enabled after a GPU reset`.
fn words(modes: MigModes) -> String {
    let (current, pending) = (modes.current(), modes.pending());
    if current == pending {
        current.to_string()
    } else {
        format!("{current}, and {pending} after a GPU reset")
    }
}

fn list(what: &str, differences: &[Difference]) -> Option<String> {
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| format!("{what}: {}", texts.join(", ")))
}
