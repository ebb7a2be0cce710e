//! The catalogue of boards: the well-known ones figure by figure, and of all of them what must hold within a table.

mod board_names;
mod board_search;
mod compute_instance_profiles;
mod gpu_instance_profiles;
mod profile_memory;
mod profile_names;
mod vgpu_types;
mod well_known_boards;

use nvml_mig_sim::catalogue::{Architecture, Board, Engines, GpuInstanceProfile};

fn places_ascend_within(place: &str, starts: &[u32], size: u32, slices: u32) {
    assert!(size > 0 && !starts.is_empty(), "{place}");
    assert!(starts.is_sorted_by(|a, b| a < b), "{place}: {starts:?}");
    assert!(
        starts.iter().all(|start| start + size <= slices),
        "{place}: {starts:?}:{size}"
    );
}

/// How many placements fit beside each other.
fn without_overlap(starts: &[u32], size: u32) -> u32 {
    let mut free = 0;
    let mut count = 0;
    for &start in starts {
        if start >= free {
            free = start + size;
            count += 1;
        }
    }
    count
}

fn engines(profile: &GpuInstanceProfile) -> [u32; 5] {
    let Engines {
        copy,
        decoder,
        encoder,
        jpeg,
        ofa,
        ..
    } = profile.engines;
    [copy, decoder, encoder, jpeg, ofa]
}

/// Whether compute instances stand at multiples of their size. `h100-pcie-80gb` is a Hopper without that, since its
/// double-memory 1g has no more SMs than a plain 1g.
fn aligns(board: &Board) -> bool {
    let pcie = matches!(board.key, "h100-pcie-80gb" | "h800-pcie-80gb");
    board.architecture != Architecture::Ampere && !pcie
}

/// Whether the double-memory 1g has more SMs than a plain 1g, which a compute instance profile of its own gives.
fn has_double_compute_profile(board: &Board) -> bool {
    aligns(board) && board.memory_slices == 8
}
