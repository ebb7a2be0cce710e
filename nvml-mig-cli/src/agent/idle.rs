//! What is done while the agent may not change the GPUs, or need not.

use super::names::{PAUSED_CLIENTS, REASON};
use super::node_patch::NodePatch;
use super::seen::Seen;
use super::step::{Notice, Step};

/// Only one program may change the GPUs of a node, and mig-manager knows nothing of this one. Its clients are its own; those
/// that were paused before it came are resumed.
pub(super) fn yield_to(pod: &str, seen: &Seen<'_>) -> Step {
    let text = format!(
        "NVIDIA's mig-manager runs on this node ({pod}): the agent changes nothing; disable it with the label \
         nvidia.com/gpu.deploy.mig-manager=false"
    );
    let mut patch = NodePatch::default();
    patch.set_annotation(REASON, Some(&text));
    patch.resume(&seen.node.written_clients(), seen.node);
    write_or_rest(patch, Notice::warning("MigManagerRuns", text), seen)
}

/// Without a configuration nothing is changed, but a client may have been paused for one.
pub(super) fn without_request(seen: &Seen<'_>) -> Step {
    let clients = seen.paused_clients();
    if clients.is_empty() && seen.node.annotation(PAUSED_CLIENTS).is_none() {
        return Step::Rest { until: None };
    }
    let mut patch = NodePatch::default();
    patch.resume(&clients, seen.node);
    let text = format!("resumed {}", clients.join(", "));
    write_or_rest(patch, Notice::normal("ClientsResumed", text), seen)
}

fn write_or_rest(patch: NodePatch, notice: Notice, seen: &Seen<'_>) -> Step {
    match patch.beyond(seen.node) {
        Some(patch) => Step::Write {
            patch,
            notice: Some(notice),
        },
        None => Step::Rest { until: None },
    }
}
