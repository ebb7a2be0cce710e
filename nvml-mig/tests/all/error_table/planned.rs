//! Errors of plans on a model.

use crate::support::brute_force::model_of;
use crate::support::machine::Machine;
use nvml_mig::Layout;
use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, GpuPool, PlanError, PlanOptions, PoolError, PoolOptions,
    PresentGpuInstance,
};
use nvml_mig_sim::{Process, catalogue};

use super::Table;

pub(super) fn add_to(table: &mut Table) {
    models(table);
    plans(table);
    pools(table);
}

fn models(table: &mut Table) {
    let error = GpuModel::from_json("{").unwrap_err();
    table.add("GpuModelError::Json", &error, None);
    let error = GpuModel::from_json("{\"version\": 2}").unwrap_err();
    table.add("GpuModelError::Version", &error, None);
    let mut model = model_of(catalogue::find("a30").unwrap());
    model.profiles[0].placements[0].size = 0;
    let error = GpuModel::from_json(&model.to_json().unwrap()).unwrap_err();
    table.add("GpuModelError::Impossible", &error, None);
    let plan = model.plan(&[], &Layout::new(), PlanOptions::new());
    table.add(
        "PlanError::Impossible, ImpossibleGpu",
        &plan.unwrap_err(),
        None,
    );
    table.add("PlanError::TooManySteps", &PlanError::TooManySteps, None);
}

fn plans(table: &mut Table) {
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

fn pools(table: &mut Table) {
    let model = model_of(catalogue::find("a30").unwrap());
    let mut pool = GpuPool::new();
    pool.add("0", &model, Vec::new()).unwrap();
    let plan = |requests: &[GpuInstanceRequest]| {
        let plan = pool.plan(requests, PoolOptions::new());
        plan.unwrap_err()
    };
    let requests = |layout: &str| GpuInstanceRequest::all(&layout.parse().unwrap());
    let elsewhere = requests("1g.6gb").remove(0).on_gpu(1);
    let error = plan(&[elsewhere]);
    assert!(matches!(error, PoolError::NoSuchGpu { .. }));
    table.add("PoolError::NoSuchGpu", &error, None);
    let error = plan(&requests("3g.20gb"));
    assert!(matches!(error, PoolError::Request { .. }));
    table.add("PoolError::Request", &error, None);
    let error = plan(&requests("2*4g.24gb"));
    assert!(matches!(error, PoolError::DoesNotFit(_)));
    table.add("PoolError::DoesNotFit, PoolDoesNotFit", &error, None);
    let source = Box::new(PlanError::TooManySteps);
    table.add("PoolError::Gpu", &PoolError::Gpu { gpu: 0, source }, None);
}
