//! Decisions: what is seen and found, and what is done then.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod busy;
mod doubt;
mod edited;
mod mark;
mod memory;
mod reboot;
mod reboot_command;
mod told;
mod trouble;
mod watches;
mod world;

use std::time::Duration;

use super::names::{FITS_INSTEAD, OUR_STATE, PAUSED, PAUSED_CLIENTS, REASON, STATE};
use super::outcome::Outcome;
use super::seen::PodView;
use super::step::Step;

use world::{PLUGIN_POD, World, busy, change, failed, file, in_place, reset_needed, rests};

#[test]
fn without_a_label_nothing_is_done() {
    let mut world = World::new(|_| ());
    assert_eq!(world.step(), Step::Rest { until: None });
    world.want("");
    assert_eq!(world.step(), Step::Rest { until: None });
}

#[test]
fn clients_are_paused_for_a_change_and_resumed_after_it() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    assert_eq!(world.annotation(PAUSED_CLIENTS), "device-plugin");
    // Somebody chose this, and nobody deploys nsvm.
    assert_eq!(
        world.node.label("nvidia.com/gpu.deploy.dcgm"),
        Some("false")
    );
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), None);
    world.comes_out(in_place());
    assert!(rests(&world.until_other()).is_some());
    assert_eq!((world.state(), world.plugin()), ("success", "true"));
    assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
}

#[test]
fn what_is_in_place_pauses_nobody() {
    let mut world = World::new(|_| ());
    world.want("halves");
    let mut wrote = Vec::new();
    world.comes_out(Outcome::InPlace { plan: None });
    while let Step::Write { patch, .. } = world.step() {
        let patch = patch.to_json(&world.node);
        wrote.push(patch.to_string());
        world.write(&patch);
    }
    assert_eq!(world.state(), "success");
    assert!(!wrote.concat().contains(PAUSED), "{wrote:?}");
}

#[test]
fn a_failure_resumes_too_and_is_tried_again_soon_only_if_it_may_pass() {
    for (before, may_pass) in [
        (None, false),
        (Some(change(false)), false),
        (Some(change(false)), true),
    ] {
        let mut world = World::new(|_| ());
        world.want("halves");
        let is_change = before.is_some();
        if let Some(before) = before {
            world.comes_out(before);
        }
        world.comes_out(failed(may_pass));
        let until = rests(&world.until_other());
        assert_eq!((world.state(), world.plugin()), ("failed", "true"));
        assert_eq!(world.annotation(REASON), "it does not fit");
        assert_eq!(world.annotation(FITS_INSTEAD), "3g.20gb");
        // A GPU that comes may have room for it, but what the driver has refused it would refuse again.
        let is_refused = is_change && !may_pass;
        assert_eq!(until.is_none(), is_refused);
        if let Some(until) = until {
            let is_soon = until < world.now + Duration::from_secs(600);
            assert_eq!(is_soon, may_pass);
            world.now = until;
            assert!(matches!(world.step(), Step::Look(_)));
        }
    }
}

#[test]
fn clients_that_mig_manager_left_paused_are_resumed() {
    let mut world = World::new(|_| ());
    world.label("nvidia.com/gpu.deploy.nvsm", PAUSED);
    world.until_other();
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), Some("true"));
    // Unless it may still be at it.
    world.pods = None;
    world.label("nvidia.com/gpu.deploy.nvsm", PAUSED);
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), Some(PAUSED));
}

#[test]
fn a_client_that_was_switched_off_meanwhile_stays_off() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    world.until_other();
    world.label("nvidia.com/gpu.deploy.device-plugin", "false");
    world.comes_out(in_place());
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("success", "false"));
}

#[test]
fn mig_manager_has_the_node_for_itself() {
    let mut world = World::new(|_| ());
    let mig_manager = PodView {
        name: "nvidia-mig-manager-x".to_owned(),
        app: "nvidia-mig-manager".to_owned(),
    };
    world.pods = Some(vec![mig_manager]);
    world.want("halves");
    world.label("nvidia.com/gpu.deploy.nvsm", PAUSED);
    assert!(matches!(world.until_other(), Step::Rest { until: None }));
    assert!(world.annotation(REASON).contains("nvidia-mig-manager-x"));
    assert_eq!(world.node.label(STATE), None);
    assert_eq!(world.node.label("nvidia.com/gpu.deploy.nvsm"), Some(PAUSED));
    world.pods = Some(Vec::new());
    assert!(matches!(world.until_other(), Step::Look(_)));
}

#[test]
fn the_newest_request_counts() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
    world.want("balanced");
    let Step::Look(order) = world.until_other() else {
        panic!("not looked at");
    };
    assert_eq!(order.request.config, "balanced");
    // It stays paused for the next change.
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    world.file = file("2g.10gb: 3");
    let Step::Look(order) = world.until_other() else {
        panic!("not looked at");
    };
    assert_eq!(order.request.file, world.file);
}

#[test]
fn another_program_that_writes_the_state_gets_its_way() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(Outcome::InPlace { plan: None });
    world.until_other();
    world.label(STATE, "failed");
    let Step::Write {
        notice: Some(notice),
        ..
    } = world.step()
    else {
        panic!("nothing is said");
    };
    assert!(notice.is_warning && notice.text.contains("from success to failed"));
    world.until_other();
    assert_eq!(world.state(), "success");
    world.label(STATE, "failed");
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(
        (world.state(), world.annotation(OUR_STATE)),
        ("failed", "success")
    );
    assert!(world.annotation(REASON).contains("another program"));
}

#[test]
fn what_could_be_made_is_published_when_it_changes() {
    let period = Duration::from_secs(600);
    let mut world = World::new(|policy| policy.fit_period = Some(period));
    assert_eq!(world.until_other(), Step::Fit);
    world.controller.found_fit(Some("[]".to_owned()), world.now);
    let until = rests(&world.until_other()).unwrap();
    assert!(until >= world.now + period);
    assert_eq!(world.annotation("nvml-mig.github.io/fit"), "[]");
    world.now = until;
    assert_eq!(world.until_other(), Step::Fit);
    world.controller.found_fit(Some("[]".to_owned()), world.now);
    // Nothing is new, so nothing is written.
    assert!(matches!(world.step(), Step::Rest { .. }));
    world.want("halves");
    world.comes_out(change(false));
    world.comes_out(in_place());
    assert_eq!(world.until_other(), Step::Fit);
    // What can't be read is not waited for.
    world.controller.found_fit(None, world.now);
    assert!(rests(&world.until_other()).unwrap() >= world.now + period);
}
