//! What is done while the agent may not change the GPUs, or need not.

use super::names::{BUSY, FITS_INSTEAD, OUR_CONFIG, OUR_STATE, PLAN, REASON, STATE};
use super::node_patch::NodePatch;
use super::node_view::NodeView;
use super::policy::Policy;
use super::report::Report;
use super::request::forget;
use super::seen::Seen;
use super::state::State;
use super::step::{Notice, Step};

/// Only one program may change the GPUs of a node, and mig-manager knows nothing of this one. Its clients are its own; those
/// that were paused before it came are resumed, unless there is a doubt about what they would find.
pub(super) fn yield_to(pod: &str, seen: &Seen<'_>, doubt: Option<&str>, policy: &Policy) -> Step {
    let doubt = doubt.filter(|_| !seen.node.written_clients().is_empty());
    let stays = doubt.map(|doubt| format!(", and the clients that it paused stay so ({doubt})"));
    let text = format!(
        "NVIDIA's mig-manager runs on this node ({pod}): the agent changes nothing{}; disable it with the label \
         nvidia.com/gpu.deploy.mig-manager=false",
        stays.unwrap_or_default()
    );
    let mut patch = NodePatch::default();
    patch.set_annotation(REASON, Some(&text));
    if doubt.is_none() {
        patch.resume(&seen.node.written_clients(), seen.node);
    }
    patch.take_reboot_back(policy.asks_with(), seen.node);
    // What mig-manager makes of the GPUs is not known.
    forget(&mut patch);
    write_or_rest(patch, Notice::warning("MigManagerRuns", text), seen)
}

/// Without a configuration nothing is changed, but a client may have been paused for one, or a reboot may have been asked for.
pub(super) fn without_request(seen: &Seen<'_>, policy: &Policy) -> Step {
    let clients = seen.paused_clients();
    let mut patch = NodePatch::default();
    patch.resume(&clients, seen.node);
    take_back(&mut patch, seen.node, policy);
    let notice = if clients.is_empty() {
        Notice::normal("MigNotWanted", "no configuration is wanted any more")
    } else {
        Notice::normal("ClientsResumed", format!("resumed {}", clients.join(", ")))
    };
    write_or_rest(patch, notice, seen)
}

/// Takes back a state that nothing would end, and the reboot that was asked for. Whatever is wanted next is wanted anew.
pub(super) fn take_back(patch: &mut NodePatch, node: &NodeView, policy: &Policy) {
    forget(patch);
    patch.take_reboot_back(policy.asks_with(), node);
    let state = node.annotation(OUR_STATE);
    if !State::OPEN.iter().any(|it| state == Some(it.name())) {
        return;
    }
    if node.label(STATE) == state {
        patch.remove_label(STATE);
    }
    for annotation in [OUR_STATE, OUR_CONFIG, REASON, PLAN, BUSY, FITS_INSTEAD] {
        patch.set_annotation(annotation, None);
    }
}

/// As long as a watch fails, nothing is changed, but nobody waits for that. A state that is about the same configuration stays,
/// unless that was set anew.
pub(super) fn wait_for_watches(
    config: &str,
    reason: String,
    is_set_anew: bool,
    seen: &Seen<'_>,
    policy: &Policy,
) -> (NodePatch, Notice) {
    let notice = Notice::warning("MigWatchFails", format!("{config}: {reason}"));
    let mut patch = NodePatch::default();
    if seen.node.annotation(OUR_CONFIG) == Some(config) && !is_set_anew {
        patch.set_annotation(REASON, Some(&reason));
    } else {
        patch = Report::new(State::Pending, reason).patch(config, seen.node, policy);
    }
    if is_set_anew {
        forget(&mut patch);
    }
    patch.resume(&seen.paused_clients(), seen.node);
    (patch, notice)
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
