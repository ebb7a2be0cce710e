//! What an exported file of mig-parted leaves out.

use std::slice;

use crate::support::boards::with_newer_attribute;
use crate::support::machine::Machine;
use nvml_mig::apply::GpuTarget;
use nvml_mig::device::MigModeChange;
use nvml_mig::mig_parted::{
    MigPartedExport, MigPartedExportError, MigPartedFile, MigPartedOmission, MigPartedTargets,
};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{MigMode, Nvml};
use nvml_mig_sim::{GpuSpec, Process, Simulator};

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

/// After `off` beside a client, MIG mode is on until the next reboot; then it is off.
#[test]
fn a_pending_mig_mode_is_left_out_with_a_line() {
    let machine = Machine::with("a100-sxm4-40gb");
    machine.simulator.busy(Process::new(0, 7)).unwrap();
    let change = machine.device.set_mig_mode(MigMode::Disabled).unwrap();
    assert!(matches!(change, MigModeChange::Pending { .. }));
    let export = || MigPartedFile::from_devices("now", slice::from_ref(&machine.device)).unwrap();
    let exported = export();
    let omissions: Vec<String> = exported.omissions.iter().map(ToString::to_string).collect();
    let expected = "GPU 0: MIG mode is enabled but will be disabled after a GPU reset or reboot, which the file can't say";
    assert_eq!(omissions, [expected]);
    assert!(exported.file.to_yaml().contains("mig-enabled: true"));

    machine.simulator.reboot(false).unwrap();
    let exported = export();
    assert!(exported.omissions.is_empty(), "{:?}", exported.omissions);
    assert!(exported.file.to_yaml().contains("mig-enabled: false"));
}

/// A program's own test can make both.
#[test]
fn made_by_hand() {
    let text = "version: v1\nmig-configs: {none: [{devices: all, mig-enabled: false}]}";
    let file = MigPartedFile::parse("config.yaml", text).unwrap();
    let yaml = file.to_yaml();
    let export = MigPartedExport::new(file);
    assert_eq!((export.file.to_yaml(), export.omissions.len()), (yaml, 0));
    let targets = MigPartedTargets::new(vec![(3, GpuTarget::MigDisabled)]);
    assert!(targets.warnings.is_empty());
    assert_eq!(
        targets.into_iter().next(),
        Some((3, GpuTarget::MigDisabled))
    );
}
