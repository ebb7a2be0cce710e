//! In how many ways a GPU can be filled.

use std::collections::BTreeSet;

use nvml_mig_sim::catalogue::{Board, boards};
use nvml_mig_sim::{GpuSpec, MissingSlot};

use super::nvml::{Nvml, SUCCESS};

/// Profile id and start of each instance, in order.
type Layout = BTreeSet<(u32, u32)>;

/// What can be reached from one layout by making more instances.
struct Search<'a> {
    nvml: &'a Nvml,
    /// Profile id, start and size.
    places: Vec<(u32, u32, u32)>,
    seen: BTreeSet<Layout>,
    full: BTreeSet<Layout>,
}

impl Search<'_> {
    fn from(&mut self, layout: &Layout) {
        if !self.seen.insert(layout.clone()) {
            return;
        }
        let mut is_full = true;
        for (profile_id, start, size) in self.places.clone() {
            if let Ok(made) = self.nvml.create_at(profile_id, start, size) {
                is_full = false;
                let mut larger = layout.clone();
                larger.insert((profile_id, start));
                self.from(&larger);
                assert_eq!(self.nvml.destroy(made), SUCCESS);
            }
        }
        if is_full {
            self.full.insert(layout.clone());
        }
    }
}

/// The full layouts of the profiles with these ids: one for each size, since the others only share the engines or the
/// memory differently.
fn full_layouts(board: &Board, slot: MissingSlot, ids: &[u32]) -> BTreeSet<Layout> {
    let nvml = Nvml::of(GpuSpec::new(board.key).missing_slot(slot));
    let plain = board.profiles.iter().filter(|p| ids.contains(&p.id));
    let places = plain.flat_map(|p| p.starts.iter().map(|&start| (p.id, start, p.size)));
    let mut search = Search {
        nvml: &nvml,
        places: places.collect(),
        seen: BTreeSet::new(),
        full: BTreeSet::new(),
    };
    search.from(&Layout::new());
    search.full
}

#[test]
fn as_many_as_placements_allow() {
    for board in boards() {
        let (ids, count): (&[u32], _) = match board.memory_slices {
            8 => (&[19, 14, 9, 5, 0], 19),
            // A30, and RTX PRO 6000 whose four quarters are the same with three slices each.
            _ => (&[14, 5, 0], 5),
        };
        for slot in [MissingSlot::Seven, MissingSlot::Three] {
            let layouts = full_layouts(board, slot, ids);
            assert_eq!(layouts.len(), count, "{}: {layouts:?}", board.key);
        }
    }
}
