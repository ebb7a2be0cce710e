//! Plans that are applied while something goes wrong, and what must hold afterwards.
//!
//! `.ci/apply` tries everything that `cargo test` tries a part of.
pub mod child;
pub mod incident;
pub mod matrix;
pub mod scenes;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use nvml_mig::apply::{Applied, ApplyError, Difference, GpuPlanOptions, Progress, Rollback};
use nvml_mig::inventory::Inventory;
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml, ReturnCode};
use nvml_mig_sim::{GpuSpec, Process, Simulator, nvmlReturn_t};
use scenes::Scene;
use tempfile::TempDir;

/// Every code that nvml.h has, and one that it does not have.
pub fn codes() -> impl Iterator<Item = u32> {
    (1..=30).chain([999, 77])
}

/// The functions that change a GPU.
pub const CHANGES: [&str; 5] = [
    "nvmlComputeInstanceDestroy",
    "nvmlGpuInstanceDestroy",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    "nvmlDeviceSetMigMode",
];

/// The functions by which it is found out what stands on a GPU.
pub const QUESTIONS: [&str; 5] = [
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetGpuInstances",
    "nvmlGpuInstanceGetInfo",
    "nvmlGpuInstanceGetComputeInstances",
    "nvmlComputeInstanceGetInfo_v2",
];

/// A GPU instance as (profile, start, compute instances as (profile, start)): what a layout is about.
type Instance = (u32, u32, Vec<(u32, u32)>);

/// What stands on a GPU, in no order; `None` while MIG mode is off.
pub type State = Option<BTreeSet<Instance>>;

pub fn state(device: &Device) -> State {
    let modes = device.mig_mode().unwrap();
    assert_eq!(modes.current(), modes.pending(), "a mode is pending");
    if modes.current() == nvml_mig::MigMode::Disabled {
        return None;
    }
    let present = PresentGpuInstance::read_all(device).unwrap();
    let of = |instance: &PresentGpuInstance| {
        let compute_instances = instance.compute_instances().iter();
        let mut compute_instances: Vec<(u32, u32)> = compute_instances
            .map(|inside| (inside.profile().number(), inside.placement().start))
            .collect();
        compute_instances.sort_unstable();
        (
            instance.profile().number(),
            instance.placement().start,
            compute_instances,
        )
    };
    Some(present.iter().map(of).collect())
}

/// A GPU instance by its profile and what is in it.
type Placeless<'a> = (u32, &'a [(u32, u32)]);

/// The same without the places of GPU instances.
fn without_places(state: &State) -> Option<Vec<Placeless<'_>>> {
    let instances = state.as_ref()?.iter();
    let mut without: Vec<_> = instances
        .map(|(profile, _, inside)| (*profile, inside.as_slice()))
        .collect();
    without.sort_unstable();
    Some(without)
}

/// The same, of a report.
pub fn reported(found: &[nvml_mig::plan::PlacedGpuInstance]) -> BTreeSet<Instance> {
    let of = |instance: &nvml_mig::plan::PlacedGpuInstance| {
        let compute_instances = instance.compute_instances.iter();
        let mut compute_instances: Vec<(u32, u32)> = compute_instances
            .map(|inside| (inside.profile.number(), inside.placement.start))
            .collect();
        compute_instances.sort_unstable();
        (
            instance.profile.number(),
            instance.placement.start,
            compute_instances,
        )
    };
    found.iter().map(of).collect()
}

/// A folder for a journal that is synced a thousand times: in memory, as /run is, if there is such a file system.
fn in_memory() -> TempDir {
    let folder = tempfile::tempdir_in("/dev/shm");
    folder.unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// A machine on which a scene stands as it begins.
pub struct Stage {
    pub device: Device,
    pub nvml: Nvml,
    pub simulator: Simulator,
    pub folder: TempDir,
    pub scene: Scene,
    pub original: State,
}

/// A success names every instance that stands there, with the UUID of its MIG device; of one that was kept, if it can be
/// read.
pub fn assert_names_all(applied: &Applied, device: &Device) {
    let there = Inventory::read(device).unwrap().mig_devices().unwrap();
    let there = there.into_iter();
    let there = there.map(|mig| ((mig.gpu_instance_id, mig.compute_instance_id), mig.uuid));
    let mut there: BTreeMap<_, _> = there.collect();
    for gpu_instance in applied.gpus.iter().flat_map(|gpu| &gpu.gpu_instances) {
        for inside in &gpu_instance.instance.compute_instances {
            let uuid = there.remove(&(gpu_instance.id, inside.id)).unwrap();
            match &inside.mig_uuid {
                Some(named) => assert_eq!(named, &uuid),
                None => assert!(!inside.created),
            }
        }
    }
    assert!(there.is_empty(), "not named: {there:?}");
}

impl Stage {
    pub fn new(scene: Scene) -> Self {
        let gpu = GpuSpec::new(scene.board).mig(scene.from.is_some());
        let folder = in_memory();
        let simulator = Simulator::builder().gpu(gpu).start().unwrap();
        Self::with(scene, folder, simulator)
    }

    /// The same on a machine in a file, which other processes may open.
    pub fn shared(scene: Scene) -> Self {
        let gpu = GpuSpec::new(scene.board).mig(scene.from.is_some());
        let folder = in_memory();
        let builder = Simulator::builder().gpu(gpu);
        let simulator = builder.state_file(folder.path().join("state.json"));
        let simulator = simulator.start().unwrap();
        Self::with(scene, folder, simulator)
    }

    fn with(scene: Scene, folder: TempDir, simulator: Simulator) -> Self {
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let mut stage = Self {
            device,
            nvml,
            simulator,
            folder,
            scene,
            original: None,
        };
        stage.begin();
        stage
    }

    /// Puts everything where it is when the scene begins.
    pub fn begin(&mut self) {
        self.simulator.idle(Default::default()).unwrap();
        let from = self.scene.from.unwrap_or("none");
        let layout: Layout = from.parse().unwrap();
        if self.scene.from.is_some() {
            self.set_up(&layout);
        } else if self.device.mig_mode().unwrap().current() == nvml_mig::MigMode::Enabled {
            self.set_up(&layout);
            let _changed = self.device.set_mig_mode(nvml_mig::MigMode::Disabled);
        }
        if let Some(start) = self.scene.busy {
            let present = PresentGpuInstance::read_all(&self.device).unwrap();
            let busy = present
                .iter()
                .find(|instance| instance.placement().start == start);
            let process = Process::new(0, 4242).gpu_instance(busy.unwrap().id.number());
            self.simulator.busy(process.compute_instance(0)).unwrap();
        }
        self.original = state(&self.device);
    }

    /// By hand, so that what is judged does not judge itself.
    fn set_up(&self, layout: &Layout) {
        if self.device.mig_mode().unwrap().current() != nvml_mig::MigMode::Enabled {
            let _changed = self
                .device
                .set_mig_mode(nvml_mig::MigMode::Enabled)
                .unwrap();
        }
        for instance in self.device.gpu_instances().unwrap() {
            instance.destroy_with_compute_instances().unwrap();
        }
        let model = nvml_mig::plan::GpuModel::read(&self.device).unwrap();
        let plan = model.plan(&[], layout, Default::default()).unwrap();
        for planned in &plan.gpu_instances {
            let created = self
                .device
                .create_gpu_instance_at(planned.profile, planned.placement);
            let created = created.unwrap();
            for inside in &planned.compute_instances {
                let _made = created
                    .create_compute_instance_at(inside.profile, inside.placement)
                    .unwrap();
            }
        }
    }

    pub fn lock(&self) -> MachineLock {
        MachineLock::take_in(self.folder.path()).unwrap()
    }

    pub fn plan(&self) -> GpuPlan {
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        GpuPlan::from_device(&self.device, self.scene.target(), options).unwrap()
    }

    pub fn apply(
        &self,
        plan: GpuPlan,
        progress: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Applied, ApplyError> {
        self.lock().apply(&[plan], progress)
    }

    /// What stands there once the plan has been applied and nothing goes wrong.
    pub fn target(&self) -> State {
        let target = Stage::new(self.scene);
        target
            .apply(target.plan(), |_| ControlFlow::Continue(()))
            .unwrap();
        state(&target.device)
    }

    /// An open library remembers that its driver takes no placement.
    fn open_anew(&mut self) {
        self.nvml = Nvml::init_from(self.simulator.library_path()).unwrap();
        self.device = self.nvml.device_by_index(0).unwrap();
    }

    /// What is there, if it is the target but for the places of GPU instances and the layout does not say these.
    fn elsewhere(&self, target: &State) -> Option<State> {
        let says_places = self.scene.to.is_some_and(|to| to.contains(':'));
        let found = state(&self.device);
        let is_target = without_places(&found) == without_places(target);
        (is_target && !says_places).then_some(found)
    }

    /// What must hold after whatever went wrong: the target, the original, or what the report says.
    pub fn judge(&self, outcome: Result<Applied, ApplyError>, target: &State) -> Outcome {
        self.simulator.clear_faults().unwrap();
        let found = state(&self.device);
        let is_only_mode = self.is_only_mode(&outcome, &found);
        let outcome = match outcome {
            Ok(applied) => {
                assert_eq!(&found, target, "{}", self.scene);
                assert_names_all(&applied, &self.device);
                Outcome::Done
            }
            Err(error) => match &error.rollback {
                None => {
                    assert_eq!(found, self.original, "{}: {error}", self.scene);
                    Outcome::Untouched
                }
                Some(rollback) if rollback.is_complete() => {
                    assert_eq!(found, self.original, "{}: {error}", self.scene);
                    Outcome::RolledBack
                }
                Some(rollback) => {
                    assert_told(rollback, &found, &format!("{}: {error}", self.scene));
                    Outcome::Told
                }
            },
        };
        self.assert_whole(&found, outcome);
        self.assert_journal(outcome == Outcome::Told && !is_only_mode);
        outcome
    }

    /// Whether nothing is left but MIG mode, which the driver does not switch off while the GPU is in use.
    fn is_only_mode(&self, outcome: &Result<Applied, ApplyError>, found: &State) -> bool {
        let Some(rollback) = outcome
            .as_ref()
            .err()
            .and_then(|error| error.rollback.as_ref())
        else {
            return false;
        };
        let refused = rollback.gpus.iter().flat_map(|gpu| &gpu.refused);
        let codes: Vec<_> = refused.map(|undo| undo.error.code()).collect();
        let is_empty = found.as_ref().is_some_and(BTreeSet::is_empty);
        let is_in_use = codes.iter().all(|code| *code == Some(ReturnCode::InUse));
        self.original.is_none() && is_empty && is_in_use && !codes.is_empty()
    }

    /// Only a GPU that was not restored stays in the journal.
    fn assert_journal(&self, is_open: bool) {
        let mut lock = self.lock();
        let open = lock.interrupted_gpus().unwrap();
        let uuid = self.device.uuid().unwrap();
        if is_open {
            assert_eq!(open, [uuid.as_str()], "{}", self.scene);
            assert!(lock.give_up(&uuid).unwrap());
        } else {
            assert_eq!(open, [""; 0], "{}", self.scene);
        }
        assert!(!lock.is_interrupted());
    }

    /// Nothing busy was touched, and every GPU instance has compute instances. Only one from before, whose compute instances
    /// can't be restored now, is reported without them.
    pub fn assert_whole(&self, found: &State, outcome: Outcome) {
        let found = found.iter().flatten();
        let found: Vec<&Instance> = found.collect();
        for (profile, start, compute_instances) in &found {
            let scene = &self.scene;
            let mut original = self.original.iter().flatten();
            let was_there = original.any(|one| (one.0, one.1) == (*profile, *start));
            assert!(
                !compute_instances.is_empty() || (outcome == Outcome::Told && was_there),
                "{scene}: {profile} at {start} is empty"
            );
        }
        if let Some(busy) = self.scene.busy {
            let original = self.original.iter().flatten();
            let mut original = original.filter(|(_, start, _)| *start == busy);
            assert!(original.all(|instance| found.contains(&instance)));
            let running = self.device.processes().unwrap();
            assert_eq!(running.len(), 1, "{}", self.scene);
        }
    }
}

/// The report of a rollback that went wrong is exact.
pub fn assert_told(rollback: &Rollback, found: &State, what: &str) {
    let [gpu] = rollback.gpus.as_slice() else {
        panic!("{what}: one GPU");
    };
    let found = found.clone().unwrap_or_default();
    assert_eq!(reported(&gpu.found), found, "{what}");
    let has_reason = !gpu.refused.is_empty() || !gpu.left_alone.is_empty();
    assert!(has_reason || !gpu.read_back, "{what}");
    let before = pieces(&reported(&gpu.before));
    let found = pieces(&found);
    assert_eq!(
        told_pieces(&gpu.lost(), &before),
        &before - &found,
        "{what}"
    );
    assert_eq!(told_pieces(&gpu.left(), &found), &found - &before, "{what}");
}

/// A GPU instance, or a compute instance in it.
type Piece = (u32, u32, Option<(u32, u32)>);

fn pieces(state: &BTreeSet<Instance>) -> BTreeSet<Piece> {
    let of = |(profile, start, compute_instances): &Instance| {
        let (profile, start) = (*profile, *start);
        let compute_instances = compute_instances.clone().into_iter().map(Some);
        compute_instances
            .chain([None])
            .map(move |inside| (profile, start, inside))
    };
    state.iter().flat_map(of).collect()
}

fn told_pieces(differences: &[Difference], of: &BTreeSet<Piece>) -> BTreeSet<Piece> {
    let profile_at = |at: u32| of.iter().find(|(_, start, _)| *start == at).unwrap().0;
    let pieces_of = |difference: &Difference| match difference {
        Difference::GpuInstance(gpu_instance) => {
            pieces(&reported(std::slice::from_ref(gpu_instance)))
        }
        Difference::ComputeInstance {
            gpu_instance,
            compute_instance: inside,
            ..
        } => {
            let inside = (inside.profile.number(), inside.placement.start);
            let at = gpu_instance.start;
            [(profile_at(at), at, Some(inside))].into()
        }
        other => panic!("{other:?}"),
    };
    differences.iter().flat_map(pieces_of).collect()
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Done,
    Untouched,
    RolledBack,
    /// Neither the target nor the original, and reported as what it is.
    Told,
}

/// The functions that applying the plan of a scene calls, in order.
pub fn calls(scene: Scene) -> Vec<String> {
    let stage = Stage::new(scene);
    let plan = stage.plan();
    stage.simulator.log_calls(true).unwrap();
    stage.apply(plan, |_| ControlFlow::Continue(())).unwrap();
    let calls = stage.simulator.calls().unwrap();
    calls.into_iter().map(|call| call.function).collect()
}

/// Lets the call with this number in `calls` fail with a code, while the plan of the scene is applied.
pub fn fail_at(
    stage: &mut Stage,
    target: &State,
    calls: &[String],
    at: usize,
    code: u32,
) -> Outcome {
    stage.begin();
    let plan = stage.plan();
    let function = &calls[at];
    let nth = calls[..=at].iter().filter(|call| *call == function).count();
    let nth = u32::try_from(nth).unwrap();
    stage
        .simulator
        .fail(function, nth, nvmlReturn_t(code))
        .unwrap();
    let outcome = stage.apply(plan, |_| ControlFlow::Continue(()));
    // Such a driver takes no placement: it chooses where the layout does not say.
    let chooses = function.ends_with("CreateGpuInstanceWithPlacement")
        && nvmlReturn_t(code) == nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND;
    let elsewhere = chooses.then(|| stage.elsewhere(target)).flatten();
    let judged = stage.judge(outcome, elsewhere.as_ref().unwrap_or(target));
    if chooses {
        stage.open_anew();
    }
    judged
}

/// Stops at a step, and lets every call of a function fail from then on: the rollback meets it too.
pub fn fail_rollback(
    stage: &mut Stage,
    target: &State,
    step: usize,
    function: &str,
    code: u32,
) -> Outcome {
    stage.begin();
    let plan = stage.plan();
    let outcome = stage.apply(plan, |progress| match progress {
        Progress::Step { number, .. } if *number == step => {
            stage
                .simulator
                .fail(function, 0, nvmlReturn_t(code))
                .unwrap();
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    stage.judge(outcome, target)
}

/// How many steps the plan of a scene has.
pub fn steps(scene: Scene) -> usize {
    Stage::new(scene).plan().lines().len()
}

/// The lock of a folder is free, whoever had it.
pub fn assert_free(folder: &Path) {
    assert!(MachineLock::try_take_in(folder).unwrap().is_some());
}
