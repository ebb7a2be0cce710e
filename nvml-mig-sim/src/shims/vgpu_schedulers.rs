//! The schedulers of vGPUs that share a GPU instance: state and log, in both versions.

use core::ffi::{c_uint, c_ulonglong};
use core::mem::offset_of;

use nvml_mig_sys::{
    NVML_VGPU_SCHEDULER_ARR_ENABLE, nvmlGpuInstance_t, nvmlReturn_t, nvmlVgpuSchedulerLogEntry_t,
    nvmlVgpuSchedulerLogEntry_v2_t, nvmlVgpuSchedulerLogInfo_t, nvmlVgpuSchedulerLogInfo_v1,
    nvmlVgpuSchedulerLogInfo_v2_t, nvmlVgpuSchedulerState_t, nvmlVgpuSchedulerState_v1,
    nvmlVgpuSchedulerState_v2_t, nvmlVgpuSchedulerStateInfo_t, nvmlVgpuSchedulerStateInfo_v1,
    nvmlVgpuSchedulerStateInfo_v2_t,
};

use super::call;
use super::devices::to_u32;
use super::pointers::{Out, number};
use super::vgpus::require_version;
use crate::machine::{Answer, Machine, VgpuRun, VgpuScheduler};

/// `nvmlVgpuSchedulerState_t` and `nvmlVgpuSchedulerStateInfo_t`; the union at the end has two numbers with ARR, and
/// one without.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct StateV1 {
    version: c_uint,
    engine: c_uint,
    policy: c_uint,
    arr_mode: c_uint,
    parameters: [c_uint; 2],
}

/// `nvmlVgpuSchedulerLogInfo_t` before its entries.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct LogV1 {
    state: StateV1,
    count: c_uint,
    padding: c_uint,
}

/// `nvmlVgpuSchedulerLogInfo_v2_t` before its entries.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct LogV2 {
    engine: c_uint,
    policy: c_uint,
    averaging_factor: c_uint,
    time_slice: c_uint,
    count: c_uint,
    padding: c_uint,
}

/// `nvmlVgpuSchedulerLogEntry_t`, with its padding.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct EntryV1 {
    timestamp: c_ulonglong,
    time_run_total: c_ulonglong,
    time_run: c_ulonglong,
    sw_runlist_id: c_uint,
    padding: c_uint,
    target_time_slice: c_ulonglong,
    cumulative_preemption_time: c_ulonglong,
}

/// `nvmlVgpuSchedulerLogEntry_v2_t`, with its padding.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct EntryV2 {
    entry: EntryV1,
    weight: c_uint,
    padding: c_uint,
}

const _: () = assert!(size_of::<StateV1>() == size_of::<nvmlVgpuSchedulerState_t>());
const _: () = assert!(size_of::<StateV1>() == size_of::<nvmlVgpuSchedulerStateInfo_t>());
const _: () = assert!(size_of::<LogV1>() == offset_of!(nvmlVgpuSchedulerLogInfo_t, logEntries));
const _: () = assert!(size_of::<LogV2>() == offset_of!(nvmlVgpuSchedulerLogInfo_v2_t, logEntries));
const _: () = assert!(size_of::<EntryV1>() == size_of::<nvmlVgpuSchedulerLogEntry_t>());
const _: () = assert!(size_of::<EntryV2>() == size_of::<nvmlVgpuSchedulerLogEntry_v2_t>());

impl From<&VgpuRun> for EntryV1 {
    fn from(run: &VgpuRun) -> Self {
        Self {
            timestamp: run.timestamp,
            time_run_total: run.time_run_total,
            time_run: run.time_run,
            sw_runlist_id: run.sw_runlist_id,
            padding: 0,
            target_time_slice: run.target_time_slice,
            cumulative_preemption_time: run.cumulative_preemption_time,
        }
    }
}

/// The scheduler of an engine, its averaging factor and time slice now, and its log.
struct Scheduler<'a> {
    scheduler: VgpuScheduler,
    averaging_factor: u32,
    time_slice: u32,
    runs: &'a [VgpuRun],
}

impl<'a> Scheduler<'a> {
    fn of(machine: &'a Machine, gpu_instance: nvmlGpuInstance_t, engine: u32) -> Answer<Self> {
        let (gpu, instance) = machine.gpu_instance(number(gpu_instance))?;
        let (scheduler, (averaging_factor, time_slice)) = gpu.vgpu_scheduler(instance, engine)?;
        let runs = instance.vgpu.log(engine);
        Ok(Self {
            scheduler,
            averaging_factor,
            time_slice,
            runs,
        })
    }

    fn v1(&self, version: c_uint) -> StateV1 {
        let parameters = match self.scheduler.has_arr() {
            true => [self.averaging_factor, self.time_slice],
            false => [self.time_slice, 0],
        };
        StateV1 {
            version,
            engine: self.scheduler.engine,
            policy: self.scheduler.policy,
            arr_mode: self.scheduler.arr_mode,
            parameters,
        }
    }
}

/// Returns the state of a scheduler, version 1.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetVgpuSchedulerState(
    gpu_instance: nvmlGpuInstance_t,
    state: Out<nvmlVgpuSchedulerStateInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetVgpuSchedulerState(gpu_instance, state),
        |machine| {
            machine.gpu_instance(number(gpu_instance))?;
            require_version(state, nvmlVgpuSchedulerStateInfo_v1)?;
            let state = state.cast::<StateV1>();
            let StateV1 {
                version, engine, ..
            } = state.read()?;
            state.write(Scheduler::of(machine, gpu_instance, engine)?.v1(version))
        }
    )
}

/// Returns the state of a scheduler, version 2.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetVgpuSchedulerState_v2(
    gpu_instance: nvmlGpuInstance_t,
    state: Out<nvmlVgpuSchedulerStateInfo_v2_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetVgpuSchedulerState_v2(gpu_instance, state),
        |machine| {
            machine.gpu_instance(number(gpu_instance))?;
            let engine = state.read()?.engineId;
            let found = Scheduler::of(machine, gpu_instance, engine)?;
            state.write(nvmlVgpuSchedulerStateInfo_v2_t {
                engineId: engine,
                schedulerPolicy: found.scheduler.policy,
                avgFactor: found.averaging_factor,
                timeslice: found.time_slice,
            })
        }
    )
}

/// Returns the log of a scheduler, version 1.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetVgpuSchedulerLog(
    gpu_instance: nvmlGpuInstance_t,
    log: Out<nvmlVgpuSchedulerLogInfo_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetVgpuSchedulerLog(gpu_instance, log),
        |machine| {
            machine.gpu_instance(number(gpu_instance))?;
            require_version(log, nvmlVgpuSchedulerLogInfo_v1)?;
            let header = log.cast::<LogV1>();
            let StateV1 {
                version, engine, ..
            } = log.cast::<StateV1>().read()?;
            let found = Scheduler::of(machine, gpu_instance, engine)?;
            header.write(LogV1 {
                state: found.v1(version),
                count: to_u32(found.runs.len())?,
                padding: 0,
            })?;
            let entries = header.at(1)?.cast::<EntryV1>();
            for (index, run) in found.runs.iter().enumerate() {
                entries.write_at(index, run.into())?;
            }
            Ok(())
        }
    )
}

/// Returns the log of a scheduler, version 2.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceGetVgpuSchedulerLog_v2(
    gpu_instance: nvmlGpuInstance_t,
    log: Out<nvmlVgpuSchedulerLogInfo_v2_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpuInstanceGetVgpuSchedulerLog_v2(gpu_instance, log),
        |machine| {
            machine.gpu_instance(number(gpu_instance))?;
            let engine = log.cast::<c_uint>().read()?;
            let found = Scheduler::of(machine, gpu_instance, engine)?;
            let header = log.cast::<LogV2>();
            header.write(LogV2 {
                engine,
                policy: found.scheduler.policy,
                averaging_factor: found.averaging_factor,
                time_slice: found.time_slice,
                count: to_u32(found.runs.len())?,
                padding: 0,
            })?;
            let entries = header.at(1)?.cast::<EntryV2>();
            for (index, run) in found.runs.iter().enumerate() {
                let (entry, weight) = (run.into(), run.weight);
                let padding = 0;
                entries.write_at(
                    index,
                    EntryV2 {
                        entry,
                        weight,
                        padding,
                    },
                )?;
            }
            Ok(())
        }
    )
}

/// Sets a scheduler, version 1.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceSetVgpuSchedulerState(
    gpu_instance: nvmlGpuInstance_t,
    state: Out<nvmlVgpuSchedulerState_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlGpuInstanceSetVgpuSchedulerState(gpu_instance, state),
        |machine| {
            let handle = number(gpu_instance);
            machine.gpu_instance(handle)?;
            require_version(state, nvmlVgpuSchedulerState_v1)?;
            let asked = state.cast::<StateV1>().read()?;
            let [first, second] = asked.parameters;
            let wanted = VgpuScheduler {
                policy: asked.policy,
                arr_mode: asked.arr_mode,
                ..VgpuScheduler::of_engine(asked.engine)
            };
            let wanted = match wanted.has_arr() {
                true => VgpuScheduler {
                    averaging_factor: first,
                    frequency: second,
                    ..wanted
                },
                false => VgpuScheduler {
                    time_slice: first,
                    ..wanted
                },
            };
            machine.set_vgpu_scheduler(handle, wanted)
        }
    )
}

/// Sets a scheduler, version 2, which always has ARR.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpuInstanceSetVgpuSchedulerState_v2(
    gpu_instance: nvmlGpuInstance_t,
    state: Out<nvmlVgpuSchedulerState_v2_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlGpuInstanceSetVgpuSchedulerState_v2(gpu_instance, state),
        |machine| {
            let handle = number(gpu_instance);
            machine.gpu_instance(handle)?;
            let asked = state.read()?;
            let wanted = VgpuScheduler {
                policy: asked.schedulerPolicy,
                arr_mode: NVML_VGPU_SCHEDULER_ARR_ENABLE,
                averaging_factor: asked.avgFactor,
                frequency: asked.frequency,
                ..VgpuScheduler::of_engine(asked.engineId)
            };
            machine.set_vgpu_scheduler(handle, wanted)
        }
    )
}
