//! Decisions: what is seen and found, and what is done then.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::controller::Controller;
use super::delay::Pace;
use super::names::{
    BUSY, CONFIG, DEPLOY, FITS_INSTEAD, OUR_STATE, PAUSED, PAUSED_CLIENTS, REASON, REBOOT, STATE,
};
use super::node_view::NodeView;
use super::outcome::Outcome;
use super::policy::Policy;
use super::recovery::Recovered;
use super::seen::{PodView, Seen};
use super::step::Step;

use crate::arguments::{GpuClient, RebootPolicy};

const PLUGIN_POD: &str = "nvidia-device-plugin-daemonset";

/// A node, as the API server has it, and an agent that may be restarted.
struct World {
    node: NodeView,
    file: Result<Arc<str>, String>,
    pods: Option<Vec<PodView>>,
    policy: Policy,
    controller: Controller,
    now: Instant,
}

impl World {
    fn new(change: impl FnOnce(&mut Policy)) -> Self {
        let client = |text: &str| text.parse::<GpuClient>().unwrap();
        let mut policy = Policy {
            clients: vec![
                client(&format!("device-plugin={PLUGIN_POD}")),
                client("dcgm=nvidia-dcgm"),
                client("nvsm"),
            ],
            client_timeout: Duration::from_secs(300),
            busy_limit: None,
            first_delay: Duration::from_secs(5),
            reboot: RebootPolicy::None,
            reboot_annotation: "example.com/reboot".to_owned(),
            fit_period: None,
            look_period: Duration::from_secs(600),
            hang_limit: Duration::from_secs(60),
            boot: "boot-1".to_owned(),
        };
        change(&mut policy);
        let mut node = NodeView::default();
        for (client, value) in [("device-plugin", "true"), ("dcgm", "false")] {
            let label = format!("{DEPLOY}{client}");
            node.labels.insert(label, value.to_owned());
        }
        let mut world = Self {
            node,
            file: Ok("a file".into()),
            pods: Some(Vec::new()),
            controller: Controller::new(policy.clone()),
            policy,
            now: Instant::now(),
        };
        world.restart();
        world
    }

    fn want(&mut self, config: &str) {
        self.label(CONFIG, config);
    }

    fn label(&mut self, name: &str, value: &str) {
        self.node.labels.insert(name.to_owned(), value.to_owned());
        self.renew();
    }

    fn renew(&mut self) {
        let version = self.node.version.take().unwrap_or_default();
        self.node.version = Some(format!("{version}0"));
    }

    /// Forgets everything that is not on the node. Nothing was left behind on the GPUs.
    fn restart(&mut self) {
        self.controller = Controller::new(self.policy.clone());
        let nothing = Recovered::Whole(None);
        self.controller.recovered(nothing, self.now);
    }

    fn step(&mut self) -> Step {
        let seen = Seen {
            now: self.now,
            node: &self.node,
            file: &self.file,
            pods: self.pods.as_deref(),
        };
        self.controller.next(&seen)
    }

    /// Carries out what is to be written, up to the first other step.
    fn until_other(&mut self) -> Step {
        for _ in 0..5 {
            match self.step() {
                Step::Write { patch, .. } => {
                    self.write(&patch.to_json(&self.node));
                }
                step => return step,
            }
        }
        panic!("it writes again and again: {:?}", self.node);
    }

    fn write(&mut self, patch: &serde_json::Value) {
        for (kind, there) in [
            ("labels", &mut self.node.labels),
            ("annotations", &mut self.node.annotations),
        ] {
            for (name, value) in patch["metadata"][kind].as_object().unwrap() {
                match value.as_str() {
                    Some(value) => there.insert(name.clone(), value.to_owned()),
                    None => there.remove(name),
                };
            }
        }
        self.renew();
    }

    /// Lets a look or a change come out so.
    fn comes_out(&mut self, outcome: Outcome) {
        let (request, pace) = match self.until_other() {
            Step::Look(request) => (request, Pace::Fast),
            Step::Apply(request) => (request, Pace::Slow),
            step => panic!("no work: {step:?}"),
        };
        self.controller.found(request, outcome, (self.now, pace));
    }

    fn annotation(&self, name: &str) -> &str {
        self.node.annotation(name).unwrap_or_default()
    }

    fn plugin(&self) -> &str {
        self.node.label(&format!("{DEPLOY}device-plugin")).unwrap()
    }

    fn state(&self) -> &str {
        self.node.label(STATE).unwrap_or_default()
    }
}

fn change(changes_mode: bool) -> Outcome {
    let plan = "create GPU instance 3g.20gb at 4:4".to_owned();
    Outcome::Change {
        plan,
        changes_mode,
        is_lost: false,
    }
}

fn in_place() -> Outcome {
    Outcome::InPlace {
        plan: Some(String::new()),
    }
}

fn failed(may_pass: bool) -> Outcome {
    Outcome::Failed {
        reason: "it does not fit".to_owned(),
        fits_instead: Some("3g.20gb".to_owned()),
        may_pass,
    }
}

fn busy() -> Outcome {
    Outcome::Busy {
        reason: "GPU instance 1 is in use".to_owned(),
        users: vec!["4711 (training)".to_owned()],
    }
}

fn reset_needed() -> Outcome {
    let reason = "a reset is needed".to_owned();
    Outcome::ResetNeeded { reason }
}

fn rests(step: &Step) -> Option<Instant> {
    match step {
        Step::Rest { until } => *until,
        step => panic!("no rest: {step:?}"),
    }
}

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
fn a_layout_that_got_lost_is_made_again_and_other_changes_are_left_alone() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(Outcome::InPlace { plan: None });
    for outcome in [change(false), busy(), failed(true)] {
        world.now = rests(&world.until_other()).unwrap();
        world.comes_out(outcome);
        assert!(rests(&world.until_other()).is_some_and(|until| until > world.now));
        assert_eq!((world.state(), world.plugin()), ("success", "true"));
    }
    world.now = rests(&world.until_other()).unwrap();
    world.comes_out(Outcome::Change {
        plan: "create GPU instance 3g.20gb at 4:4".to_owned(),
        changes_mode: false,
        is_lost: true,
    });
    assert!(matches!(world.until_other(), Step::Apply(_)));
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
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
fn a_failure_resumes_too_and_is_tried_again_only_if_it_may_pass() {
    for (before, may_pass) in [
        (None, false),
        (Some(change(false)), false),
        (Some(change(false)), true),
    ] {
        let mut world = World::new(|_| ());
        world.want("halves");
        if let Some(before) = before {
            world.comes_out(before);
        }
        world.comes_out(failed(may_pass));
        let until = rests(&world.until_other());
        assert_eq!((world.state(), world.plugin()), ("failed", "true"));
        assert_eq!(world.annotation(REASON), "it does not fit");
        assert_eq!(world.annotation(FITS_INSTEAD), "3g.20gb");
        assert_eq!(until.is_some(), may_pass);
        if let Some(until) = until {
            world.now = until;
            assert!(matches!(world.step(), Step::Look(_)));
        }
    }
}

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
fn whoever_comes_after_a_crash_resumes_the_clients() {
    // In the middle of a change that is found to be done, to be impossible, and not to be wanted any more.
    for (outcome, state) in [
        (in_place(), "success"),
        (failed(false), "failed"),
        (busy(), "pending"),
    ] {
        let mut world = World::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        world.restart();
        world.comes_out(outcome);
        world.until_other();
        assert_eq!((world.state(), world.plugin()), (state, "true"));
    }
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    world.until_other();
    world.restart();
    world.node.labels.remove(CONFIG);
    world.until_other();
    assert_eq!(world.plugin(), "true");
    assert_eq!(world.node.annotation(PAUSED_CLIENTS), None);
}

#[test]
fn a_change_that_was_not_ended_is_rolled_back_whatever_is_wanted() {
    let mut world = World::new(|_| ());
    world.controller = Controller::new(world.policy.clone());
    world.now = Instant::now();
    assert_eq!(world.step(), Step::Recover);
    // Another process has the lock: the rest need not wait.
    let unknown = Recovered::Unknown("locked".to_owned());
    world.controller.recovered(unknown, world.now);
    let until = rests(&world.step()).unwrap();
    world.now = until;
    assert_eq!(world.step(), Step::Recover);
    let open = Recovered::Open("GPU 0 is open".to_owned());
    world.controller.recovered(open, world.now);
    world.want("nowhere");
    world.comes_out(failed(false));
    world.now = rests(&world.until_other()).unwrap();
    assert_eq!(world.annotation(REASON), "it does not fit; GPU 0 is open");
    assert_eq!(world.step(), Step::Recover);
    let whole = Recovered::Whole(Some("GPU 0 is as before".to_owned()));
    world.controller.recovered(whole, world.now);
    assert_eq!(rests(&world.until_other()), None);
    assert_eq!(
        world.annotation(REASON),
        "it does not fit; GPU 0 is as before"
    );
}

#[test]
fn a_driver_that_hangs_keeps_clients_paused_only_during_a_change() {
    for (is_change, plugin) in [(true, PAUSED), (false, "true")] {
        let mut world = World::new(|_| ());
        world.want("halves");
        world.comes_out(change(false));
        assert!(matches!(world.until_other(), Step::Apply(_)));
        let node = world.node.clone();
        let view = Seen {
            now: world.now,
            node: &node,
            file: &world.file,
            pods: world.pods.as_deref(),
        };
        let Step::Write { patch, notice } = world.controller.hang(&view, is_change) else {
            panic!("nothing is said");
        };
        assert_eq!(notice.map(|notice| notice.reason), Some("MigDriverHangs"));
        world.write(&patch.to_json(&node));
        assert_eq!((world.state(), world.plugin()), ("failed", plugin));
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
        let busy = Outcome::Busy { reason, users };
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
    // Another request is another matter.
    world.want("balanced");
    world.comes_out(busy());
    assert!(rests(&world.until_other()).is_some());
    assert_eq!(world.state(), "pending");
}

#[test]
fn the_newest_request_counts() {
    let mut world = World::new(|_| ());
    world.want("halves");
    world.comes_out(change(false));
    assert!(matches!(world.until_other(), Step::Apply(_)));
    world.want("balanced");
    let Step::Look(request) = world.until_other() else {
        panic!("not looked at");
    };
    assert_eq!(request.config, "balanced");
    // It stays paused for the next change.
    assert_eq!((world.state(), world.plugin()), ("pending", PAUSED));
    world.file = Ok("another file".into());
    let Step::Look(request) = world.until_other() else {
        panic!("not looked at");
    };
    assert_eq!(request.file, world.file);
}

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
