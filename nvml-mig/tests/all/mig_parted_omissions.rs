//! What an exported file of mig-parted leaves out.

use std::slice;

use crate::support::boards::with_newer_attribute;
use nvml_mig::Nvml;
use nvml_mig::mig_parted::{MigPartedExportError, MigPartedFile, MigPartedOmission};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig_sim::{GpuSpec, Simulator};

/// With its other instances alone in the file, applying it would destroy the one that the file can't name.
#[test]
fn a_gpu_with_an_instance_that_the_file_can_not_name_is_left_out() {
    let builder = Simulator::builder().gpu(with_newer_attribute());
    let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let export = |devices| MigPartedFile::from_devices("now", devices);
    assert!(export(&devices).unwrap().omissions.is_empty());

    let whole = GpuInstanceProfileId::new(0);
    devices[0].create_mig_device(whole).unwrap();
    let exported = export(&devices).unwrap();
    let [omission] = exported.omissions.as_slice() else {
        panic!("{:?}", exported.omissions);
    };
    let expected = "GPU 0 is left out, since the file can't name the profiles of GPU instance 4g.24gb+new at 0:4";
    assert!(omission.to_string().starts_with(expected), "{omission}");
    let targets = exported.file.config("now").unwrap().targets(&devices);
    let targets = targets.unwrap();
    assert_eq!(targets.gpus.len(), 1, "{targets:?}");
    assert_eq!(targets.gpus[0].0.index().unwrap(), 1);

    let error = export(slice::from_ref(&devices[0])).unwrap_err();
    let MigPartedExportError::NotExpressible(omission) = &error else {
        panic!("{error:?}");
    };
    assert!(matches!(
        **omission,
        MigPartedOmission::NotExpressible { gpu: 0, .. }
    ));
    assert!(error.to_string().contains(expected), "{error}");
}
