//! The command with which the agent reboots the node.

use std::time::Duration;

use super::reboot::{needs_reset, noted};
use super::{World, busy, change, failed, file, in_place, reset_needed, rests};

use crate::agent::had::Had;
use crate::agent::layout_file::LayoutFile;
use crate::agent::names::{CONFIG, PAUSED, REASON, REBOOT};
use crate::agent::outcome::Outcome;
use crate::agent::seen::PodView;
use crate::agent::step::Step;
use crate::arguments::RebootPolicy;

#[test]
fn a_reboot_command_that_failed_stays_so_and_is_tried_again_later() {
    let mut world = needs_reset(RebootPolicy::Own);
    let mut delays = Vec::new();
    for number in 0..4 {
        if number > 0 {
            world.comes_out(change(true));
        }
        assert_eq!(world.until_other(), Step::Reboot);
        let failure = Some("false: it ended with 1".to_owned());
        world.controller.reboot_ended(failure, world.now);
        // The file changes meanwhile, or another configuration is wanted.
        for other in [None, Some(format!("1g.5gb: {}", number + 1))] {
            if let Some(other) = other {
                world.file = file(&other);
                world.comes_out(change(true));
                world.comes_out(reset_needed());
            }
            let until = rests(&world.until_other()).unwrap();
            delays.push((until - world.now).as_secs());
            assert_eq!(world.state(), "failed");
            let reason = world.annotation(REASON);
            assert!(reason.starts_with("the node could not be rebooted: false: it ended with 1; "));
            assert_eq!(reason.matches("rebooted").count(), 1);
            assert_eq!(world.annotation(REBOOT), noted(&world));
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
    let events: [Event; 8] = [
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
        // It does not fit, or something is in use: a job that the reboot would end.
        |world| {
            world.file = file("9g.90gb: 1");
            world.comes_out(failed(false));
        },
        |world| {
            world.file = file("2g.10gb: 3");
            world.comes_out(busy());
        },
        |world| {
            world.file = file("2g.10gb: 3");
            world.comes_out(change(false));
        },
        // Somebody has reset the GPU.
        |world| {
            world.now = rests(&world.until_other()).unwrap();
            world.comes_out(change(false));
        },
    ];
    for (number, event) in events.into_iter().enumerate() {
        let mut world = World::new(|policy| policy.reboot = RebootPolicy::Own);
        world.want("halves");
        world.comes_out(reset_needed());
        assert_eq!(world.until_other(), Step::Reboot);
        // It runs on, and only once.
        assert!(rests(&world.until_other()).is_some());
        event(&mut world);
        assert_eq!(world.until_other(), Step::EndReboot, "{number}");
        assert!(!matches!(world.until_other(), Step::EndReboot));
        // It may still reboot the node, so nobody is paused yet.
        assert_eq!(world.plugin(), "true", "{number}");
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

#[test]
fn a_change_begins_only_after_the_reboot_command_has_ended() {
    for outcome in [change(false), busy()] {
        let mut world = needs_reset(RebootPolicy::Own);
        assert_eq!(world.until_other(), Step::Reboot);
        world.file = file("2g.10gb: 3");
        world.comes_out(outcome);
        assert_eq!(world.until_other(), Step::EndReboot);
        assert_eq!(world.until_other(), Step::Rest { until: None });
        assert_eq!(world.plugin(), "true");
        let failure = Some("it was ended".to_owned());
        world.controller.reboot_ended(failure, world.now);
        assert!(matches!(
            world.until_other(),
            Step::Apply(_) | Step::Look(_)
        ));
        assert_eq!(world.plugin(), PAUSED);
    }
}

/// A look that fails, as while the command unloads the driver, does not say that no reboot is wanted.
#[test]
fn a_reboot_command_runs_on_while_the_gpus_can_not_be_looked_at() {
    let reason = || "no driver".to_owned();
    for outcome in [
        Outcome::failed(reason(), true),
        Outcome::Locked { reason: reason() },
    ] {
        let mut world = needs_reset(RebootPolicy::Own);
        assert_eq!(world.until_other(), Step::Reboot);
        world.now = rests(&world.until_other()).unwrap();
        world.comes_out(outcome);
        assert!(rests(&world.until_other()).is_some());
    }
}

/// As `shutdown -r +5`, which somebody cancels.
/// The command has unloaded the driver.
#[test]
fn a_comment_in_the_file_does_not_end_a_reboot_command() {
    let mut world = needs_reset(RebootPolicy::Own);
    assert_eq!(world.until_other(), Step::Reboot);
    let text = world.file.as_ref().unwrap().text().to_owned();
    world.file = Ok(LayoutFile::new(format!("{text}# a comment\n")));
    world.comes_out(failed(true));
    assert!(matches!(world.until_other(), Step::Rest { .. }));
}

#[test]
fn a_command_that_succeeded_runs_again_if_the_node_stays_up() {
    let mut world = needs_reset(RebootPolicy::Own);
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
    let again_at = world.now + Duration::from_secs(30 * 60);
    while world.now < again_at {
        world.now = rests(&world.until_other()).unwrap();
        world.comes_out(change(true));
        assert_eq!((world.state(), world.plugin()), ("rebooting", "true"));
    }
    assert_eq!(world.until_other(), Step::Reboot);
}

/// Somebody has reset the GPU, and a job may run already: it is looked at again before each reboot, and once in a while.
#[test]
fn a_node_on_which_all_is_well_is_not_rebooted() {
    for (failure, is_late) in [(None, false), (None, true), (Some("no"), true)] {
        let mut world = needs_reset(RebootPolicy::Own);
        assert_eq!(world.until_other(), Step::Reboot);
        let failure = failure.map(str::to_owned);
        world.controller.reboot_ended(failure, world.now);
        let until = rests(&world.until_other()).unwrap();
        world.now = until;
        if is_late {
            // The agent was stopped.
            world.now += Duration::from_secs(60 * 60);
        }
        assert_eq!(world.comes_out(in_place()), Had::none());
        assert!(rests(&world.until_other()).is_some());
        assert_eq!(world.state(), "success");
        // A mode that gets lost later has tries of its own.
        world.now = rests(&world.until_other()).unwrap();
        world.comes_out(reset_needed());
        assert_eq!(world.until_other(), Step::Reboot);
    }
    let mut world = needs_reset(RebootPolicy::Annotation);
    world.now = rests(&world.until_other()).unwrap();
    let asked = |world: &World| world.node.annotation("example.com/reboot").is_some();
    assert!(asked(&world));
    world.comes_out(in_place());
    world.until_other();
    assert!(!asked(&world));
}

/// A job on another GPU does not take it back; but what can be made without a reset waits only for the job.
#[test]
fn what_is_in_use_meanwhile_needs_the_reboot_all_the_same() {
    for (changes_mode, state) in [(true, "rebooting"), (false, "pending")] {
        let mut world = needs_reset(RebootPolicy::Own);
        assert_eq!(world.until_other(), Step::Reboot);
        world.controller.reboot_ended(None, world.now);
        world.now = rests(&world.until_other()).unwrap();
        let busy = busy().beside(changes_mode);
        world.comes_out(busy.clone());
        if !changes_mode {
            world.comes_out(busy);
        }
        world.until_other();
        assert_eq!((world.state(), world.plugin()), (state, "true"));
    }
}
