//! What is in use, by clients or by others.

use std::time::Duration;

use super::{PLUGIN_POD, World, busy, change, in_place, rests};

use crate::agent::names::{BUSY, PAUSED, REASON};
use crate::agent::outcome::Outcome;
use crate::agent::seen::PodView;
use crate::agent::step::Step;

#[test]
fn pods_are_waited_for_and_not_for_ever() {
    let mut world = World::new(|_| ());
    world.want("halves");
    let pod = |app: &str| PodView {
        name: format!("{app}-x"),
        app: app.to_owned(),
    };
    // That of a client that is not paused, and of no client, do not matter.
    world.pods = Some(vec![pod(PLUGIN_POD), pod("nvidia-dcgm"), pod("other")]);
    world.comes_out(change(false));
    let began = world.now;
    assert_eq!(
        rests(&world.until_other()),
        Some(began + Duration::from_secs(300))
    );
    world.now += Duration::from_secs(299);
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    world.now += Duration::from_secs(1);
    assert!(rests(&world.until_other()).is_some());
    assert_eq!((world.state(), world.plugin()), ("failed", "true"));
    let reason = "these pods did not end within 300 s: nvidia-device-plugin-daemonset-x";
    assert_eq!(world.annotation(REASON), reason);
    // Tried again, and this time they end.
    world.now += Duration::from_secs(3600);
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    world.pods = Some(Vec::new());
    assert!(matches!(world.until_other(), Step::Apply(_)));
}

#[test]
fn pods_that_can_not_be_seen_are_not_waited_for() {
    let mut world = World::new(|_| ());
    world.pods = None;
    world.want("halves");
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
}

#[test]
fn what_is_busy_is_waited_for_with_growing_delays() {
    let mut world = World::new(|_| ());
    world.want("halves");
    let mut delays = Vec::new();
    world.comes_out(busy());
    for _ in 0..10 {
        world.comes_out(busy());
        let until = rests(&world.until_other()).unwrap();
        delays.push((until - world.now).as_secs());
        assert_eq!((world.state(), world.plugin()), ("pending", "true"));
        assert_eq!(world.annotation(BUSY), "4711 (training)");
        world.now = until;
    }
    assert!(delays[0] <= 6 && delays[2] >= 20, "{delays:?}");
    assert!(delays.iter().all(|&delay| delay <= 375), "{delays:?}");
    world.comes_out(Outcome::InPlace { plan: None });
    world.until_other();
    assert_eq!(
        (world.state(), world.node.annotation(BUSY)),
        ("success", None)
    );
}

#[test]
fn clients_are_paused_once_to_see_whether_they_are_in_the_way() {
    let mut world = World::new(|_| ());
    world.want("halves");
    let pod = PodView {
        name: "plugin-x".to_owned(),
        app: PLUGIN_POD.to_owned(),
    };
    world.pods = Some(vec![pod]);
    world.comes_out(busy());
    // Its pod must have ended, or nothing is known.
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    world.pods = Some(Vec::new());
    world.comes_out(busy());
    let until = rests(&world.until_other()).unwrap();
    assert_eq!((world.state(), world.plugin()), ("pending", "true"));
    // The same process is no client, and nobody is paused for it again.
    world.now = until;
    world.comes_out(busy());
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.plugin(), "true");
    // Another one may be, but clients are not paused again and again.
    let other = Outcome::Busy {
        reason: "GPU instance 1 is in use".to_owned(),
        users: vec!["4712 (nv-hostengine)".to_owned()],
        changes_mode: false,
    };
    world.comes_out(other.clone());
    world.now = rests(&world.until_other()).unwrap() + Duration::from_secs(100);
    assert_eq!(world.plugin(), "true");
    world.comes_out(other);
    assert!(matches!(world.until_other(), Step::Look(_)));
    assert_eq!(world.plugin(), PAUSED);
    // This time it was the client.
    world.comes_out(change(false));
    world.comes_out(in_place());
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("success", "true"));
}

#[test]
fn a_client_whose_end_can_not_be_seen_has_its_time() {
    // Its pods are not known, or nobody lists what uses the GPU.
    for unlisted in [false, true] {
        let mut world = World::new(|_| ());
        world.want("halves");
        if !unlisted {
            world.label("nvidia.com/gpu.deploy.nvsm", "true");
        }
        let users = if unlisted {
            Vec::new()
        } else {
            vec!["4711".to_owned()]
        };
        let reason = "GPU instance 1 is in use".to_owned();
        let changes_mode = false;
        let busy = Outcome::Busy {
            reason,
            users,
            changes_mode,
        };
        world.comes_out(change(false));
        let began = world.now;
        while world.now < began + Duration::from_secs(300) {
            world.comes_out(busy.clone());
            let until = rests(&world.until_other()).unwrap();
            assert!(until <= world.now + Duration::from_secs(5));
            assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
            world.now = until;
            world.comes_out(change(false));
        }
        world.comes_out(busy);
        assert!(rests(&world.until_other()).unwrap() > world.now + Duration::from_secs(50));
        assert_eq!((world.state(), world.plugin()), ("pending", "true"));
    }
}

#[test]
fn what_is_busy_for_too_long_is_given_up() {
    let mut world = World::new(|policy| policy.busy_limit = Some(Duration::from_secs(60)));
    world.want("halves");
    // With the clients, and without them.
    world.comes_out(busy());
    world.comes_out(busy());
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.state(), "pending");
    world.now += Duration::from_secs(60);
    world.comes_out(busy());
    assert_eq!(rests(&world.until_other()), None);
    assert_eq!(world.state(), "failed");
    // A plan can be made each time, since nobody lists what the driver calls in use.
    let mut world = World::new(|policy| policy.busy_limit = Some(Duration::from_secs(60)));
    world.want("halves");
    let began = world.now;
    while world.state() != "failed" {
        world.comes_out(change(false));
        world.comes_out(busy());
        let step = world.until_other();
        assert!(world.now <= began + Duration::from_secs(1000), "for ever");
        world.now = rests(&step).unwrap_or(world.now);
    }
    assert!(world.now >= began + Duration::from_secs(60), "too early");
    assert!(world.annotation(REASON).starts_with("gave up after "));
    // Another request is another matter.
    world.want("balanced");
    world.comes_out(busy());
    assert!(rests(&world.until_other()).is_some());
    assert_eq!(world.state(), "pending");
}
