//! An allocator: creates a MIG device of the requested size on the fullest GPU with room for it, and destroys it by its UUID.

use super::profiles;
use nvml_mig::inventory::Inventory;
use nvml_mig::plan::PlanOptions;
use nvml_mig::{Device, Error, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

/// Creates a MIG device of a profile such as `2g.10gb`, and returns its UUID.
fn allocate(nvml: &Nvml, profile: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut problems = Vec::new();
    let mut candidates = Vec::new();
    for (index, gpu) in nvml.each_device()? {
        match gpu.and_then(|gpu| Ok((room(&gpu, profile)?, gpu))) {
            Ok((Some(room), gpu)) => candidates.push((room, gpu)),
            Ok((None, _)) => problems.push(format!("GPU {index}: no room")),
            Err(error) => problems.push(format!("GPU {index}: {error}")),
        }
    }
    candidates.sort_by_key(|(room, _)| *room);
    for (_, gpu) in candidates {
        match create(&gpu, profile) {
            Ok(uuid) => return Ok(uuid),
            Err(error) => problems.push(error.to_string()),
        }
    }
    Err(problems.join("\n").into())
}

/// How much fits on a GPU; `None` if this profile does not fit beside the instances that exist.
fn room(gpu: &Device, profile: &str) -> Result<Option<u32>, Error> {
    let inventory = Inventory::read(gpu)?;
    let model = inventory.model()?;
    let wanted = model.profile_by_name(profile)?.id;
    let fit = model.fit(&inventory.present()?, PlanOptions::default());
    let fits = fit.profile(wanted).is_some_and(|profile| profile.count > 0);
    Ok(fits.then_some(fit.room))
}

fn create(gpu: &Device, profile: &str) -> Result<String, Error> {
    let profile = gpu.gpu_instance_profile_by_name(profile)?;
    gpu.create_mig_device(profile.id)?.uuid()
}

fn free(nvml: &Nvml, uuid: &str) -> Result<(), Error> {
    let gpu_instance = nvml.mig_device_by_uuid(uuid)?.gpu_instance()?;
    Ok(gpu_instance.destroy_with_compute_instances()?)
}

/// A T4, an empty A100, one with a `4g.20gb`, an A30 with MIG mode off, and an A100 that is lost.
fn machine() -> (Simulator, Nvml) {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("t4"))
        .gpu(GpuSpec::new("a100-sxm4-40gb"))
        .gpu(GpuSpec::new("a100-sxm4-40gb"))
        .gpu(GpuSpec::new("a30").mig(false))
        .gpu(GpuSpec::new("a100-sxm4-40gb"))
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    super::create(&nvml.device_by_index(2).unwrap(), "4g.20gb");
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.refuse_gpu(4, Some(lost)).unwrap();
    (simulator, nvml)
}

/// The profiles of the MIG devices of both A100s.
fn state(nvml: &Nvml) -> [Vec<String>; 2] {
    [1, 2].map(|index| profiles(&nvml.device_by_index(index).unwrap()))
}

/// A real A100 has room for one more `2g.10gb` beside a `4g.20gb`, and for three without.
#[test]
fn the_fullest_gpu_with_room_is_chosen_until_all_are_full() {
    let (_simulator, nvml) = machine();
    let first = allocate(&nvml, "2g.10gb").unwrap();
    assert_eq!(state(&nvml), [vec![], vec!["4g.20gb", "2g.10gb"]]);
    for _ in 0..3 {
        allocate(&nvml, "2g.10gb").unwrap();
    }
    let full = allocate(&nvml, "2g.10gb").unwrap_err().to_string();
    assert_eq!(full.lines().count(), 5, "{full}");
    assert!(full.contains("GPU 2: no room"), "{full}");
    assert!(
        full.contains("GPU 4: nvmlDeviceGetHandleByIndex_v2"),
        "{full}"
    );

    free(&nvml, &first).unwrap();
    assert_eq!(state(&nvml), [vec!["2g.10gb"; 3], vec!["4g.20gb"]]);
    free(&nvml, &first).unwrap_err();
    assert_eq!(allocate(&nvml, "2g.10gb").unwrap(), first);
}

#[test]
fn a_refused_creation_leaves_nothing_behind() {
    for function in [
        "nvmlDeviceCreateGpuInstance",
        "nvmlGpuInstanceCreateComputeInstance",
    ] {
        let (simulator, nvml) = machine();
        let refused = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES;
        simulator.fail(function, 0, refused).unwrap();
        let problems = allocate(&nvml, "2g.10gb").unwrap_err().to_string();
        assert_eq!(problems.matches(function).count(), 2, "{problems}");
        for index in [1, 2] {
            let gpu = nvml.device_by_index(index).unwrap();
            let left = gpu.gpu_instances().unwrap();
            assert_eq!(left.len(), profiles(&gpu).len(), "{function}");
        }
        assert_eq!(state(&nvml), [vec![], vec!["4g.20gb"]]);
    }
}
