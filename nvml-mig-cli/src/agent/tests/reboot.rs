//! Reboots that are asked for.

use std::time::Duration;

use super::{World, change, file, in_place, reset_needed, rests};

use crate::agent::names::{CONFIG, REASON, REBOOT};
use crate::agent::seen::PodView;
use crate::agent::step::Step;
use crate::arguments::RebootPolicy;

#[test]
fn a_reboot_is_asked_for_by_policy() {
    for (policy, state, asked) in [
        (RebootPolicy::None, "failed", None),
        (RebootPolicy::Annotation, "rebooting", Some("true")),
        (RebootPolicy::Own, "rebooting", None),
    ] {
        let mut world = World::new(|choice| choice.reboot = policy);
        world.want("halves");
        world.comes_out(change(true));
        world.comes_out(reset_needed());
        let step = world.until_other();
        assert_eq!(step == Step::Reboot, policy == RebootPolicy::Own);
        assert_eq!((world.state(), world.plugin()), (state, "true"));
        assert_eq!(world.node.annotation("example.com/reboot"), asked);
        if policy == RebootPolicy::None {
            continue;
        }
        assert_eq!(world.annotation(REBOOT), "halves@boot-1");
        assert!(matches!(world.until_other(), Step::Rest { until: None }));
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
        let mut world = World::new(|policy| policy.reboot = RebootPolicy::Annotation);
        world.want("halves");
        world.comes_out(change(true));
        world.comes_out(reset_needed());
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
    // What mig-manager wants is not known.
    let mut world = rebooting();
    world.pods = Some(vec![PodView {
        name: "x".to_owned(),
        app: "nvidia-mig-manager".to_owned(),
    }]);
    world.until_other();
    assert_eq!(asked(&world, "example.com/reboot"), None);
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
    let mut world = World::new(|policy| policy.reboot = RebootPolicy::Own);
    world.want("halves");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    assert_eq!(world.until_other(), Step::Reboot);
    world.policy.boot = "boot-2".to_owned();
    world.restart();
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    assert!(matches!(world.until_other(), Step::Rest { until: None }));
    assert_eq!(world.state(), "failed");
    // Another configuration may have its own.
    world.want("balanced");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    assert_eq!(world.until_other(), Step::Reboot);
}

#[test]
fn a_reboot_command_that_failed_stays_so_and_is_tried_again_later() {
    let mut world = World::new(|policy| policy.reboot = RebootPolicy::Own);
    world.want("halves");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    let mut delays = Vec::new();
    for number in 0..4 {
        assert_eq!(world.until_other(), Step::Reboot);
        let failure = Some("false: it ended with 1".to_owned());
        world.controller.reboot_ended(failure, world.now);
        // The file changes meanwhile, or another configuration is wanted.
        for other in [None, Some(format!("1g.5gb: {}", number + 1))] {
            if let Some(other) = other {
                world.file = file(&other);
                world.comes_out(change(true));
            }
            let until = rests(&world.until_other()).unwrap();
            delays.push((until - world.now).as_secs());
            assert_eq!(world.state(), "failed");
            let reason = world.annotation(REASON);
            assert!(reason.starts_with("the node could not be rebooted: false: it ended with 1; "));
            assert_eq!(reason.matches("rebooted").count(), 1);
            assert_eq!(world.annotation(REBOOT), "halves@boot-1");
        }
        world.now = rests(&world.until_other()).unwrap();
    }
    assert!(delays[0] >= 60 && delays[7] >= 480, "{delays:?}");
    // Another wish does not wait for that.
    world.want("balanced");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    assert_eq!(world.until_other(), Step::Reboot);
    assert_eq!(world.state(), "rebooting");
}

#[test]
fn a_reboot_command_that_takes_long_keeps_nobody_waiting() {
    type Event = fn(&mut World);
    let events: [Event; 4] = [
        |world| drop(world.node.labels.remove(CONFIG)),
        |world| world.want("balanced"),
        |world| {
            let (name, app) = ("x".to_owned(), "nvidia-mig-manager".to_owned());
            world.pods = Some(vec![PodView { name, app }]);
        },
        |world| {
            world.file = file("2g.10gb: 3");
            world.comes_out(in_place());
        },
    ];
    for (number, event) in events.into_iter().enumerate() {
        let mut world = World::new(|policy| policy.reboot = RebootPolicy::Own);
        world.want("halves");
        world.comes_out(reset_needed());
        assert_eq!(world.until_other(), Step::Reboot);
        // It runs on, and only once.
        assert!(matches!(world.until_other(), Step::Rest { until: None }));
        event(&mut world);
        assert_eq!(world.until_other(), Step::EndReboot, "{number}");
        assert!(!matches!(world.until_other(), Step::EndReboot));
        let failure = Some("it was ended".to_owned());
        world.controller.reboot_ended(failure, world.now);
        // It was no failure, so another reboot need not wait.
        world.pods = Some(Vec::new());
        world.want("halves");
        world.file = file("1g.5gb: 7");
        world.comes_out(reset_needed());
        assert_eq!(world.until_other(), Step::Reboot, "{number}");
    }
}

/// As `shutdown -r +5`, which somebody cancels.
#[test]
fn a_command_that_succeeded_runs_again_if_the_node_stays_up() {
    let mut world = World::new(|policy| policy.reboot = RebootPolicy::Own);
    world.want("halves");
    world.comes_out(change(true));
    world.comes_out(reset_needed());
    assert_eq!(world.until_other(), Step::Reboot);
    world.controller.reboot_ended(None, world.now);
    let until = rests(&world.until_other()).unwrap();
    assert!(until > world.now + Duration::from_secs(600));
    assert_eq!(world.state(), "rebooting");
    // The label is removed and set again, for the same configuration or another one.
    for config in ["halves", "balanced"] {
        world.wish += 1;
        world.node.labels.remove(CONFIG);
        world.until_other();
        assert_eq!(world.state(), "");
        world.want(config);
        world.comes_out(reset_needed());
        assert_eq!(world.until_other(), Step::Reboot, "{config}");
        world.controller.reboot_ended(None, world.now);
    }
    // Nobody does anything.
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.until_other(), Step::Reboot);
    assert_eq!(world.state(), "rebooting");
}
