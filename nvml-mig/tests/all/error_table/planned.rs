//! Errors of layouts, plans, and files of mig-parted.

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::Layout;
use nvml_mig::mig_parted::{MigPartedExportError, MigPartedFile};
use nvml_mig::node::cdi::{CdiError, CdiSpec};
use nvml_mig::plan::{GpuModel, PlanError, PlanOptions, PresentGpuInstance};
use nvml_mig_sim::Process;

use super::Table;

pub(super) fn add_to(table: &mut Table) {
    plans(table);
    mig_parted(table);
    cdi(table);
}

fn plans(table: &mut Table) {
    let error = "3g.20gb, 1g.5bg".parse::<Layout>().unwrap_err();
    table.add("LayoutError", &error, None);
    let machine = Machine::with("a100-sxm4-40gb");
    let half = machine.create(9).unwrap();
    machine
        .simulator
        .busy(Process::new(0, 7).gpu_instance(half.id().number()))
        .unwrap();
    let model = GpuModel::read(&machine.device).unwrap();
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    let plan = |layout: &str| -> PlanError {
        let layout = layout.parse().unwrap();
        let plan = model.plan(&present, &layout, PlanOptions::default());
        plan.unwrap_err()
    };
    for (variant, layout) in [
        ("PlanError::Profile", "5g.20gb"),
        (
            "PlanError::DoesNotFit, DoesNotFitReason::Instances",
            "9*1g.5gb",
        ),
        ("DoesNotFitReason::Instances, inside", "7g.40gb(9*1c)"),
        ("DoesNotFitReason::Engines", "2*1g.5gb+me"),
        ("DoesNotFitReason::Slices", "4*1g.10gb, 3*1g.5gb"),
        ("DoesNotFitReason::Slices, inside", "2g.10gb(3*1c)"),
        ("DoesNotFitReason::Places", "2*4g.20gb"),
        ("DoesNotFitReason::Start", "3g.20gb:2"),
        ("DoesNotFitReason::Blocked", "7g.40gb"),
    ] {
        table.add(variant, &plan(layout), None);
    }
}

fn mig_parted(table: &mut Table) {
    let text = "version: v1\nmig-configs:\n  all:\n  - devices: all\n    mig-enabled: yes please\n";
    let error = MigPartedFile::parse("config.yaml", text).unwrap_err();
    table.add("MigPartedError", &error, None);
    let machine = Machine::with("a30");
    let export = |name| MigPartedFile::from_devices(name, std::slice::from_ref(&machine.device));
    let error = export("two\nlines").unwrap_err();
    assert!(matches!(error, MigPartedExportError::ConfigName { .. }));
    table.add("MigPartedExportError::ConfigName", &error, None);
    let _without_compute_instance = machine.create(0).unwrap();
    let error = export("now").unwrap_err();
    assert!(matches!(error, MigPartedExportError::NotExpressible { .. }));
    table.add("MigPartedExportError::NotExpressible", &error, None);
    machine
        .simulator
        .set_caller(nvml_mig_sim::Caller::Unprivileged)
        .unwrap();
    let error = export("now").unwrap_err();
    assert!(matches!(error, MigPartedExportError::Nvml(_)));
    table.add("MigPartedExportError::Nvml", &error, None);
}

fn cdi(table: &mut Table) {
    let machine = Machine::with("a30");
    let gpu_instance = machine.create(0).unwrap();
    let profile = gpu_instance.compute_instance_profiles().unwrap()[0].id;
    let _compute_instance = gpu_instance.create_compute_instance(profile).unwrap();
    let devices = machine.device.mig_devices().unwrap();
    let proc = Proc::empty();
    let folder = Some(proc.folder());
    let error = CdiSpec::builder().build(&[]).unwrap_err();
    table.add("CdiError::Empty", &error, None);
    let error = CdiSpec::builder().kind("gpu").build(&devices).unwrap_err();
    table.add("CdiError::Kind", &error, None);
    let builder = CdiSpec::builder().driver_files(proc.files());
    let error = builder.build(&devices).unwrap_err();
    assert!(matches!(error, CdiError::Device(_)));
    table.add("CdiError::Device", &error, folder);
    for (variant, error) in [
        (
            "CdiError::Twice",
            CdiError::Twice {
                name: "MIG-1".to_owned(),
            },
        ),
        (
            "CdiError::Name",
            CdiError::Name {
                name: "MIG-GPU-1/1/0".to_owned(),
            },
        ),
        (
            "CdiError::NotUtf8",
            CdiError::NotUtf8 {
                path: "/dev".into(),
            },
        ),
    ] {
        table.add(variant, &error, None);
    }
}
