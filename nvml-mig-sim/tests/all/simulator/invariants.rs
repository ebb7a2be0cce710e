//! Whatever is called in whatever order, what is on a GPU stays possible, and a refused call changes nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use nvml_mig_sim::catalogue::{Board, Engines, GpuInstanceProfile, boards};
use nvml_mig_sim::{GpuSpec, MissingSlot, Process, ProcessFilter, Simulator};
use nvml_mig_sys::nvmlGpuInstance_t;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use super::compute_instances;
use super::nvml::{INSUFFICIENT_RESOURCES, Nvml, SUCCESS};
use super::snapshot::{Inside, Snapshot};

/// As many as take a second or two.
const SEQUENCES: u32 = 200;
const CALLS: usize = 25;

/// A call; what it is made on is one of what there is then, or of what there was.
#[derive(Debug, Clone)]
enum Call {
    Create(Index, Option<(u32, u32)>),
    CreateAtPossible(Index, Index),
    CreateUnknown(u32),
    Destroy(Index),
    CreateInside(Index, u32, Option<(u32, u32)>),
    DestroyInside(Index),
    SetMode(u32),
    Reset,
    StartProcess(Index),
    EndProcesses,
}

fn call() -> impl Strategy<Value = Call> {
    let placement = || prop::option::weighted(0.3, (0_u32..13, 1_u32..13));
    let any = any::<Index>;
    prop_oneof![
        6 => (any(), placement()).prop_map(|(profile, at)| Call::Create(profile, at)),
        4 => (any(), any()).prop_map(|(profile, at)| Call::CreateAtPossible(profile, at)),
        1 => (0_u32..70).prop_map(Call::CreateUnknown),
        4 => any().prop_map(Call::Destroy),
        3 => (any(), 0_u32..9, placement()).prop_map(|(on, id, at)| Call::CreateInside(on, id, at)),
        // The size of most profiles is one more than their id.
        6 => (any(), 0_u32..4, 0_u32..7)
            .prop_map(|(on, id, start)| Call::CreateInside(on, id, Some((start, id + 1)))),
        5 => any().prop_map(Call::DestroyInside),
        1 => (0_u32..3).prop_map(Call::SetMode),
        1 => Just(Call::Reset),
        1 => any().prop_map(Call::StartProcess),
        2 => Just(Call::EndProcesses),
    ]
}

/// A machine that lasts for many sequences, each of which starts on an empty GPU.
struct Tested {
    nvml: Nvml,
    board: &'static Board,
    /// Everything that a machine is, where it is kept in a file.
    state_file: Option<PathBuf>,
}

impl Tested {
    fn new(number: usize, board: &'static Board, folder: &std::path::Path) -> Self {
        let slots = [MissingSlot::Seven, MissingSlot::Three];
        let gpu = GpuSpec::new(board.key).missing_slot(slots[number % 2]);
        let builder = Simulator::builder().gpu(gpu);
        // Calls on a file take longer: every sixth machine is enough.
        let file = (number.is_multiple_of(6)).then(|| folder.join(format!("{number}.json")));
        let nvml = Nvml::start(match &file {
            Some(path) => builder.state_file(path),
            None => builder,
        });
        Self {
            nvml,
            board,
            state_file: file,
        }
    }

    fn run(&self, calls: &[Call]) -> TestCaseResult {
        let simulator = &self.nvml.simulator;
        simulator.idle(ProcessFilter::default()).unwrap();
        simulator.reset_gpu(0).unwrap();
        assert_eq!(self.nvml.set_mode(1), (SUCCESS, SUCCESS));
        let mut handles = (Vec::new(), Vec::new());
        for call in calls {
            let before = (self.snapshot(), self.state());
            let code = self.make(call, &mut handles);
            let after = self.snapshot();
            if code != SUCCESS {
                prop_assert_eq!(
                    &before,
                    &(after.clone(), self.state()),
                    "refused: {:?}",
                    call
                );
            }
            check(self.board, &after)?;
            after.check_lookups(&self.nvml)?;
            self.check_capacity(call, &after)?;
        }
        Ok(())
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.nvml, self.board)
    }

    fn state(&self) -> Option<Vec<u8>> {
        let file = self.state_file.as_ref();
        file.map(|path| std::fs::read(path).unwrap())
    }

    /// Makes a call and gives its code. Handles are kept when what they stood for is gone.
    fn make(&self, call: &Call, (made, inside): &mut (Vec<nvmlGpuInstance_t>, Vec<Inside>)) -> u32 {
        let nvml = &self.nvml;
        let profile = |index: &Index| index.get(self.board.profiles);
        match *call {
            Call::Create(ref index, None) => keep(nvml.create(profile(index).id), made),
            Call::Create(ref index, Some((start, size))) => {
                keep(nvml.create_at(profile(index).id, start, size), made)
            }
            Call::CreateAtPossible(ref index, ref at) => {
                let GpuInstanceProfile {
                    id, starts, size, ..
                } = *profile(index);
                keep(nvml.create_at(id, *at.get(starts), size), made)
            }
            Call::CreateUnknown(id) => keep(nvml.create(id), made),
            Call::Destroy(ref index) => with(made, index, |made| nvml.destroy(made)),
            Call::CreateInside(ref index, id, None) => {
                with(made, index, |on| keep(nvml.create_compute(on, id), inside))
            }
            Call::CreateInside(ref index, id, Some((start, size))) => with(made, index, |on| {
                keep(nvml.create_compute_at(on, id, start, size), inside)
            }),
            Call::DestroyInside(ref index) => {
                with(inside, index, |made| nvml.destroy_compute(made))
            }
            Call::SetMode(mode) => nvml.set_mode(mode).0,
            Call::Reset => u32::from(nvml.simulator.reset_gpu(0).is_err()),
            Call::StartProcess(ref index) => {
                let process = self.process(index);
                u32::from(nvml.simulator.busy(process).is_err())
            }
            Call::EndProcesses => u32::from(nvml.simulator.idle(ProcessFilter::default()).is_err()),
        }
    }

    /// On one of the MIG devices, or on the GPU.
    fn process(&self, index: &Index) -> Process {
        let found = self.snapshot().mig_devices;
        match found.get(index.index(found.len() + 1)) {
            Some(mig) => Process::new(0, 7)
                .gpu_instance(mig.ids.0)
                .compute_instance(mig.ids.1),
            None => Process::new(0, 7),
        }
    }

    /// The capacity of the called profile is what can really be made, one by one.
    fn check_capacity(&self, call: &Call, before: &Snapshot) -> TestCaseResult {
        let nvml = &self.nvml;
        nvml.simulator.idle(ProcessFilter::default()).unwrap();
        match call {
            Call::Create(index, _) if before.mode.0 == 1 => {
                let id = index.get(self.board.profiles).id;
                let capacity = nvml.capacity(id);
                fill(capacity, || nvml.create(id), |made| nvml.destroy(made))?;
            }
            Call::CreateInside(index, ..) if !before.gpu_instances.is_empty() => {
                let parent = index.get(&before.gpu_instances).handle;
                let parent = core::ptr::without_provenance_mut(parent);
                for id in 0..9 {
                    if let Some(capacity) = compute_instances::capacity(nvml, parent, id) {
                        let make = || nvml.create_compute(parent, id);
                        fill(capacity, make, |made| nvml.destroy_compute(made))?;
                    }
                }
            }
            _ => {}
        }
        prop_assert_eq!(&self.snapshot(), before);
        Ok(())
    }
}

/// Makes as many as there is room for, and destroys them.
fn fill<T>(
    capacity: u32,
    make: impl FnMut() -> Result<T, u32>,
    destroy: impl Fn(T) -> u32,
) -> TestCaseResult {
    let mut made = Vec::new();
    let mut more = std::iter::repeat_with(make);
    let refused = more.find_map(|one| one.map(|one| made.push(one)).err());
    prop_assert_eq!(refused, Some(INSUFFICIENT_RESOURCES));
    prop_assert_eq!(made.len(), capacity as usize);
    for one in made {
        prop_assert_eq!(destroy(one), SUCCESS);
    }
    Ok(())
}

fn keep<T>(made: Result<T, u32>, all: &mut Vec<T>) -> u32 {
    made.map(|made| all.push(made)).err().unwrap_or(SUCCESS)
}

/// Nothing was made yet: nothing is called.
fn with<T: Copy>(all: &[T], index: &Index, call: impl FnOnce(T) -> u32) -> u32 {
    if all.is_empty() {
        return SUCCESS;
    }
    call(*index.get(all))
}

fn check(board: &Board, found: &Snapshot) -> TestCaseResult {
    let (mut slices, mut ids) = (Vec::new(), Vec::new());
    let mut engines = [0; 4];
    for instance in &found.gpu_instances {
        let profile = board.profiles.iter().find(|p| p.id == instance.profile_id);
        let profile = profile.unwrap();
        slices.extend(instance.start..instance.start + instance.size);
        ids.push(instance.id);
        for (sum, more) in engines.iter_mut().zip(limited(profile.engines)) {
            *sum += more;
        }
        check_inside(instance.id, profile, found)?;
    }
    prop_assert!(all_differ(&slices), "a slice is shared: {:?}", found);
    prop_assert!(all_differ(&ids), "an id is shared: {:?}", found);
    prop_assert!(slices.iter().all(|&slice| slice < board.memory_slices));
    prop_assert!(ids.len() <= 8);
    let whole = board.profiles.iter().max_by_key(|profile| profile.size);
    let all = limited(whole.unwrap().engines);
    prop_assert!(
        engines.iter().zip(all).all(|(&sum, all)| sum <= all),
        "{:?}",
        found
    );
    prop_assert!(found.mig_devices.len() <= board.max_mig_devices as usize);
    Ok(())
}

/// Copy engines are shared where there are more instances than engines.
fn limited(engines: Engines) -> [u32; 4] {
    [engines.decoder, engines.encoder, engines.jpeg, engines.ofa]
}

fn check_inside(id: u32, profile: &GpuInstanceProfile, found: &Snapshot) -> TestCaseResult {
    let (mut slices, mut ids, mut used) = (Vec::new(), Vec::new(), 0);
    for inside in found
        .compute_instances
        .iter()
        .filter(|inside| inside.parent == id)
    {
        slices.extend(inside.start..inside.start + inside.size);
        ids.push(inside.id);
        let mut profiles = profile.compute.iter();
        used += profiles.find(|p| p.id == inside.profile_id).unwrap().slices;
    }
    prop_assert!(all_differ(&slices) && all_differ(&ids), "{:?}", found);
    prop_assert!(
        ids.iter().all(|&id| id < 8) && used <= profile.slices,
        "{:?}",
        found
    );
    Ok(())
}

fn all_differ(numbers: &[u32]) -> bool {
    numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len()
}

#[test]
fn any_sequence_of_calls() {
    let folder = tempfile::tempdir().unwrap();
    let machines = boards().iter().enumerate();
    let machines: Vec<Tested> = machines
        .map(|(number, board)| Tested::new(number, board, folder.path()))
        .collect();
    let numbers: Vec<usize> = (0..machines.len()).collect();
    let sequence = (select(numbers), prop::collection::vec(call(), 1..CALLS));
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(SEQUENCES)
    };
    let outcome =
        TestRunner::new(config).run(&sequence, |(machine, calls)| machines[machine].run(&calls));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
