//! What the Rust API guidelines ask of public types, where a test can see it.

use std::collections::{BTreeSet, HashSet};

use crate::support::machine::Machine;
use nvml_mig::device::{Architecture, ComputeCapability, CudaVersion, DriverVersion, NvmlVersion};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::plan::LayoutGpuInstance;
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfile, GpuInstanceProfileId};
use nvml_mig::{Layout, MigMode, ReturnCode};

#[test]
fn ids_are_numbers_texts_and_ordered() {
    /// Goes from a number and a text to an id, and back.
    macro_rules! check {
        ($($id:ty),*) => {$(
            let id = <$id>::from(7);
            assert_eq!((u32::from(id), id.to_string()), (7, "7".to_owned()));
            assert_eq!("7".parse::<$id>(), Ok(id));
            assert!("-1".parse::<$id>().is_err() && "4294967296".parse::<$id>().is_err());
            let ordered: BTreeSet<$id> = [9, 7, 8].map(<$id>::from).into();
            assert_eq!(ordered.first(), Some(&id));
        )*};
    }
    check!(
        GpuInstanceId,
        ComputeInstanceId,
        GpuInstanceProfileId,
        ComputeInstanceProfileId
    );
}

#[test]
fn enums_of_c_are_numbers() {
    assert_eq!(ReturnCode::from(23), ReturnCode::InsufficientResources);
    assert_eq!(u32::from(ReturnCode::InUse), 19);
    assert_eq!(u32::from(MigMode::from(1)), 1);
    assert_eq!(u32::from(Architecture::Hopper), 9);
    assert_eq!(GpuInstanceProfile::from(0), GpuInstanceProfile::Slice1);
}

#[test]
#[allow(
    clippy::mutable_key_type,
    reason = "what is compared and hashed of a device is its handle, which never changes"
)]
fn devices_are_keys() {
    let machine = Machine::with("a30");
    let again = machine.nvml.device_by_index(0).unwrap();
    let devices = HashSet::from([machine.device.clone(), again]);
    assert_eq!(devices.len(), 1);
    let profile = machine.create(0).unwrap();
    let inside = profile.compute_instance_profile_by_name("4g.24gb").unwrap();
    let compute_instance = profile.create_compute_instance(inside.id).unwrap();
    let mig_device = compute_instance.mig_device().unwrap();
    let listed = machine.device.mig_devices().unwrap();
    let devices: HashSet<_> = listed.into_iter().chain([mig_device]).collect();
    assert_eq!(devices.len(), 1);
}

#[test]
fn a_layout_is_a_collection() {
    let mut layout = Layout::new();
    assert!(layout.is_empty());
    let wanted: Layout = "3g.20gb, 2*1g.5gb".parse().unwrap();
    layout.extend(wanted.gpu_instances().iter().cloned());
    assert!(!layout.is_empty());
    assert_eq!(layout, wanted);
    assert_eq!(
        wanted.gpu_instances().iter().cloned().collect::<Layout>(),
        wanted
    );
    let starts = layout.gpu_instances().iter().map(LayoutGpuInstance::start);
    assert_eq!(starts.collect::<Vec<_>>(), [None; 3]);
}

#[test]
fn versions_compare_as_versions() {
    let driver = DriverVersion::from("550.163.01");
    let [newer, older] = ["1000.1", "550.54.15"].map(DriverVersion::from);
    assert!(older < driver && driver < newer);
    assert_eq!(
        (driver.as_str(), driver.numbers()),
        ("550.163.01", &[550, 163, 1][..])
    );
    assert_eq!(driver, "550.163.01");
    let odd = NvmlVersion::from("12.beta");
    assert_eq!(
        (odd.numbers(), odd.to_string()),
        (&[12][..], "12.beta".to_owned())
    );
    assert_eq!(CudaVersion::from_number(12_040), CudaVersion::new(12, 4));
    assert_eq!(u32::from(CudaVersion::from(12_040)), 12_040);
    assert_eq!(CudaVersion::new(12, 4).number(), 12_040);
    assert!(Architecture::Hopper > Architecture::Ampere);
    assert!(Architecture::Other(99) > Architecture::Hopper);
    let cuda = CudaVersion::new(12, 10);
    assert!(cuda > CudaVersion::new(12, 4));
    assert_eq!(
        (cuda.major(), cuda.minor(), cuda.to_string()),
        (12, 10, "12.10".to_owned())
    );
    let capability = ComputeCapability::new(9, 0);
    assert_eq!(capability.to_string(), "9.0");
    assert_eq!((capability.major(), capability.minor()), (9, 0));
}
