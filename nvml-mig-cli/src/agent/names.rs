//! The labels and annotations of a node: NVIDIA's and ours.

/// The label that names the configuration.
pub(super) const CONFIG: &str = "nvidia.com/mig.config";
/// The label of the state, as mig-manager writes it.
pub(super) const STATE: &str = "nvidia.com/mig.config.state";
/// The labels by which NVIDIA's GPU operator runs its clients begin so.
pub(super) const DEPLOY: &str = "nvidia.com/gpu.deploy.";
/// The value of such a label while a change is made, as mig-manager writes it.
pub(super) const PAUSED: &str = "paused-for-mig-change";
/// The value of such a label at other times.
pub(super) const RUNNING: &str = "true";

/// The label of a node on which something is to be finished or taken back: by it the agent stays there, or comes back, although
/// nothing is wanted any more.
pub(super) const UNFINISHED: &str = "nvml-mig.github.io/unfinished";
/// What the agent wrote into the state label last. If the label differs, another program wrote it.
pub(super) const OUR_STATE: &str = "nvml-mig.github.io/state";
/// The configuration that the state is about.
pub(super) const OUR_CONFIG: &str = "nvml-mig.github.io/config";
/// The layout that the state is about: the configuration, and a checksum of what the file says of it.
pub(super) const LAYOUT: &str = "nvml-mig.github.io/layout";
/// The same of the layout, and the UUIDs of the GPUs that have had it since it was wanted; without UUIDs, all have.
pub(super) const APPLIED: &str = "nvml-mig.github.io/applied";
/// The reason for the state, in a sentence.
pub(super) const REASON: &str = "nvml-mig.github.io/reason";
/// The steps that are carried out, or were last.
pub(super) const PLAN: &str = "nvml-mig.github.io/plan";
/// Who uses what has to be changed.
pub(super) const BUSY: &str = "nvml-mig.github.io/busy";
/// The part of the layout that would fit.
pub(super) const FITS_INSTEAD: &str = "nvml-mig.github.io/fits-instead";
/// The clients that the agent has paused.
pub(super) const PAUSED_CLIENTS: &str = "nvml-mig.github.io/paused-clients";
/// The layout that waits for a reboot, and the boot in which it was found to.
pub(super) const REBOOT: &str = "nvml-mig.github.io/reboot";
/// The annotation with which the agent has asked for a reboot. It is written down, since the site may choose another one.
pub(super) const REBOOT_ASKED: &str = "nvml-mig.github.io/reboot-asked-by";
/// What could still be made on the GPUs.
pub(super) const FIT: &str = "nvml-mig.github.io/fit";
