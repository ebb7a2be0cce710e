//! What `nvmlMigSimControl` is asked.

use nvml_mig_sim::control::Request;
use nvml_mig_sim::{Caller, Process, ProcessFilter, Vgpu, VgpuPlacements, VgpuRun};
use nvml_mig_testing::brute_force::random::Chance;

use super::signatures::{ENGINES, VGPU_TYPES, VGPUS};
use super::{DRIVER, VGPU_HOST};

/// A request, at times one that ends too early or was never meant to be one.
pub(crate) fn request(chance: &mut Chance) -> String {
    let mut text = serde_json::to_string(&any(chance)).unwrap();
    if chance.one_in(8) {
        text.truncate(chance.below(text.len()));
    }
    text
}

fn any(chance: &mut Chance) -> Request {
    let number = chance.below(8) as u32;
    match chance.below(32) {
        0 | 17..22 => Request::StartProcess(process(chance)),
        1 => Request::ResetGpu(number),
        2 => Request::Fail {
            function: "nvmlDeviceGetCount_v2".to_owned(),
            nth: number,
            code: 15,
        },
        3 => Request::ClearFaults,
        4 => Request::SetCaller(Caller::Unprivileged),
        5 => Request::SetDriverVersion("470.57.02".to_owned()),
        6 => Request::SetDriverVersion(DRIVER.to_owned()),
        // The log holds what was called since: not for long.
        7 => Request::LogCalls(true),
        8 => Request::LogCalls(false),
        9 => Request::ReadCalls,
        10..17 => Request::SetCaller(Caller::Root),
        22 | 23 => Request::EndProcesses(ProcessFilter::default()),
        _ => of_vgpus(chance),
    }
}

fn of_vgpus(chance: &mut Chance) -> Request {
    let gpu = VGPU_HOST;
    let gpu_instance = chance.below(4) as u32;
    let vgpu_type = *chance.of(VGPU_TYPES);
    let id = *chance.of(VGPUS);
    match chance.below(6) {
        0 => Request::StopVgpu(id),
        1 => Request::SetVgpuPlacements {
            gpu,
            gpu_instance,
            placements: VgpuPlacements {
                vgpu_type,
                size: 1,
                ids: (0..chance.below(8) as u32).collect(),
            },
        },
        2 => Request::LogVgpuRun {
            gpu,
            gpu_instance,
            engine: *chance.of(ENGINES),
            run: VgpuRun::default(),
        },
        _ => Request::StartVgpu(Vgpu::new(gpu, vgpu_type, id).gpu_instance(gpu_instance)),
    }
}

fn process(chance: &mut Chance) -> Process {
    let id = |chance: &mut Chance| chance.below(15) as u32;
    let gpu = chance.below(4) as u32;
    let process = Process::new(gpu, id(chance)).memory_mib(chance.any());
    // At times longer than any buffer that it is copied to.
    let length = if chance.one_in(8) { 9000 } else { 60 };
    let process = process.name("n".repeat(chance.below(length)));
    if chance.one_in(3) {
        return process;
    }
    process.gpu_instance(id(chance)).compute_instance(0)
}
