//! A device plugin for Kubernetes: the devices that it advertises, their health, and what a container needs for one.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::create;
use crate::support::machine::proc::Proc;
use nvml_mig::inventory::Inventory;
use nvml_mig::node::DriverFiles;
use nvml_mig::profile::ReportedName;
use nvml_mig::{AnyDevice, Device, Error, Nvml};
use nvml_mig_sim::{Caller, GpuSpec, Simulator, nvmlReturn_t};

/// What the plugin tells the kubelet.
#[derive(Debug, Default)]
struct Advertised {
    /// The UUIDs of the devices of each resource.
    resources: BTreeMap<String, Vec<String>>,
    /// One line for each GPU or MIG device that can't be read.
    problems: Vec<String>,
}

fn advertise(nvml: &Nvml) -> Result<Advertised, Error> {
    let mut advertised = Advertised::default();
    for (_, gpu) in nvml.each_device()? {
        for device in gpu
            .and_then(|gpu| devices(&gpu))
            .unwrap_or_else(|error| vec![Err(error)])
        {
            match device {
                Err(error) => advertised.problems.push(error.to_string()),
                Ok((resource, uuid)) => {
                    let uuids = advertised.resources.entry(resource).or_default();
                    uuids.push(uuid);
                }
            }
        }
    }
    Ok(advertised)
}

type Advertisement = Result<(String, String), Error>;

/// The resource and the UUID of a whole GPU, or of each of its MIG devices.
fn devices(gpu: &Device) -> Result<Vec<Advertisement>, Error> {
    let inventory = Inventory::read(gpu)?;
    if !inventory.is_mig_enabled() {
        return Ok(vec![Ok(("nvidia.com/gpu".to_owned(), inventory.uuid()?))]);
    }
    let mig_devices = inventory.each_mig_device()?;
    let devices = mig_devices.map(|(_, mig_device)| {
        let mig_device = mig_device?;
        Ok((resource(&mig_device.profile), mig_device.uuid))
    });
    Ok(devices.collect())
}

/// Returns `nvidia.com/mig-1g.5gb.me` for `1g.5gb+me`, as NVIDIA's plugin does.
fn resource(profile: &ReportedName) -> String {
    format!("nvidia.com/mig-{}", profile.as_str().replace('+', "."))
}

/// The devices of an earlier list that are gone. The kubelet must be told that they are unhealthy.
fn unhealthy<'a>(earlier: &'a Advertised, now: &Advertised) -> Vec<&'a String> {
    let now: HashSet<&String> = now.resources.values().flatten().collect();
    let earlier = earlier.resources.values().flatten();
    earlier.filter(|uuid| !now.contains(uuid)).collect()
}

/// What a container needs for a device.
struct Allocation {
    nodes: Vec<PathBuf>,
    env: (&'static str, String),
    cdi_device: String,
}

fn allocate(nvml: &Nvml, files: &DriverFiles, uuid: &str) -> Result<Allocation, Error> {
    let nodes = match nvml.any_device_by_uuid(uuid)? {
        AnyDevice::Mig(mig_device) => files.container_nodes([&mig_device])?,
        whole => {
            let gpu = format!("nvidia{}", whole.gpu()?.minor_number()?);
            let names = ["nvidiactl", "nvidia-uvm", &gpu];
            names.map(|name| files.dev().join(name)).to_vec()
        }
    };
    Ok(Allocation {
        nodes,
        env: ("NVIDIA_VISIBLE_DEVICES", uuid.to_owned()),
        cdi_device: format!("nvidia.com/gpu={uuid}"),
    })
}

/// A T4, an A100 with MIG devices, an A30 with MIG mode off and an L40S, for an ordinary user.
fn machine(proc: &Proc) -> (Simulator, Nvml) {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("t4"))
        .gpu(GpuSpec::new("a100-sxm4-40gb"))
        .gpu(GpuSpec::new("a30").mig(false))
        .gpu(GpuSpec::new("l40s"))
        .capabilities(proc.folder())
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let a100 = nvml.device_by_index(1).unwrap();
    for profile in ["1g.5gb", "1g.5gb", "1g.5gb+me", "3g.20gb"] {
        create(&a100, profile);
    }
    simulator.set_caller(Caller::Unprivileged).unwrap();
    (simulator, nvml)
}

fn counts(advertised: &Advertised) -> Vec<(&str, usize)> {
    let resources = advertised.resources.iter();
    let counts = resources.map(|(resource, uuids)| (resource.as_str(), uuids.len()));
    counts.collect()
}

#[test]
fn whole_gpus_and_mig_devices_are_resources_of_their_own() {
    let proc = Proc::empty();
    let (_simulator, nvml) = machine(&proc);
    let advertised = advertise(&nvml).unwrap();
    let expected = [
        ("nvidia.com/gpu", 3),
        ("nvidia.com/mig-1g.5gb", 2),
        ("nvidia.com/mig-1g.5gb.me", 1),
        ("nvidia.com/mig-3g.20gb", 1),
    ];
    assert_eq!(counts(&advertised), expected);
    assert!(advertised.problems.is_empty());
}

#[test]
fn a_lost_gpu_is_one_line_and_its_devices_become_unhealthy() {
    let proc = Proc::empty();
    let (simulator, nvml) = machine(&proc);
    let earlier = advertise(&nvml).unwrap();
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.refuse_gpu(1, Some(lost)).unwrap();
    let now = advertise(&nvml).unwrap();
    assert_eq!(counts(&now), [("nvidia.com/gpu", 3)]);
    assert_eq!(now.problems.len(), 1);
    assert!(now.problems[0].contains("GPU index 1"), "{now:?}");
    let gone = unhealthy(&earlier, &now);
    assert_eq!(gone.len(), 4);
    assert!(gone.iter().all(|uuid| uuid.starts_with("MIG-")));
    assert!(unhealthy(&now, &earlier).is_empty());
}

/// A MIG device that can't be read does not evict the pods of the others.
#[test]
fn a_mig_device_that_is_refused_is_one_line() {
    let proc = Proc::empty();
    let (simulator, nvml) = machine(&proc);
    let earlier = advertise(&nvml).unwrap();
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    simulator.fail("nvmlDeviceGetName", 2, unknown).unwrap();
    let now = advertise(&nvml).unwrap();
    assert_eq!(now.problems.len(), 1, "{now:?}");
    assert_eq!(unhealthy(&earlier, &now).len(), 1, "{now:?}");
}

/// The capability of GPU instance I of GPU 1 has the minor number 3 + 135 + 9 * I, its compute instance 0 the next. The
/// first `1g.5gb` of an A100 with slot 7 missing is GPU instance 13, the second 11; the list begins with the lower id.
#[test]
fn a_container_gets_the_nodes_of_its_device() {
    let proc = Proc::empty();
    let (_simulator, nvml) = machine(&proc);
    let resources = advertise(&nvml).unwrap().resources;
    let uuid = &resources["nvidia.com/mig-1g.5gb"][0];
    let allocation = allocate(&nvml, &proc.files(), uuid).unwrap();
    let nodes = ["nvidiactl", "nvidia-uvm", "nvidia1"];
    let caps = ["nvidia-caps/nvidia-cap237", "nvidia-caps/nvidia-cap238"];
    let expected: Vec<_> = nodes
        .iter()
        .chain(&caps)
        .map(|node| format!("/dev/{node}"))
        .collect();
    assert_eq!(
        allocation.nodes,
        expected.iter().map(PathBuf::from).collect::<Vec<_>>()
    );
    assert_eq!(allocation.env, ("NVIDIA_VISIBLE_DEVICES", uuid.clone()));
    assert_eq!(allocation.cdi_device, format!("nvidia.com/gpu={uuid}"));

    let l40s = &resources["nvidia.com/gpu"][2];
    let allocation = allocate(&nvml, &proc.files(), l40s).unwrap();
    assert_eq!(
        allocation.nodes.last().unwrap(),
        &PathBuf::from("/dev/nvidia3")
    );
}
