//! Processes of their own, which can be killed. They are this test program again, told by its environment what to do.

use std::env;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nvml_mig::apply::{ApplyFailure, GpuPlanOptions};
use nvml_mig::{GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::Simulator;

use super::scenes;
use super::{Stage, state};

/// What the child does: `kill`, `recover` or `race`.
const JOB: &str = "NVML_MIG_TEST_JOB";
const FOLDER: &str = "NVML_MIG_TEST_FOLDER";
const NUMBER: &str = "NVML_MIG_TEST_NUMBER";
const SCENE: &str = "NVML_MIG_TEST_SCENE";

/// File that ends a race: the parent has seen the layouts of both children.
const SEEN: &str = "seen";

/// What a child says when it waits to be killed.
const WAITING: &str = "waiting to be killed";

fn text(name: &str) -> String {
    env::var(name).unwrap()
}

fn number() -> usize {
    text(NUMBER).parse().unwrap()
}

/// To be called by a test that is named `child_process`; without a job it does nothing.
pub fn run() {
    let Ok(job) = env::var(JOB) else {
        return;
    };
    let folder = text(FOLDER);
    let folder = Path::new(&folder);
    let simulator = Simulator::builder().state_file(folder.join("state.json"));
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    match job.as_str() {
        "race" => race(&nvml, folder),
        job => wait_at_step(&nvml, folder, job == "recover"),
    }
}

/// Applies a scene, and waits before the event with the number.
fn wait_at_step(nvml: &Nvml, folder: &Path, recover: bool) {
    let scene = scenes::all()[text(SCENE).parse::<usize>().unwrap()];
    let (mut events, last) = (0, number());
    let mut wait = || {
        events += 1;
        if events == last {
            println!("{WAITING}");
            thread::sleep(Duration::from_secs(60));
        }
    };
    let mut lock = MachineLock::take_in(folder).unwrap();
    if recover {
        lock.recover(nvml, |_| wait()).unwrap();
        return;
    }
    let device = nvml.device_by_index(0).unwrap();
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    let plan = GpuPlan::from_device(&device, scene.target(), options).unwrap();
    let applied = lock.apply(&[plan], |_| {
        wait();
        ControlFlow::Continue(())
    });
    applied.unwrap();
}

/// Applies one of two layouts again and again.
fn race(nvml: &Nvml, folder: &Path) {
    let device = nvml.device_by_index(0).unwrap();
    let layout: Layout = text(SCENE).parse().unwrap();
    let mut done = 0;
    while done < number() || !folder.join(SEEN).exists() {
        // Planned before the lock is taken: the other process may come first, and then nothing is changed.
        let plan = GpuPlan::from_device(&device, &layout, GpuPlanOptions::default());
        let mut lock = MachineLock::take_in(folder).unwrap();
        let before = state(&device);
        let applied = match plan {
            Ok(plan) => lock.apply(&[plan], |_| ControlFlow::Continue(())),
            // It was read while the other process changed it.
            Err(_) => continue,
        };
        match applied {
            Ok(_) => done += 1,
            Err(error) => {
                assert!(
                    matches!(*error.failure, ApplyFailure::Changed { .. }),
                    "{error}"
                );
                assert_eq!(state(&device), before);
                continue;
            }
        }
        let model = nvml_mig::plan::GpuModel::read(&device).unwrap();
        let present = nvml_mig::plan::PresentGpuInstance::read_all(&device).unwrap();
        let plan = model.plan(&present, &layout, Default::default()).unwrap();
        assert!(plan.changes_nothing(), "{plan}");
    }
}

fn start(job: &str, folder: &Path, number: usize, scene: &str) -> Child {
    // One that is killed leaves its simulator's folder behind, which goes with this one.
    let temporary = folder.join("temporary");
    std::fs::create_dir_all(&temporary).unwrap();
    Command::new(env::current_exe().unwrap())
        .env("TMPDIR", temporary)
        .args(["child_process", "--nocapture", "--test-threads=1"])
        .env(JOB, job)
        .env(FOLDER, folder)
        .env(NUMBER, number.to_string())
        .env(SCENE, scene)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills a process before its event with this number; `false` if it had ended by then, and that well.
fn killed(job: &str, stage: &Stage, scene: usize, event: usize) -> bool {
    let mut child = start(job, stage.folder.path(), event, &scene.to_string());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    if lines.any(|line| line.unwrap().contains(WAITING)) {
        child.kill().unwrap();
        child.wait().unwrap();
        return true;
    }
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    false
}

/// Kills the process that applies a scene before each of its events, and in every second case the one that takes it
/// back, too. Gives how many were killed.
pub fn kill_at_every_event(scene: usize) -> usize {
    let mut stage = Stage::shared(scenes::all()[scene]);
    let target = stage.target();
    for event in 1.. {
        stage.begin();
        if !killed("apply", &stage, scene, event) {
            assert_eq!(state(&stage.device), target);
            return event - 1;
        }
        super::assert_free(stage.folder.path());
        let mut lock = stage.lock();
        let interrupted = lock.is_interrupted();
        assert_eq!(
            interrupted,
            state(&stage.device) != stage.original || interrupted
        );
        if event % 2 == 0 {
            drop(lock);
            killed("recover", &stage, scene, event / 2 + 1);
            lock = stage.lock();
        }
        let complete = state(&stage.device) == target;
        let recovered = lock.recover(&stage.nvml, |_| {}).unwrap();
        let found = state(&stage.device);
        match recovered {
            Some(rollback) => assert!(rollback.is_complete(), "{rollback}"),
            // All steps were done, and what they created may be in use.
            None if complete => assert_eq!(found, target, "{}", stage.scene),
            None => {}
        }
        if !complete {
            assert_eq!(found, stage.original, "{}", stage.scene);
        }
        stage.assert_whole(&found, super::Outcome::RolledBack);
        assert!(!lock.is_interrupted());
    }
    unreachable!("it ends by itself at some event")
}

/// Lets two processes apply two layouts, each at least so many times, and looks on until it has seen both.
pub fn race_of_two(board: &str, layouts: [&str; 2], times: usize) {
    let folder = tempfile::tempdir().unwrap();
    let gpu = nvml_mig_sim::GpuSpec::new(board);
    let builder = Simulator::builder().gpu(gpu);
    let simulator = builder.state_file(folder.path().join("state.json"));
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    let model = nvml_mig::plan::GpuModel::read(&device).unwrap();
    let layouts = layouts.map(|text| (text, text.parse::<Layout>().unwrap()));
    let mut children: Vec<Child> = layouts
        .iter()
        .map(|(text, _)| start("race", folder.path(), times, text))
        .collect();
    let mut seen = [0, 0];
    let began = Instant::now();
    while children
        .iter_mut()
        .any(|child| child.try_wait().unwrap().is_none())
    {
        let lock = MachineLock::take_in(folder.path()).unwrap();
        assert!(!lock.is_interrupted());
        let present = nvml_mig::plan::PresentGpuInstance::read_all(&device).unwrap();
        drop(lock);
        for (at, (_, layout)) in layouts.iter().enumerate() {
            let plan = model.plan(&present, layout, Default::default()).unwrap();
            seen[at] += usize::from(plan.changes_nothing());
        }
        if seen.iter().all(|times| *times > 0) || began.elapsed() > Duration::from_secs(120) {
            std::fs::write(folder.path().join(SEEN), "").unwrap();
        }
        thread::sleep(Duration::from_millis(1));
    }
    for child in children {
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{said}");
    }
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}
