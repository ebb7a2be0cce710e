//! Watches that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};

use super::{PLUGIN_POD, World, change, file, in_place, rests};

use crate::agent::controller::Controller;
use crate::agent::names::{APPLIED, CONFIG, PAUSED, PAUSED_CLIENTS, REASON};
use crate::agent::node_view::NodeView;
use crate::agent::recovery::Recovered;
use crate::agent::seen::PodView;
use crate::agent::step::Step;
use crate::agent::view::{Sight, View, Watched};
use crate::agent::watches::anew;

const FORBIDDEN: &str = "watching the ConfigMap: forbidden";

#[test]
fn what_was_left_behind_needs_only_the_node() {
    for config in [Some("halves"), Some("balanced"), None] {
        let mut world = World::changing();
        world.controller = Controller::new(world.policy.clone());
        (world.missing, world.pods) = (Some(FORBIDDEN.to_owned()), None);
        match config {
            Some(config) => world.want(config),
            None => drop(world.node.labels.remove(CONFIG)),
        }
        world.now = Instant::now();
        assert_eq!(world.step(), Step::Recover);
        let whole = Recovered::Whole(Some("GPU 0 is as before".to_owned()));
        world.controller.recovered(whole, world.now);
        assert!(matches!(world.until_other(), Step::Rest { .. }));
        assert_eq!(world.plugin(), "true");
        assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
        if config.is_some() {
            assert_eq!(world.state(), "pending");
            let reason = format!("{FORBIDDEN}; GPU 0 is as before");
            assert_eq!(world.annotation(REASON), reason);
        }
    }
}

#[test]
fn a_state_stays_until_the_watch_is_back() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(in_place());
    world.until_other();
    world.restart();
    world.missing = Some(FORBIDDEN.to_owned());
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(
        (world.state(), world.annotation(REASON)),
        ("success", FORBIDDEN)
    );
    world.missing = None;
    assert!(matches!(world.until_other(), Step::Look(_)));
}

#[test]
fn what_is_on_its_way_is_waited_for_and_not_for_ever() {
    let missing = |view: &View, now| view.seen(now).map(|seen| seen.missing);
    let began = Instant::now();
    let mut view = View::default();
    view.take(Sight::Trouble(Watched::File, FORBIDDEN.to_owned()));
    assert_eq!(missing(&view, began), None);
    view.take(Sight::Node(Some(NodeView::default())));
    // The pods may come.
    assert_eq!(missing(&view, began), None);
    let late = Instant::now() + Duration::from_secs(10);
    let both = format!("{FORBIDDEN}; no answer about the operator's pods");
    assert_eq!(missing(&view, late), Some(Some(both)));
    view.take(Sight::NoPods);
    assert_eq!(missing(&view, began), Some(Some(FORBIDDEN.to_owned())));
    view.take(Sight::File(file("3g.20gb: 2")));
    assert_eq!(missing(&view, began), Some(None));
    // What is known counts for a while.
    view.take(Sight::Trouble(Watched::File, FORBIDDEN.to_owned()));
    assert_eq!(missing(&view, late), Some(None));
}

/// Its role was removed, or the server refuses only that.
#[test]
fn what_a_failing_watch_told_before_counts_for_a_minute() {
    let later = |seconds| Instant::now() + Duration::from_secs(seconds);
    let known = |pods: &[&str]| {
        let mut view = View::default();
        view.take(Sight::Node(Some(NodeView::default())));
        view.take(Sight::File(file("3g.20gb: 2")));
        view.take(Sight::Pods);
        for app in pods {
            view.take(Sight::Pod(pod(app)));
        }
        view.take(Sight::AllPods);
        view
    };
    for (watched, back) in [
        (Watched::File, Sight::File(file("3g.20gb: 2"))),
        (Watched::Pods, Sight::AllPods),
    ] {
        let mut view = known(&["nvidia-dcgm"]);
        view.take(Sight::Trouble(watched, "first".to_owned()));
        std::thread::sleep(Duration::from_millis(5));
        let soon = later(60) - Duration::from_millis(5);
        view.take(Sight::Trouble(watched, "latest".to_owned()));
        // A list that begins is none yet.
        view.take(Sight::Pods);
        let seen = view.seen(later(50)).unwrap();
        assert!(seen.may_be_old && seen.missing.is_none() && seen.pods.is_some());
        // From the first failure, whatever the latest says.
        let seen = view.seen(soon).unwrap();
        assert_eq!(seen.missing.as_deref(), Some("latest"));
        assert_eq!(seen.pods.is_none(), watched == Watched::Pods);
        view.take(back);
        let seen = view.seen(later(600)).unwrap();
        assert!(!seen.may_be_old && seen.missing.is_none());
    }
    // Who can't see them any more does not know what comes.
    let mut view = known(&[]);
    view.take(Sight::Trouble(Watched::Pods, FORBIDDEN.to_owned()));
    view.take(Sight::NoPods);
    let seen = view.seen(later(50)).unwrap();
    assert!(seen.may_be_old && seen.pods.is_some());
    assert!(view.seen(later(600)).unwrap().missing.is_some());
    // It may be there still, also if the agent may not see pods any more.
    let mut view = known(&["nvidia-mig-manager"]);
    view.take(Sight::Trouble(Watched::Pods, FORBIDDEN.to_owned()));
    view.take(Sight::NoPods);
    let seen = view.seen(later(600)).unwrap();
    assert_eq!(seen.mig_manager(), Some("nvidia-mig-manager-x"));
    assert!(seen.missing.is_some());
}

#[test]
fn nothing_new_begins_while_a_watch_fails() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(in_place());
    world.until_other();
    world.may_be_old = true;
    // What is looked at for the same goes on.
    world.now = rests(&world.until_other()).unwrap();
    world.comes_out(in_place());
    assert!(rests(&world.until_other()).is_some());
    assert_eq!(world.state(), "success");
    // A layout that got lost has to wait.
    world.now += Duration::from_secs(1000);
    world.comes_out(change(false));
    assert_eq!(world.until_other(), Step::Rest { until: None });
    assert_eq!(world.plugin(), "true");
    world.want("balanced");
    for _ in 0..2 {
        assert_eq!(world.until_other(), Step::Rest { until: None });
        assert_eq!(world.state(), "pending");
    }
    world.may_be_old = false;
    assert_eq!(world.looks().request.config, "balanced");
}

#[test]
fn clients_are_resumed_while_a_watch_fails_and_nobody_is_blamed_for_it() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    world.pods = Some(vec![pod(PLUGIN_POD)]);
    let until = rests(&world.until_other()).unwrap();
    assert_eq!(world.plugin(), PAUSED);
    world.missing = Some(FORBIDDEN.to_owned());
    world.until_other();
    assert_eq!((world.state(), world.plugin()), ("pending", "true"));
    assert_eq!(world.annotation(REASON), FORBIDDEN);
    world.missing = None;
    world.now = until;
    // They have their time again.
    assert!(rests(&world.until_other()).is_some_and(|until| until > world.now));
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    world.pods = Some(Vec::new());
    world.applies();
}

/// The file may give another layout by the same name now.
#[test]
fn no_state_is_about_a_label_that_was_set_anew_while_a_watch_fails() {
    let mut world = World::has_had_the_layout();
    assert_eq!(world.state(), "success");
    world.missing = Some(FORBIDDEN.to_owned());
    world.want("halves");
    assert!(matches!(world.until_other(), Step::Rest { .. }));
    assert_eq!(
        (world.state(), world.annotation(REASON)),
        ("pending", FORBIDDEN)
    );
    // The next agent knows it too.
    assert_eq!(world.node.annotation(APPLIED), None);
    world.missing = None;
    assert!(world.looks().had.is_empty());
}

/// A watch that goes on where it was tells nothing before the next change.
#[test]
fn a_watch_that_failed_begins_anew() {
    let begun = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&begun);
    let watch = anew(move || {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        stream::iter([Ok(number), Err("broken"), Ok(100)]).boxed()
    });
    let told = watch.take(5).collect::<Vec<_>>().now_or_never().unwrap();
    let expected = [Ok(0), Err("broken"), Ok(1), Err("broken"), Ok(2)];
    assert_eq!(told, expected);
    assert_eq!(begun.load(Ordering::Relaxed), 3);
}

fn pod(app: &str) -> PodView {
    PodView {
        name: format!("{app}-x"),
        app: app.to_owned(),
    }
}

/// As after each time that the server does not remember a version any more. A part of the list says nothing of the rest.
#[test]
fn while_pods_are_listed_again_the_old_list_counts() {
    let mut view = View::default();
    view.take(Sight::Node(Some(NodeView::default())));
    view.take(Sight::File(file("3g.20gb: 2")));
    let apps = |view: &View| {
        let pods = view.seen(Instant::now()).unwrap().pods.unwrap().iter();
        pods.map(|pod| pod.app.clone()).collect::<Vec<_>>()
    };
    view.take(Sight::Pods);
    for app in ["gpu-feature-discovery", "nvidia-mig-manager"] {
        view.take(Sight::Pod(pod(app)));
    }
    view.take(Sight::AllPods);
    let all = ["gpu-feature-discovery", "nvidia-mig-manager"];
    assert_eq!(apps(&view), all);
    view.take(Sight::Pods);
    assert_eq!(apps(&view), all);
    // The list breaks off, and begins again.
    for app in ["gpu-feature-discovery", "nvidia-dcgm"] {
        view.take(Sight::Pods);
        view.take(Sight::Pod(pod(app)));
        assert_eq!(apps(&view), all, "{app}");
    }
    view.take(Sight::AllPods);
    assert_eq!(apps(&view), ["nvidia-dcgm"]);
    // What comes and goes later counts at once.
    view.take(Sight::Pod(pod("nvidia-mig-manager")));
    view.take(Sight::Pod(pod("nvidia-mig-manager")));
    view.take(Sight::PodGone("nvidia-dcgm-x".to_owned()));
    assert_eq!(apps(&view), ["nvidia-mig-manager"]);
}
