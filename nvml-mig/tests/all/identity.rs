//! Handles, samples, watches and plans that outlive their instance: another with the same ids is not taken for it.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::support::machine::{Machine, on_each_driver};
use nvml_mig::apply::{ApplyFailure, GpuPlanOptions};
use nvml_mig::error::Cause;
use nvml_mig::instance::ComputeInstanceId;
use nvml_mig::monitor::{GpmMetric, MigWatch};
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig::{
    ComputeInstance, Error, GpuInstance, GpuPlan, Layout, MachineLock, MigDevice, ReturnCode,
};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

fn is_gone(error: &Error) -> bool {
    let code = error.code().unwrap();
    error.cause() == Some(Cause::Gone)
        && [ReturnCode::InvalidArgument, ReturnCode::NotFound].contains(&code)
}

/// Destroys the instance through another handle, as another process does.
fn destroy_elsewhere(machine: &Machine, instance: &GpuInstance) {
    let same = machine.device.gpu_instance_by_id(instance.id()).unwrap();
    same.destroy_with_compute_instances().unwrap();
}

fn compute_instance(instance: &GpuInstance) -> ComputeInstance {
    let profile = ComputeInstanceProfileId::new(0);
    instance.create_compute_instance(profile).unwrap()
}

#[test]
fn an_old_handle_does_not_destroy_what_took_its_place() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        // The same profile, and its variant with media engines.
        for profile in [19, 20] {
            let old = machine.create(19).unwrap();
            destroy_elsewhere(&machine, &old);
            let new = machine.create(profile).unwrap();
            assert_eq!(new.id(), old.id());
            let refused = old.destroy().unwrap_err();
            assert!(is_gone(&refused.error), "{}", refused.error);
            let refused = refused.instance.destroy_with_compute_instances();
            assert!(is_gone(&refused.unwrap_err().error));
            assert_eq!(machine.device.gpu_instances().unwrap().len(), 1);
            new.destroy().unwrap();
        }
        let new = machine.create(19).unwrap();
        let old = compute_instance(&new);
        let same = new.compute_instance_by_id(old.id()).unwrap();
        same.destroy().unwrap();
        let kept = compute_instance(&new);
        assert_eq!(kept.id(), old.id());
        let refused = old.destroy().unwrap_err();
        assert!(is_gone(&refused.error), "{}", refused.error);
        assert_eq!(new.compute_instances().unwrap().len(), 1);
    });
}

/// As a driver was seen to do.
#[test]
fn an_instance_that_stays_was_not_destroyed() {
    let machine = Machine::with("a30");
    let instance = machine.create(0).unwrap();
    machine.simulator.pretend("nvmlGpuInstanceDestroy").unwrap();
    let refused = instance.destroy().unwrap_err();
    assert_eq!(refused.error.cause(), Some(Cause::NotDestroyed));
    let text = refused.error.to_string();
    assert!(text.contains("the instance still exists"), "{text}");

    machine.simulator.pretend("nvmlGpuInstanceDestroy").unwrap();
    let refused = refused.instance.destroy_with_compute_instances();
    let refused = refused.unwrap_err();
    assert_eq!(refused.error.cause(), Some(Cause::NotDestroyed));

    machine.simulator.pretend("nvmlGpuInstanceDestroy").unwrap();
    let scoped = refused.instance.scoped(|error| panic!("{error}"));
    let refused = scoped.close().unwrap_err();
    assert_eq!(refused.error.cause(), Some(Cause::NotDestroyed));
    // The guard tries again.
    machine.simulator.clear_faults().unwrap();
    drop(refused);
    assert!(machine.device.gpu_instances().unwrap().is_empty());

    let instance = machine.create(0).unwrap();
    let inside = compute_instance(&instance);
    let pretended = machine.simulator.pretend("nvmlComputeInstanceDestroy");
    pretended.unwrap();
    let refused = inside.destroy().unwrap_err();
    assert_eq!(refused.error.cause(), Some(Cause::NotDestroyed));
    assert_eq!(instance.compute_instances().unwrap().len(), 1);
}

#[test]
fn samples_of_an_instance_and_of_the_next_are_not_compared() {
    let machine = Machine::with("h100-sxm5-80gb");
    let metrics = [GpmMetric::SmUtilization];
    // The same profile, and its variant with media engines.
    for profile in [19, 20] {
        let old = machine.create(19).unwrap();
        let earlier = old.gpm_sample().unwrap();
        assert!(
            old.gpm_sample()
                .unwrap()
                .metrics_since(&earlier, &metrics)
                .is_ok()
        );
        destroy_elsewhere(&machine, &old);
        let new = machine.create(profile).unwrap();
        assert_eq!(new.id(), old.id());
        let later = new.gpm_sample().unwrap();
        let error = later.metrics_since(&earlier, &metrics).unwrap_err();
        assert!(is_gone(&error), "{error}");
        let error = old.gpm_sample().unwrap_err();
        assert!(is_gone(&error), "{error}");
        new.destroy().unwrap();
    }
}

#[test]
fn samples_of_a_mig_device_need_no_privilege() {
    let machine = Machine::with("h100-sxm5-80gb");
    let instance = machine.create(9).unwrap();
    let inside = compute_instance(&instance);
    let mig_device: MigDevice = inside.mig_device().unwrap();
    let user = nvml_mig_sim::Caller::Unprivileged;
    machine.simulator.set_caller(user).unwrap();
    let (earlier, later) = (
        mig_device.gpm_sample().unwrap(),
        mig_device.gpm_sample().unwrap(),
    );
    assert_eq!(later.gpu_instance_id(), instance.id());
    let answers = later.metrics_since(&earlier, &[GpmMetric::SmUtilization]);
    assert_eq!(answers.unwrap(), [Ok(0.0)]);

    machine
        .simulator
        .set_caller(nvml_mig_sim::Caller::Root)
        .unwrap();
    inside.destroy().unwrap();
    let error = later.metrics_since(&earlier, &[GpmMetric::SmUtilization]);
    assert!(is_gone(&error.unwrap_err()));
    assert!(mig_device.gpm_sample().is_err());
}

#[test]
fn ampere_is_told_that_performance_monitoring_begins_with_hopper() {
    let machine = Machine::with("a30");
    let instance = machine.create(0).unwrap();
    let inside = compute_instance(&instance);
    let of_mig_device = inside.mig_device().unwrap().gpm_sample();
    for error in [instance.gpm_sample(), of_mig_device].map(Result::unwrap_err) {
        assert_eq!(error.cause(), Some(Cause::GenerationTooOld));
        assert!(error.to_string().contains("begins with Hopper"), "{error}");
    }
}

/// Comparing by ids alone would miss it.
#[test]
fn a_watch_without_events_sees_that_an_instance_was_made_again() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = builder.hide(["nvmlEventSetCreate"]).start().unwrap();
    let machine = Machine::open(simulator);
    let old = machine.create(0).unwrap();
    let inside = compute_instance(&old);
    let mut watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
    let wait = Duration::from_millis(1);
    assert_eq!(watch.wait(wait).unwrap(), None);
    inside.destroy().unwrap();
    assert_eq!(compute_instance(&old).id(), ComputeInstanceId::new(0));
    assert!(watch.wait(wait).unwrap().is_some());
    assert_eq!(watch.wait(wait).unwrap(), None);
    destroy_elsewhere(&machine, &old);
    let new = machine.create(0).unwrap();
    assert_eq!(new.id(), old.id());
    let _stays = compute_instance(&new);
    assert!(watch.wait(wait).unwrap().is_some());
    assert_eq!(watch.wait(wait).unwrap(), None);
}

#[test]
fn a_plan_does_not_destroy_what_was_made_after_it() {
    for remade in ["GPU instance", "compute instance"] {
        let machine = Machine::with("a30");
        let old = machine.create(0).unwrap();
        let inside = compute_instance(&old);
        let layout: Layout = "2*2g.12gb".parse().unwrap();
        let plan = GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::new()).unwrap();
        if remade == "GPU instance" {
            destroy_elsewhere(&machine, &old);
            let _stays = compute_instance(&machine.create(0).unwrap());
        } else {
            inside.destroy().unwrap();
            let _stays = compute_instance(&old);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let error = lock
            .apply(&[plan], |_| ControlFlow::Continue(()))
            .unwrap_err();
        assert!(
            matches!(*error.failure, ApplyFailure::Changed { .. }),
            "{remade}: {error}"
        );
        assert_eq!(machine.device.mig_devices().unwrap().len(), 1);
    }
}

/// What was created for nothing is destroyed again, which may be pretended, too.
#[test]
fn what_stays_after_a_failed_creation_is_told() {
    on_each_driver(|driver| {
        let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
        let machine = driver.with("a30");
        let profile = machine.device.gpu_instance_profile_by_name("4g.24gb");
        let profile = profile.unwrap().id;
        let simulator = &machine.simulator;
        simulator.pretend("nvmlGpuInstanceDestroy").unwrap();
        let create = "nvmlGpuInstanceCreateComputeInstance";
        simulator.fail(create, 1, unknown).unwrap();
        let error = machine.device.create_mig_device(profile).unwrap_err();
        let part = "GPU instance 0 was created for it and could not be destroyed again: ";
        assert!(error.to_string().contains(part), "{error}");
        let left = machine.device.gpu_instances().unwrap();
        assert_eq!(left.len(), 1);

        let part = "could neither be read back nor destroyed";
        simulator.pretend("nvmlComputeInstanceDestroy").unwrap();
        for function in [
            "nvmlComputeInstanceGetInfo_v2",
            "nvmlComputeInstanceGetInfo",
        ] {
            simulator.fail(function, 1, unknown).unwrap();
        }
        let inside = left[0].default_compute_instance_profile().unwrap();
        let error = left[0].create_compute_instance(inside.id).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");

        let machine = driver.with("a30");
        let simulator = &machine.simulator;
        simulator.pretend("nvmlGpuInstanceDestroy").unwrap();
        simulator
            .fail("nvmlGpuInstanceGetInfo", 1, unknown)
            .unwrap();
        let error = machine.device.create_gpu_instance(profile).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    });
}
