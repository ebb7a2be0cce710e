//! State files in which every number is replaced by every edge value, and which still have the shape of a machine: the
//! library refuses them or serves them, and never writes past what a client has room for.

use std::fs;
use std::path::Path;

use nvml_mig_sim::{GpuSpec, Process, ProcessKind, Simulator, nvmlGpmMetricId_t, nvmlReturn_t};
use nvml_mig_sys::{
    nvmlDevice_t, nvmlGpuInstance_t, nvmlGpuInstancePlacement_t, nvmlGpuInstanceProfileInfo_t,
    nvmlMemory_t, nvmlProcessInfo_t,
};
use serde_json::{Value, json};

use super::nvml::{Nvml, SUCCESS, UNKNOWN, c, zeroed};

/// Elements behind those that a client has told the library of.
const GUARD: usize = 64;

/// Numbers at which something overflows, wraps, or is no index any more.
pub(crate) fn edges() -> Vec<Value> {
    let mut edges = vec![json!(0), json!(-1), json!(1.5), json!(i64::MIN)];
    edges.extend([1, 2, 3, 4, 7, 8, 9, 14, 15, 31, 32, 63, 64].map(|number: u64| json!(number)));
    let powers = [8, 16, 28, 31, 32, 63].map(|bits| 1_u64 << bits);
    edges.extend(
        powers
            .iter()
            .flat_map(|power| [power - 1, *power])
            .map(|number| json!(number)),
    );
    edges.push(json!(u64::MAX));
    edges
}

/// Every number of a file, by its place.
pub(crate) fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Array(values) => {
            let values = values.iter().enumerate();
            values.for_each(|(index, value)| numbers(value, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.for_each(|(name, value)| numbers(value, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

/// A machine with something in every part of it.
fn busy_machine(path: &Path) -> Nvml {
    let builder = Simulator::builder()
        .gpu(GpuSpec::new("a100-sxm4-40gb"))
        .gpu(GpuSpec::new("t4"))
        .state_file(path);
    let nvml = Nvml::start(builder);
    for profile in [9, 14, 19] {
        let parent = nvml.create(profile).unwrap();
        nvml.create_compute(parent, 0).unwrap();
        let _ = nvml.create_compute(parent, 0);
    }
    let process = Process::new(0, 41).gpu_instance(2).memory_mib(100);
    nvml.simulator.busy(process.compute_instance(1)).unwrap();
    let graphics = Process::new(1, 42).kind(ProcessKind::Graphics);
    nvml.simulator.busy(graphics).unwrap();
    let metric = nvmlGpmMetricId_t::NVML_GPM_METRIC_SM_UTIL;
    nvml.simulator.set_gpm(0, Some(2), metric, 42.0).unwrap();
    nvml.simulator
        .fail(
            "nvmlDeviceGetSerial",
            3,
            nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
        )
        .unwrap();
    nvml
}

/// Calls a function that fills a list of `room` elements, and checks that it wrote nothing behind them.
fn guarded<T: Copy + PartialEq>(room: usize, mark: T, call: impl FnOnce(*mut T)) -> Vec<T> {
    let mut buffer = vec![mark; room + GUARD];
    call(buffer.as_mut_ptr());
    assert!(buffer[room..] == vec![mark; GUARD], "written past the end");
    buffer.truncate(room);
    buffer
}

/// Queries everything, like a client that trusts the counts that it gets.
pub(crate) fn ask_everything(nvml: &Nvml) -> u32 {
    let mut count = 0;
    let code = c!(nvml, nvmlDeviceGetCount_v2(&mut count));
    if code == SUCCESS {
        assert!(count <= 64);
        (0..count).for_each(|index| ask_of_gpu(nvml, index));
    }
    code
}

fn ask_of_gpu(nvml: &Nvml, index: u32) {
    let mut gpu = core::ptr::null_mut();
    if c!(nvml, nvmlDeviceGetHandleByIndex_v2(index, &mut gpu)) != SUCCESS {
        return;
    }
    ask_of_device(nvml, gpu);
    (0..18).for_each(|number| ask_of_profile(nvml, gpu, number));
    let mut most = 0;
    c!(nvml, nvmlDeviceGetMaxMigDeviceCount(gpu, &mut most));
    for index in 0..most {
        let mut device = core::ptr::null_mut();
        let code = c!(
            nvml,
            nvmlDeviceGetMigDeviceHandleByIndex(gpu, index, &mut device)
        );
        if code == SUCCESS {
            ask_of_device(nvml, device);
        }
    }
}

fn ask_of_device(nvml: &Nvml, device: nvmlDevice_t) {
    guarded(16, 0x55, |text| {
        c!(nvml, nvmlDeviceGetName(device, text, 16));
    });
    guarded(96, 0x55, |text| {
        c!(nvml, nvmlDeviceGetUUID(device, text, 96));
    });
    let mut memory: nvmlMemory_t = zeroed();
    if c!(nvml, nvmlDeviceGetMemoryInfo(device, &mut memory)) == SUCCESS {
        assert!(memory.used <= memory.total);
    }
    for room in 0..3_u32 {
        let mut count = room;
        let mark: nvmlProcessInfo_t = zeroed();
        let bytes = room as usize * size_of_val(&mark);
        guarded(bytes, 0x55_u8, |list| {
            c!(
                nvml,
                nvmlDeviceGetComputeRunningProcesses_v3(device, &mut count, list.cast())
            );
        });
    }
}

fn ask_of_profile(nvml: &Nvml, gpu: nvmlDevice_t, number: u32) {
    let mut info: nvmlGpuInstanceProfileInfo_t = zeroed();
    if c!(
        nvml,
        nvmlDeviceGetGpuInstanceProfileInfo(gpu, number, &mut info)
    ) != SUCCESS
    {
        return;
    }
    let room = info.instanceCount as usize;
    let mut count = 0;
    let null = core::ptr::null_mut();
    let found = guarded(room, null, |list| {
        c!(
            nvml,
            nvmlDeviceGetGpuInstances(gpu, info.id, list, &mut count)
        );
    });
    assert!(count as usize <= room);
    found
        .into_iter()
        .take(count as usize)
        .for_each(|parent| ask_of_gpu_instance(nvml, parent));
    let mut places = 0;
    let none = core::ptr::null_mut();
    c!(
        nvml,
        nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, info.id, none, &mut places)
    );
    let bytes = places as usize * size_of::<nvmlGpuInstancePlacement_t>();
    guarded(bytes, 0x55_u8, |list| {
        let list = list.cast();
        c!(
            nvml,
            nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, info.id, list, &mut places)
        );
    });
    let mut left = 0;
    c!(
        nvml,
        nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, info.id, &mut left)
    );
    assert!(left <= info.instanceCount);
}

fn ask_of_gpu_instance(nvml: &Nvml, parent: nvmlGpuInstance_t) {
    for number in 0..9 {
        let mut info = zeroed::<nvml_mig_sys::nvmlComputeInstanceProfileInfo_t>();
        if c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, number, 0, &mut info)
        ) != SUCCESS
        {
            continue;
        }
        let mut count = 0;
        let null = core::ptr::null_mut();
        guarded(info.instanceCount as usize, null, |list| {
            c!(
                nvml,
                nvmlGpuInstanceGetComputeInstances(parent, info.id, list, &mut count)
            );
        });
        assert!(count <= info.instanceCount);
    }
}

#[test]
fn edge_values_are_refused_or_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = busy_machine(&path);
    assert_eq!(ask_everything(&nvml), SUCCESS);
    let right: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut places = Vec::new();
    numbers(&right, "", &mut places);
    let (mut refused, mut served) = (0, 0);
    for place in &places {
        for edge in edges() {
            let mut damaged = right.clone();
            *damaged.pointer_mut(place).unwrap() = edge;
            // Another file each time, as from another process.
            let new = folder.path().join("new");
            fs::write(&new, damaged.to_string()).unwrap();
            fs::rename(&new, &path).unwrap();
            match ask_everything(&nvml) {
                SUCCESS => served += 1,
                code => {
                    assert_eq!(code, UNKNOWN, "{place}");
                    refused += 1;
                }
            }
        }
    }
    assert!(places.len() > 60, "{places:?}");
    // Most numbers have one right value; process ids, memory and counters of calls can be anything.
    assert!(
        refused > served && served > places.len(),
        "{refused} {served}"
    );
}

/// Contradictions that no single number shows.
#[test]
fn impossible_machines_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let nvml = busy_machine(&path);
    let right: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let instances = "/machine/gpus/0/gpu_instances";
    let first = right.pointer(instances).unwrap()[0].clone();
    let process = right.pointer("/machine/gpus/0/processes").unwrap()[0].clone();
    let cases = [
        (
            "/machine/gpus/0/mig_mode/current",
            json!(false),
            "it has GPU instances, but MIG mode is off",
        ),
        (
            "/machine/gpus/1/mig_mode/pending",
            json!(true),
            "GPU 1: MIG mode is on, but the board has no MIG",
        ),
        (
            instances,
            json!([first, first]),
            "GPU 0: GPU instances are out of order",
        ),
        (
            "/machine/gpus/1/processes",
            json!([process]),
            "GPU 1: process 41 is on another GPU or instance",
        ),
        (
            "/machine/gpus/1/refusal",
            json!(0),
            "GPU 1: its refusal code is 0, which means success",
        ),
        (
            "/machine/capabilities",
            json!("proc"),
            "is not an absolute path",
        ),
        (
            "/machine/driver",
            json!("the newest"),
            "`the newest` is not a driver version",
        ),
        (
            "/machine/new_field",
            json!(1),
            "was written by a newer version: unknown field `new_field`",
        ),
    ];
    for (place, value, expected) in cases {
        let mut damaged = right.clone();
        let (parent, field) = place.rsplit_once('/').unwrap();
        damaged.pointer_mut(parent).unwrap()[field] = value;
        let text = damaged.to_string();
        fs::write(&path, &text).unwrap();
        assert_eq!(ask_everything(&nvml), UNKNOWN, "{place}");
        let error = Simulator::builder().state_file(&path).start().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "left as it is");
    }
}

/// New instances get serial numbers that no other has, whatever the file says was the last.
#[test]
fn handles_are_new_after_a_wrong_last_serial_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let builder = Simulator::builder().gpu(GpuSpec::new("a100-sxm4-40gb"));
    let nvml = Nvml::start(builder.state_file(&path));
    let first = nvml.create(19).unwrap();
    for wrong in [json!(0), json!(u32::MAX)] {
        let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        state["machine"]["last_serial"] = wrong;
        fs::write(&path, state.to_string()).unwrap();
        let second = nvml.create(19).unwrap();
        assert_ne!(first, second);
        assert_eq!(nvml.destroy(second), SUCCESS);
        assert_eq!(nvml.instances(19), [first]);
    }
}
