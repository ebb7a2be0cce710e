//! Whatever is called in whatever order, what is on a GPU stays possible.

use nvml_mig_sim::{GpuSpec, MissingSlot, catalogue};
use nvml_mig_sys::nvmlGpuInstance_t;

use crate::nvml::{INSUFFICIENT_RESOURCES, Nvml, SUCCESS};

/// A small generator of numbers, the same ones every time (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn check(nvml: &Nvml, board: &catalogue::Board, instances: &[nvmlGpuInstance_t]) {
    let infos: Vec<_> = instances.iter().map(|&made| nvml.info(made)).collect();
    let (mut slices, mut ids) = (Vec::new(), Vec::new());
    let (mut decoders, mut jpeg, mut ofa) = (0, 0, 0);
    for info in &infos {
        let (start, size) = (info.placement.start, info.placement.size);
        slices.extend(start..start + size);
        ids.push(info.id);
        let profile = board
            .profiles
            .iter()
            .find(|profile| profile.id == info.profileId);
        let engines = profile.unwrap().engines;
        decoders += engines.decoder;
        jpeg += engines.jpeg;
        ofa += engines.ofa;
    }
    for (what, all) in [("slices", &mut slices), ("ids", &mut ids)] {
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "{what} are shared: {infos:?}");
    }
    assert!(slices.iter().all(|&slice| slice < board.memory_slices));
    assert!(infos.len() <= 8);
    let whole = board
        .profiles
        .iter()
        .max_by_key(|profile| profile.size)
        .unwrap()
        .engines;
    assert!(
        decoders <= whole.decoder && jpeg <= whole.jpeg && ofa <= whole.ofa,
        "{infos:?}"
    );
}

/// The capacity of a profile is what can really be made, one by one.
fn check_capacity(nvml: &Nvml, profile_id: u32) {
    let capacity = nvml.capacity(profile_id);
    let mut made = Vec::new();
    let refused = loop {
        match nvml.create(profile_id) {
            Ok(instance) => made.push(instance),
            Err(code) => break code,
        }
    };
    assert_eq!(refused, INSUFFICIENT_RESOURCES);
    assert_eq!(made.len(), capacity as usize, "profile {profile_id}");
    for instance in made {
        assert_eq!(nvml.destroy(instance), SUCCESS);
    }
}

#[test]
fn random_sequences() {
    for (board, slot) in catalogue::boards()
        .iter()
        .zip([MissingSlot::Seven, MissingSlot::Three].into_iter().cycle())
    {
        let nvml = Nvml::of(GpuSpec::new(board.key).missing_slot(slot));
        let (mut numbers, mut instances) = (Numbers(1), Vec::new());
        for _ in 0..200 {
            let profile = &board.profiles[numbers.below(board.profiles.len())];
            if numbers.below(3) == 0 && !instances.is_empty() {
                let instance = instances.swap_remove(numbers.below(instances.len()));
                assert_eq!(nvml.destroy(instance), SUCCESS);
            } else if numbers.below(2) == 0 {
                instances.extend(nvml.create(profile.id));
            } else {
                let start = profile.starts[numbers.below(profile.starts.len())];
                instances.extend(nvml.create_at(profile.id, start, profile.size));
            }
            check(&nvml, board, &instances);
            check_capacity(&nvml, profile.id);
        }
    }
}
