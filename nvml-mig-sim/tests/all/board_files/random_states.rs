//! A machine with a captured board answers like one with the catalogue's board, in any state.

use std::cell::Cell;

use nvml_mig_sim::catalogue::{Board, boards};
use nvml_mig_sim::{GpuSpec, MissingSlot, Simulator};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

use super::answers::Answers;
use super::captures::file_of;
use crate::simulator::nvml::Nvml;

/// For each board.
const SEQUENCES: u32 = 6;
const CHANGES: usize = 12;

/// A change, made on both machines; it may be refused.
#[derive(Debug, Clone)]
enum Change {
    Create(Index, Option<Index>),
    Divide(Index, u32, Option<(u32, u32)>),
    Destroy(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let any = any::<Index>;
    let placement = prop::option::of((0_u32..8, 1_u32..5));
    prop_oneof![
        4 => (any(), prop::option::of(any())).prop_map(|(profile, at)| Change::Create(profile, at)),
        4 => (any(), 0_u32..9, placement).prop_map(|(on, id, at)| Change::Divide(on, id, at)),
        1 => any().prop_map(Change::Destroy),
    ]
}

/// Makes a change, and gives the code.
fn make(nvml: &Nvml, board: &Board, change: &Change) -> u32 {
    let all = || {
        let profiles = board.profiles.iter();
        profiles
            .flat_map(|profile| nvml.instances(profile.id))
            .collect::<Vec<_>>()
    };
    let chosen = |index: &Index| {
        let all = all();
        (!all.is_empty()).then(|| *index.get(&all))
    };
    match change {
        Change::Create(index, at) => {
            let profile = index.get(board.profiles);
            let created = match at {
                Some(at) => nvml.create_at(profile.id, *at.get(profile.starts), profile.size),
                None => nvml.create(profile.id),
            };
            created.err().unwrap_or(0)
        }
        Change::Divide(index, id, at) => chosen(index).map_or(0, |parent| {
            let created = match at {
                Some((start, size)) => nvml.create_compute_at(parent, *id, *start, *size),
                None => nvml.create_compute(parent, *id),
            };
            created.err().unwrap_or(0)
        }),
        Change::Destroy(index) => chosen(index).map_or(0, |parent| {
            let parts = (0..9).flat_map(|id| inside(nvml, board, parent, id));
            parts.collect::<Vec<_>>().into_iter().for_each(|part| {
                nvml.destroy_compute(part);
            });
            nvml.destroy(parent)
        }),
    }
}

/// The compute instances of a profile, where the GPU instance has that profile.
fn inside(
    nvml: &Nvml,
    board: &Board,
    parent: nvml_mig_sys::nvmlGpuInstance_t,
    id: u32,
) -> Vec<nvml_mig_sys::nvmlComputeInstance_t> {
    let own = nvml.info(parent).profileId;
    let mut profiles = board.profiles.iter();
    let profile = profiles.find(|profile| profile.id == own).unwrap();
    if profile.compute.iter().all(|inside| inside.id != id) {
        return Vec::new();
    }
    nvml.compute_instances(parent, id)
}

/// One machine with the board of the catalogue, and one with the captured.
struct Pair {
    board: &'static Board,
    known: Nvml,
    captured: Nvml,
    /// Whether some state had compute instances.
    was_divided: Cell<bool>,
}

impl Pair {
    fn compare(&self, changes: &[Change]) -> TestCaseResult {
        for nvml in [&self.known, &self.captured] {
            nvml.simulator.reset_gpu(0).unwrap();
            nvml.set_mode(1);
        }
        for change in changes {
            let code = make(&self.known, self.board, change);
            prop_assert_eq!(make(&self.captured, self.board, change), code);
        }
        let answers = Answers::of(&self.known, self.board);
        if answers.contains("compute instance: ") {
            self.was_divided.set(true);
        }
        prop_assert_eq!(Answers::of(&self.captured, self.board), answers);
        Ok(())
    }
}

#[test]
fn the_same_answers_in_every_state() {
    let folder = tempfile::tempdir().unwrap();
    for (number, board) in boards().iter().enumerate() {
        let slot = [MissingSlot::Seven, MissingSlot::Three][number % 2];
        let captured = GpuSpec::from_board_file(file_of(board, folder.path())).unwrap();
        let start = |gpu: GpuSpec| Nvml::start(Simulator::builder().gpu(gpu.missing_slot(slot)));
        let pair = Pair {
            board,
            known: start(GpuSpec::new(board.key)),
            captured: start(captured),
            was_divided: Cell::new(false),
        };
        let config = Config {
            failure_persistence: None,
            ..Config::with_cases(SEQUENCES)
        };
        // The same states each time, so that a failure comes again.
        let chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let sequence = prop::collection::vec(change(), 1..CHANGES);
        let outcome = TestRunner::new_with_rng(config, chance)
            .run(&sequence, |changes| pair.compare(&changes));
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", board.key));
        assert!(pair.was_divided.get(), "{}", board.key);
    }
}
