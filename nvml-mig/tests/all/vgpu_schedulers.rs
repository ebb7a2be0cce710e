//! The schedulers of vGPUs on a GPU instance, by both versions of NVML's functions.

use crate::support::machine::{Driver, Machine};
use nvml_mig::error::Cause;
use nvml_mig::instance::vgpu::{
    VgpuArrMode, VgpuRoundRobin, VgpuSchedulerEngine, VgpuSchedulerLog, VgpuSchedulerLogEntry,
    VgpuSchedulerPolicy, VgpuSchedulerSettings, VgpuSchedulerState,
};
use nvml_mig::{GpuInstance, ReturnCode};
use nvml_mig_sim::{GpuSpec, Vgpu, VgpuRun, Virtualization};

const GRAPHICS: VgpuSchedulerEngine = VgpuSchedulerEngine::Graphics;

/// A driver with the first version of the functions, and one with both.
const DRIVERS: [&str; 2] = ["580.95.05", "595.45.04"];

fn on_both_drivers(body: impl Fn(&Machine, &GpuInstance, bool)) {
    for driver in DRIVERS {
        let gpu = GpuSpec::new("rtx-pro-6000-bse").virtualization(Virtualization::VgpuHost);
        let machine = Driver(driver).of(gpu);
        let instance = machine.create(47).unwrap();
        body(&machine, &instance, driver == "595.45.04");
    }
}

fn start(machine: &Machine, instance: &GpuInstance) {
    let vgpu = Vgpu::new(0, 1558, 7).gpu_instance(instance.id().number());
    machine.simulator.start_vgpu(vgpu).unwrap();
}

#[test]
fn best_effort_is_the_default() {
    on_both_drivers(|_, instance, has_second| {
        let mode = (!has_second).then_some(VgpuArrMode::Default);
        let policy = VgpuSchedulerPolicy::BestEffort;
        let expected = VgpuSchedulerState::new(GRAPHICS, policy)
            .with_figures(Some(0), 0)
            .with_arr_mode(mode);
        assert_eq!(instance.vgpu_scheduler_state(GRAPHICS).unwrap(), expected);
    });
}

#[test]
fn adaptive_round_robin() {
    on_both_drivers(|machine, instance, has_second| {
        let adaptive = VgpuRoundRobin::Adaptive {
            averaging_factor: Some(7),
            frequency_hz: Some(500),
        };
        let policy = VgpuSchedulerPolicy::FixedShare;
        let settings = VgpuSchedulerSettings::new(policy).with_round_robin(adaptive);
        instance.set_vgpu_scheduler_state(&settings).unwrap();
        start(machine, instance);
        let mode = (!has_second).then_some(VgpuArrMode::Enabled);
        let expected = VgpuSchedulerState::new(GRAPHICS, policy)
            .with_figures(Some(7), 2_000_000)
            .with_arr_mode(mode);
        assert_eq!(instance.vgpu_scheduler_state(GRAPHICS).unwrap(), expected);
    });
}

/// The second version has no time slices, so the first sets them with any driver.
#[test]
fn time_slices_of_a_fixed_length() {
    on_both_drivers(|machine, instance, has_second| {
        let slices = VgpuRoundRobin::TimeSlice {
            time_slice_ns: Some(24_000_000),
        };
        let policy = VgpuSchedulerPolicy::EqualShare;
        let settings = VgpuSchedulerSettings::new(policy).with_round_robin(slices);
        instance.set_vgpu_scheduler_state(&settings).unwrap();
        start(machine, instance);
        let state = VgpuSchedulerState::new(GRAPHICS, policy);
        let expected = match has_second {
            true => state.with_figures(Some(0), 24_000_000),
            false => state
                .with_figures(None, 24_000_000)
                .with_arr_mode(Some(VgpuArrMode::Disabled)),
        };
        assert_eq!(instance.vgpu_scheduler_state(GRAPHICS).unwrap(), expected);
    });
}

/// `RmPVMRL` in NVIDIA's guide: 480 Hz and a factor of 33 for up to eight vGPUs.
#[test]
fn defaults_of_the_driver() {
    on_both_drivers(|machine, instance, _| {
        let settings = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare);
        instance.set_vgpu_scheduler_state(&settings).unwrap();
        start(machine, instance);
        let state = instance.vgpu_scheduler_state(GRAPHICS).unwrap();
        let figures = (state.averaging_factor, state.time_slice_ns);
        assert_eq!(figures, (Some(33), 2_083_333));
    });
}

#[test]
fn with_a_vgpu_it_can_t_be_set() {
    on_both_drivers(|machine, instance, _| {
        start(machine, instance);
        let settings = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare);
        let error = instance.set_vgpu_scheduler_state(&settings).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NotSupported), "nvml.h");
        assert_eq!(error.cause(), Some(Cause::InUse));
        let says = "it is in use by vGPU 7: shut their virtual machines down first";
        assert!(error.to_string().contains(says), "{error}");
    });
}

#[test]
fn engines_and_policies_without_a_name_here() {
    on_both_drivers(|_, instance, _| {
        let unknown = VgpuSchedulerEngine::Other(9);
        let error = instance.vgpu_scheduler_state(unknown).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::InvalidArgument));
        assert_eq!(error.cause(), None, "the GPU instance is there");
        let policy = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::Other(9));
        let error = instance.set_vgpu_scheduler_state(&policy).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::InvalidArgument));
        let encoder = VgpuSchedulerEngine::Nvenc0;
        let of_encoder = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare);
        let of_encoder = of_encoder.with_engine(encoder);
        instance.set_vgpu_scheduler_state(&of_encoder).unwrap();
        let policy_of = |engine| instance.vgpu_scheduler_state(engine).unwrap().policy;
        assert_eq!(policy_of(encoder), VgpuSchedulerPolicy::EqualShare);
        assert_eq!(policy_of(GRAPHICS), VgpuSchedulerPolicy::BestEffort);
    });
}

#[test]
fn the_log_has_the_newest_runs() {
    on_both_drivers(|machine, instance, has_second| {
        let empty = instance.vgpu_scheduler_log(GRAPHICS).unwrap();
        let state = instance.vgpu_scheduler_state(GRAPHICS).unwrap();
        assert_eq!(empty, VgpuSchedulerLog::new(state, Vec::new()));
        let id = instance.id().number();
        for timestamp in 1..=201 {
            let run = VgpuRun {
                timestamp,
                time_run_total: 1 << 40,
                time_run: 2_000_000,
                sw_runlist_id: 5,
                target_time_slice: 2_083_333,
                cumulative_preemption_time: 77,
                weight: 3,
            };
            let logged = machine.simulator.log_vgpu_run(0, id, 1, run);
            logged.unwrap();
        }
        let log = instance.vgpu_scheduler_log(GRAPHICS).unwrap();
        assert_eq!((log.state, log.entries.len()), (state, 200));
        let mut expected = VgpuSchedulerLogEntry::default();
        expected.timestamp_ns = 201;
        expected.time_run_total_ns = 1 << 40;
        expected.time_run_ns = 2_000_000;
        expected.sw_runlist_id = 5;
        expected.target_time_slice_ns = 2_083_333;
        expected.cumulative_preemption_time_ns = 77;
        expected.weight = has_second.then_some(3);
        assert_eq!(log.entries.last(), Some(&expected));
        assert_eq!(log.entries.first().map(|run| run.timestamp_ns), Some(2));
    });
}

#[test]
fn an_a100_has_no_scheduler() {
    let gpu = GpuSpec::new("a100-pcie-40gb").virtualization(Virtualization::VgpuHost);
    let machine = Driver("595.45.04").of(gpu);
    let instance = machine.create(19).unwrap();
    let settings = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare);
    let errors = [
        instance.vgpu_scheduler_state(GRAPHICS).unwrap_err(),
        instance.vgpu_scheduler_log(GRAPHICS).unwrap_err(),
        instance.set_vgpu_scheduler_state(&settings).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.code(), Some(ReturnCode::NotSupported));
        assert_eq!(error.cause(), Some(Cause::GenerationTooOld), "{error}");
    }
}

#[test]
fn a_scheduler_is_not_set_on_another_instance() {
    on_both_drivers(|machine, instance, _| {
        let same = machine.device.gpu_instance_by_id(instance.id()).unwrap();
        same.destroy().unwrap();
        let other = machine.create(47).unwrap();
        let settings = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare);
        let error = instance.set_vgpu_scheduler_state(&settings).unwrap_err();
        assert_eq!(error.cause(), Some(Cause::Gone), "{error}");
        let state = other.vgpu_scheduler_state(GRAPHICS).unwrap();
        assert_eq!(state.policy, VgpuSchedulerPolicy::BestEffort);
    });
}
