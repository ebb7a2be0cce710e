//! Reboots that are asked for.

use super::{World, change, failed, file, in_place, reset_needed, rests};

use crate::agent::layout_file::LayoutFile;
use crate::agent::names::{CONFIG, OUR_STATE, REBOOT, REBOOT_ASKED, STATE};
use crate::agent::seen::PodView;
use crate::agent::step::Step;
use crate::arguments::RebootPolicy;

/// A node whose wanted layout needs a GPU reset, of which it is not told yet.
pub(super) fn needs_reset(policy: RebootPolicy) -> World {
    let mut world = World::new(|choice| choice.reboot = policy);
    world.want("halves");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    world
}

impl World {
    /// A node that the agent has rebooted, and MIG mode is still not as wanted.
    fn rebooted_in_vain() -> Self {
        let mut world = needs_reset(RebootPolicy::Own);
        assert_eq!(world.until_other(), Step::Reboot);
        world.policy.boot = "boot-2".to_owned();
        world.restart();
        world.comes_out(change(true));
        world.comes_out(reset_needed());
        world.until_other();
        assert_eq!(world.state(), "failed");
        world
    }
}

/// The note about the present layout.
pub(super) fn noted(world: &World) -> String {
    let layout = world.file.as_ref().unwrap().layout("halves").unwrap();
    format!("{layout}@boot-1")
}

#[test]
fn a_reboot_is_asked_for_by_policy() {
    for (policy, state, asked) in [
        (RebootPolicy::None, "failed", None),
        (RebootPolicy::Annotation, "rebooting", Some("true")),
        (RebootPolicy::Own, "rebooting", None),
    ] {
        let mut world = needs_reset(policy);
        let step = world.until_other();
        assert_eq!(step == Step::Reboot, policy == RebootPolicy::Own);
        assert_eq!((world.state(), world.plugin()), (state, "true"));
        assert_eq!(world.node.annotation("example.com/reboot"), asked);
        if policy == RebootPolicy::None {
            continue;
        }
        assert_eq!(world.annotation(REBOOT), noted(&world));
        assert!(rests(&world.until_other()).is_some());
        // A restart of the agent is no reboot: nothing is tried, and nobody is paused.
        world.restart();
        world.comes_out(change(true));
        world.until_other();
        assert_eq!((world.state(), world.plugin()), (state, "true"));
        // After the reboot it succeeds.
        world.policy.boot = "boot-2".to_owned();
        world.restart();
        world.comes_out(change(false));
        world.comes_out(in_place());
        world.until_other();
        assert_eq!(world.state(), "success");
        assert_eq!(world.node.annotation("example.com/reboot"), None);
        assert_eq!(world.node.annotation(REBOOT), None);
    }
}

#[test]
fn a_reboot_that_is_not_wanted_any_more_is_not_asked_for() {
    let asked = |world: &World, name: &str| world.node.annotation(name).map(str::to_owned);
    let rebooting = || {
        let mut world = needs_reset(RebootPolicy::Annotation);
        world.until_other();
        assert_eq!(world.state(), "rebooting");
        world
    };
    // Nothing is wanted.
    let mut world = rebooting();
    world.node.labels.remove(CONFIG);
    assert_eq!(world.until_other(), Step::Rest { until: None });
    assert_eq!(
        (world.state(), asked(&world, "example.com/reboot")),
        ("", None)
    );
    // Somebody has removed the state.
    let mut world = rebooting();
    for name in [CONFIG, STATE] {
        world.node.labels.remove(name);
    }
    world.node.annotations.remove(OUR_STATE);
    world.until_other();
    assert_eq!(asked(&world, "example.com/reboot"), None);
    // What mig-manager wants is not known.
    let mut world = rebooting();
    world.pods = Some(vec![PodView {
        name: "x".to_owned(),
        app: "nvidia-mig-manager".to_owned(),
    }]);
    world.until_other();
    assert_eq!(asked(&world, "example.com/reboot"), None);
    assert_eq!(asked(&world, REBOOT), None);
    // The site chose something else meanwhile.
    for (policy, name) in [
        (RebootPolicy::None, "example.com/reboot"),
        (RebootPolicy::Annotation, "example.com/other"),
    ] {
        let mut world = rebooting();
        world.policy.reboot = policy;
        world.policy.reboot_annotation = name.to_owned();
        world.restart();
        world.comes_out(change(true));
        if policy == RebootPolicy::None {
            world.comes_out(reset_needed());
        }
        world.until_other();
        assert_eq!(asked(&world, "example.com/reboot"), None);
        let other = asked(&world, "example.com/other");
        assert_eq!(other.is_some(), policy == RebootPolicy::Annotation);
    }
}

#[test]
fn a_reboot_that_does_not_help_is_not_repeated() {
    let mut world = World::rebooted_in_vain();
    // It is looked at again, and nobody is paused for that.
    for _ in 0..3 {
        world.now = rests(&world.until_other()).unwrap();
        assert_eq!((world.state(), world.plugin()), ("failed", "true"));
        world.comes_out(change(true));
    }
    // Another configuration may have its own.
    world.want("balanced");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    assert_eq!(world.until_other(), Step::Reboot);
}

/// The file was corrected, so that MIG mode need not change at all, or changes on another GPU too.
#[test]
fn another_layout_by_the_same_name_is_tried_before_a_reboot() {
    let mut world = needs_reset(RebootPolicy::Annotation);
    world.until_other();
    // A comment is none, and nor is an error.
    let text = world.file.as_ref().unwrap().text().to_owned();
    world.file = Ok(LayoutFile::new(format!("{text}# a comment\n")));
    world.comes_out(change(true));
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("rebooting", "true"));
    world.file = Err("there is no ConfigMap".to_owned());
    world.comes_out(failed(false));
    world.until_other();
    assert_eq!(world.node.annotation("example.com/reboot"), None);
    world.file = Ok(LayoutFile::new(text));
    world.comes_out(change(true));
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("rebooting", "true"));
    world.file = file("2g.10gb: 3");
    let order = world.looks();
    assert_eq!(world.node.annotation(REBOOT), None);
    world.ends(order, change(true));
    let order = world.applies();
    world.ends(order, in_place());
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("success", "true"));
    assert_eq!(world.node.annotation("example.com/reboot"), None);
}

#[test]
fn another_layout_by_the_same_name_has_a_reboot_of_its_own() {
    let mut world = World::rebooted_in_vain();
    world.file = file("2g.10gb: 3");
    world.comes_out(change(true));
    let order = world.applies();
    world.ends(order, reset_needed());
    assert_eq!(world.until_other(), Step::Reboot);
}

/// Whether or not somebody looked while the label was gone.
#[test]
fn a_label_that_is_set_anew_has_a_reboot_of_its_own() {
    for is_seen in [true, false] {
        for is_rebooted in [true, false] {
            let mut world = if is_rebooted {
                World::rebooted_in_vain()
            } else {
                let mut world = needs_reset(RebootPolicy::Own);
                assert_eq!(world.until_other(), Step::Reboot);
                let failure = Some("false: it ended with 1".to_owned());
                world.controller.reboot_ended(failure, world.now);
                world.until_other();
                world
            };
            assert_eq!(world.state(), "failed");
            world.wish += 1;
            if is_seen {
                world.node.labels.remove(CONFIG);
                assert!(matches!(world.until_other(), Step::Rest { .. }));
                assert_eq!(world.node.annotation(REBOOT), None);
            }
            world.want("halves");
            let order = world.looks();
            assert_eq!(world.node.annotation(REBOOT), None);
            // It is tried again too.
            world.ends(order, change(true));
            let order = world.applies();
            world.ends(order, reset_needed());
            assert_eq!(world.until_other(), Step::Reboot);
            assert_eq!(world.state(), "rebooting");
        }
    }
}

/// The API server was away when the reboot was to be requested. The layout may be in place by now, and a look pauses no client.
#[test]
fn a_reboot_is_not_asked_for_by_what_was_found_long_ago() {
    for outcome in [in_place(), change(true)] {
        let mut world = needs_reset(RebootPolicy::Annotation);
        world.controller.outdate();
        let is_well = outcome.has_layout();
        world.comes_out(outcome);
        world.until_other();
        let state = if is_well { "success" } else { "rebooting" };
        assert_eq!((world.state(), world.plugin()), (state, "true"));
        let asked = world.node.annotation("example.com/reboot");
        assert_eq!(asked.is_some(), !is_well);
    }
}

/// Somebody has edited the note: the annotations of others stay.
#[test]
fn only_what_the_agent_asked_for_is_taken_back() {
    let mut world = needs_reset(RebootPolicy::Annotation);
    world.until_other();
    let others = ("somebody/else".to_owned(), "precious".to_owned());
    let note = (REBOOT_ASKED.to_owned(), others.0.clone());
    let mut edited = world.node.clone();
    edited.annotations.extend([others, note]);
    world.node = edited.clone();
    world.now = rests(&world.until_other()).unwrap();
    world.comes_out(in_place());
    world.until_other();
    assert_eq!(world.annotation("somebody/else"), "precious");
    for name in ["example.com/reboot", REBOOT_ASKED, REBOOT] {
        assert_eq!(world.node.annotation(name), None, "{name}");
    }
    // What the option names need not be the agent's if it does not ask so.
    let mut world = World::new(|_| ());
    world.node = edited;
    world.want("halves");
    world.comes_out(in_place());
    world.until_other();
    assert_eq!(world.annotation("example.com/reboot"), "true");
}
