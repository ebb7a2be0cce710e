//! How many more fit: the "Free" column of `nvidia-smi mig -lgip`.

use nvml_mig_sim::{GpuSpec, MissingSlot, catalogue};

use super::nvml::Nvml;

/// Profile ids in the order of the rows below.
const A100: [u32; 7] = [19, 20, 15, 14, 9, 5, 0];

fn free(nvml: &Nvml) -> [u32; 7] {
    A100.map(|profile_id| nvml.capacity(profile_id))
}

/// Real output of an A100-SXM4-40GB, after each of three creations. All 8-slice boards have these profiles and
/// placements, and enough engines for them.
#[test]
fn free_column_of_an_a100() {
    let boards = catalogue::boards().iter();
    for board in boards.filter(|board| board.memory_slices == 8) {
        for slot in [MissingSlot::Seven, MissingSlot::Three] {
            let nvml = Nvml::of(GpuSpec::new(board.key).missing_slot(slot));
            assert_eq!(free(&nvml), [7, 1, 4, 3, 2, 1, 1], "{}", board.key);
            nvml.create(5).unwrap();
            assert_eq!(free(&nvml), [3, 1, 2, 1, 1, 0, 0], "{}", board.key);
            nvml.create(14).unwrap();
            assert_eq!(free(&nvml), [1, 1, 1, 0, 0, 0, 0], "{}", board.key);
            nvml.create(19).unwrap();
            assert_eq!(free(&nvml), [0; 7], "{}", board.key);
        }
    }
}

/// An empty GPU takes as many as the profile's own count says.
#[test]
fn an_empty_gpu_takes_the_count_of_each_profile() {
    for board in catalogue::boards() {
        let nvml = Nvml::with(board.key);
        for profile in board.profiles {
            let name = profile.name;
            assert_eq!(
                nvml.capacity(profile.id),
                profile.instances,
                "{} {name}",
                board.key
            );
        }
    }
}

/// Media engines, not slices, limit these.
#[test]
fn media_engines_run_out() {
    let nvml = Nvml::with("a100-sxm4-40gb");
    nvml.create(20).unwrap();
    assert_eq!(nvml.capacity(20), 0, "1g+me has the only JPEG engine");
    assert_eq!(nvml.capacity(19), 6);
    assert_eq!(nvml.capacity(0), 0);

    let nvml = Nvml::with("rtx-pro-6000-bse");
    nvml.create(65).unwrap();
    assert_eq!(
        nvml.capacity(14),
        0,
        "+me.all leaves no engine to a plain profile"
    );
    assert_eq!(nvml.capacity(67), 3, "-me needs none");
    assert_eq!(nvml.capacity(66), 1);
}
