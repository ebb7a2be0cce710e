//! A plan for several GPUs, applied at once.

use nvml_mig::plan::{GpuModel, GpuPool, PlanOptions, PoolOptions, PresentGpuInstance};

use super::wanted;

#[test]
fn a_plan_for_two_gpus_is_applied_at_once() {
    use core::ops::ControlFlow;
    use nvml_mig::{GpuPlan, MachineLock, Nvml};
    use nvml_mig_sim::{GpuSpec, Simulator};

    let board = GpuSpec::new("a100-sxm4-40gb");
    let simulator = Simulator::builder()
        .gpu(board.clone())
        .gpu(board)
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let apply = |plans: &[GpuPlan]| {
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        lock.apply(plans, |_| ControlFlow::Continue(())).unwrap();
    };
    let layouts = [
        "1g.5gb:0, 3g.20gb:4(1c,2c)",
        "1g.5gb:0, 1g.5gb:1, 3g.20gb:4",
    ];
    let before = devices.iter().zip(layouts).map(|(device, layout)| {
        let layout: nvml_mig::Layout = layout.parse().unwrap();
        GpuPlan::from_device(device, layout, PlanOptions::new()).unwrap()
    });
    apply(&before.collect::<Vec<_>>());

    let read = || {
        let mut pool = GpuPool::new();
        for device in &devices {
            let (model, present) = (GpuModel::read(device), PresentGpuInstance::read_all(device));
            let name = device.uuid().unwrap();
            pool.add(name, &model.unwrap(), present.unwrap()).unwrap();
        }
        pool
    };
    let pool = read();
    let planned = pool
        .plan(&wanted("4g.20gb(2c,2c)"), PoolOptions::new())
        .unwrap();
    assert_eq!((planned.moved.len(), planned.gpus.len()), (1, 2));
    let plans = planned.gpus.iter().map(|planned| {
        let plan = GpuPlan::from_device(
            &devices[planned.gpu],
            planned.layout.clone(),
            PlanOptions::new(),
        );
        let plan = plan.unwrap();
        assert_eq!(plan.plan(), Some(&planned.plan));
        plan
    });
    apply(&plans.collect::<Vec<_>>());

    let after = read();
    for planned in &planned.gpus {
        let there = after.gpus()[planned.gpu].present().iter();
        let there: Vec<_> = there.map(PresentGpuInstance::placed).collect();
        assert!(nvml_mig::plan::PlacedGpuInstance::are_same(
            &there,
            &planned.plan.gpu_instances
        ));
    }
    assert_eq!(after.fit().room, planned.room);
}
