//! The tests of a crate that partitions GPUs: a fixture, and a machine on which a call fails.

use std::ops::ControlFlow;

use super::profiles;
use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanOptions};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};
use tempfile::TempDir;

/// A simulated A100 with a layout.
struct Fixture {
    gpu: Device,
    simulator: Simulator,
    folder: TempDir,
}

impl Fixture {
    fn new(layout: &str) -> Self {
        let builder = Simulator::builder().gpu(GpuSpec::new("a100-sxm4-40gb"));
        let simulator = builder.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let fixture = Self {
            gpu: nvml.device_by_index(0).unwrap(),
            simulator,
            folder: tempfile::tempdir().unwrap(),
        };
        fixture.apply(layout).unwrap();
        fixture
    }

    /// The code under test.
    fn apply(&self, layout: &str) -> Result<nvml_mig::apply::Applied, ApplyError> {
        let layout: Layout = layout.parse().unwrap();
        let mut lock = MachineLock::take_in(self.folder.path()).unwrap();
        let plan = GpuPlan::from_device(&self.gpu, layout, GpuPlanOptions::default());
        lock.apply(&[plan.unwrap()], |_| ControlFlow::Continue(()))
    }
}

/// The order is that of the ids of the GPU instances: a `3g.20gb` is 1 or 2, a `2g.10gb` one of 3 to 6.
#[test]
fn a_layout_becomes_mig_devices() {
    let fixture = Fixture::new("2g.10gb, 3g.20gb(2*1c)");
    let expected = ["1c.3g.20gb", "1c.3g.20gb", "2g.10gb"];
    assert_eq!(profiles(&fixture.gpu), expected);
    fixture.apply("7g.40gb").unwrap();
    assert_eq!(profiles(&fixture.gpu), ["7g.40gb"]);
}

#[test]
fn a_failure_restores_the_earlier_layout() {
    let fixture = Fixture::new("3g.20gb, 2g.10gb");
    let refused = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES;
    let function = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    fixture.simulator.fail(function, 2, refused).unwrap();
    let error = fixture.apply("4g.20gb, 1g.5gb").unwrap_err();
    assert!(
        matches!(*error.failure, ApplyFailure::Step { .. }),
        "{error}"
    );
    assert!(error.rollback.unwrap().is_complete());
    assert_eq!(profiles(&fixture.gpu), ["3g.20gb", "2g.10gb"]);
}
