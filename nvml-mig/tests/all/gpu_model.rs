//! What a model of GPU can be partitioned into, as drivers tell it.

use crate::support::brute_force::model_of;
use crate::support::chain::chain;
use crate::support::machine::{Machine, on_each_driver};
use nvml_mig::device::Architecture;
#[cfg(feature = "json")]
use nvml_mig::plan::GpuModelError;
use nvml_mig::plan::{
    ComputePlacementRule, Engine, GpuInstanceProfileModel, GpuModel, PlanOptions,
    PresentGpuInstance, ProfileSource,
};
use nvml_mig::profile::{ComputeInstanceProfileId, ProfileName};
use nvml_mig_sim::catalogue;

fn sorted(model: &GpuModel) -> Vec<GpuInstanceProfileModel> {
    let mut profiles = model.profiles.clone();
    profiles.sort_by_key(|profile| profile.id);
    for profile in &mut profiles {
        profile
            .compute_instance_profiles
            .sort_by_key(|part| part.id);
    }
    profiles
}

/// On an empty GPU the compute instance profiles come from the rule: it gives the table of every board, with the second
/// profiles that a 2g and a 1g with double memory have on some.
#[test]
fn without_gpu_instances_the_rule_gives_the_tables_of_all_boards() {
    for board in catalogue::boards() {
        let machine = Machine::with(board.key);
        let read = sorted(&GpuModel::read(&machine.device).unwrap());
        let table = sorted(&model_of(board));
        assert_eq!(read.len(), table.len(), "{}", board.key);
        for (read, mut expected) in read.into_iter().zip(table) {
            expected.compute_instance_profile_source = ProfileSource::PlacementRule;
            assert_eq!(read, expected, "{}", board.key);
        }
    }
}

#[test]
fn of_an_existing_gpu_instance_the_driver_is_asked() {
    for board in [
        "a30",
        "a100-sxm4-40gb",
        "h100-sxm5-80gb",
        "rtx-pro-6000-bse",
    ] {
        let (machine, table) = (
            Machine::with(board),
            model_of(catalogue::find(board).unwrap()),
        );
        for (earlier, expected) in sorted(&table).into_iter().enumerate() {
            let instance = machine.create(expected.id.number()).unwrap();
            let read = GpuModel::read(&machine.device).unwrap();
            let others = read.profiles.iter().filter(|profile| {
                profile.compute_instance_profile_source == ProfileSource::PlacementRule
            });
            // What was told of those before is still known.
            assert_eq!(others.count() + earlier + 1, read.profiles.len());
            let profile = sorted(&read)
                .into_iter()
                .find(|profile| profile.id == expected.id);
            assert_eq!(profile.unwrap(), expected);
            instance.destroy().unwrap();
        }
    }
}

#[test]
fn drivers_of_all_ages_give_one_model_of_an_a100() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        let _there = machine.create(9).unwrap();
        let read = GpuModel::read(&machine.device).unwrap();
        let table = sorted(&model_of(catalogue::find("a100-sxm4-40gb").unwrap()));
        for profile in sorted(&read) {
            let expected = table
                .iter()
                .find(|expected| expected.id == profile.id)
                .unwrap();
            assert_eq!(profile.placements, expected.placements);
            assert_eq!(
                profile.compute_instance_profiles,
                expected.compute_instance_profiles
            );
        }
    });
}

#[test]
fn what_is_there_is_read_with_who_is_busy() {
    let machine = Machine::with("a30");
    let gpu_instance = machine.create(5).unwrap();
    let profile = gpu_instance
        .compute_instance_profile_by_name("1c.2g.12gb")
        .unwrap();
    let first = gpu_instance.create_compute_instance(profile.id).unwrap();
    let _second = gpu_instance.create_compute_instance(profile.id).unwrap();
    let other = machine.create(14).unwrap();
    let process = nvml_mig_sim::Process::new(0, 4711).gpu_instance(gpu_instance.id().number());
    let process = process.compute_instance(first.id().number());
    machine.simulator.busy(process).unwrap();
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    let state = |there: &PresentGpuInstance| {
        let parts = there.compute_instances().iter().map(|part| part.busy);
        (there.id, there.busy, parts.collect::<Vec<_>>())
    };
    let states: Vec<_> = present.iter().map(state).collect();
    let expected = [
        (gpu_instance.id(), true, vec![true, false]),
        (other.id(), false, vec![]),
    ];
    assert_eq!(states, expected);
    let model = GpuModel::read(&machine.device).unwrap();
    let layout = model.layout_of(&present);
    let plan = model
        .plan(&present, &layout, PlanOptions::default())
        .unwrap();
    assert!(plan.changes_nothing(), "{plan}");
}

/// The figures of an A100 of 40 GB (`nvidia-smi mig -lgip` and `-lcip`): 5 NVDEC, 1 JPEG and 1 OFA, and no NVENC; 1c, 2c and
/// 3c in 3g.20gb.
#[test]
fn a_model_tells_engines_and_compute_instance_profiles() {
    let model = model_of(catalogue::find("a100-sxm4-40gb").unwrap());
    let engines = model.engines();
    let kinds = [Engine::Decoder, Engine::Encoder, Engine::Jpeg, Engine::Ofa];
    assert_eq!(kinds.map(|kind| engines.count(kind)), [5, 0, 1, 1]);
    let three = model.profile_by_name("3g.20gb").unwrap();
    let id = ComputeInstanceProfileId::new;
    let two = three.compute_instance_profile_by_id(id(1)).unwrap();
    assert_eq!((two.name.as_str(), two.slice_count), ("2c.3g.20gb", 2));
    let error = three.compute_instance_profile_by_id(id(4)).unwrap_err();
    assert!(error.to_string().contains("1c.3g.20gb"), "{error}");
}

#[test]
fn compute_instances_stand_anywhere_on_ampere_and_aligned_on_newer_gpus() {
    let rule = ComputePlacementRule::of;
    assert_eq!(rule(Architecture::Ampere), ComputePlacementRule::Windows);
    for newer in [Architecture::Hopper, Architecture::Blackwell] {
        assert_eq!(rule(newer), ComputePlacementRule::Aligned);
    }
}

/// What drivers call a profile differs in its memory: 3g.39gb and 3g.40gb are one.
#[test]
fn names_are_matched_as_on_a_device() {
    let model = model_of(catalogue::find("a100-80gb-pcie").unwrap());
    assert_eq!(
        model.profile_by_name("MIG 3g.39gb").unwrap().name,
        "3g.40gb"
    );
    assert!(model.profile_by_name("3g.20gb").is_err());
    let three = model.profile_by_name("3g.40gb").unwrap();
    assert!("3g.40gb".parse::<ProfileName>().is_ok());
    assert_eq!(
        three.compute_instance_profile_of_slices(3).unwrap().name,
        "3g.40gb"
    );
}

/// A model may come from JSON that anybody wrote.
#[test]
fn a_model_of_nonsense_is_planned_for_in_no_time() {
    for slice_count in [0, 9, u32::MAX] {
        let rule = ComputePlacementRule::Windows;
        assert_eq!(rule.profiles(&"1g.5gb".into(), slice_count, false), []);
    }
    let mut model = model_of(catalogue::find("a100-sxm4-40gb").unwrap());
    model.max_gpu_instances = 32;
    let layout = "32*1g.5gb".parse().unwrap();
    let answer = model.plan(&[], &layout, PlanOptions::default());
    assert!(chain(&answer.unwrap_err()).contains("32 memory slices are needed"));
}

#[cfg(feature = "json")]
#[test]
fn a_model_is_kept_as_json() {
    let machine = Machine::with("h100-sxm5-80gb");
    let model = GpuModel::read(&machine.device).unwrap();
    let json = model.to_json().unwrap();
    assert_eq!(GpuModel::from_json(&json).unwrap(), model);
    // A later version may have fields that this one does not know.
    let later = json.replace("\"version\": 1,", "\"version\": 2, \"later\": true,");
    let error = GpuModel::from_json(&later).unwrap_err();
    assert!(matches!(error, GpuModelError::Version { found: 2, .. }));
    let error = GpuModel::from_json(&json[1..]).unwrap_err();
    assert!(matches!(error, GpuModelError::Json(_)), "{error}");
}
