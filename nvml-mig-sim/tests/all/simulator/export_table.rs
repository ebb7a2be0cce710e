//! The table that NVIDIA's nvidia-smi asks for, read as nvidia-smi does: an array of its size and of functions.

use core::ptr::{null, null_mut};

use libloading::Library;
use nvml_mig_sim::{Caller, GpuSpec, Process, ProcessFilter, ProcessKind, Simulator, nvmlReturn_t};
use nvml_mig_sys::nvmlDevice_t;

use super::nvml::{
    IN_USE, INSUFFICIENT_SIZE, INVALID_ARGUMENT, NO_PERMISSION, NOT_FOUND, NOT_SUPPORTED, Nvml,
    SUCCESS,
};

type GetExportTable = unsafe extern "C" fn(*mut *const usize, *const u8) -> u32;
type Function = unsafe extern "C" fn(usize, usize, usize, usize, usize) -> u32;

/// nvidia-smi asks for no other.
const ID: [u8; 16] = *b"\xc4\xfe\x3e\x6c\xc9\x8f\x6c\x4e\xa3\x27\xee\x69\x6e\x12\xf7\xc4";

fn get(nvml: &Nvml, table: *mut *const usize, id: *const u8) -> u32 {
    // SAFETY: the file is the simulated library, which is open already.
    let library = unsafe { Library::new(nvml.simulator.library_path()) }.unwrap();
    // SAFETY: the simulator exports this function with two pointers.
    let function = unsafe { library.get::<GetExportTable>(b"nvmlInternalGetExportTable") }.unwrap();
    // SAFETY: both are null or to a variable of the test.
    unsafe { function(table, id) }
}

/// The table of an open library.
struct Table(*const usize);

impl Table {
    fn of(nvml: &Nvml) -> Self {
        let mut table = null();
        assert_eq!(get(nvml, &raw mut table, ID.as_ptr()), SUCCESS);
        Self(table)
    }

    fn entry(&self, number: usize) -> usize {
        // SAFETY: the first entry says how large the table is, and `first` asks for no more.
        unsafe { self.0.wrapping_add(number).read() }
    }

    fn call<const COUNT: usize>(&self, number: usize, arguments: [usize; COUNT]) -> u32 {
        assert!(number < self.entry(0) / size_of::<usize>());
        let mut five = [0x22; 5];
        five[..COUNT].copy_from_slice(&arguments);
        let [a, b, c, d, e] = five;
        // SAFETY: each entry but the first is a function that takes at most five numbers or pointers.
        let function: Function = unsafe { core::mem::transmute(self.entry(number)) };
        // SAFETY: every pointer that a test passes is null or to a variable of the type that nvidia-smi passes.
        unsafe { function(a, b, c, d, e) }
    }
}

/// As NVIDIA's own library answers, before a start too.
#[test]
fn other_tables_are_refused() {
    let nvml = Nvml::open(Simulator::builder());
    let mut table = null();
    assert_eq!(get(&nvml, &raw mut table, null()), INVALID_ARGUMENT);
    assert_eq!(get(&nvml, null_mut(), ID.as_ptr()), INVALID_ARGUMENT);
    let other = [0; 16];
    assert_eq!(get(&nvml, &raw mut table, other.as_ptr()), INVALID_ARGUMENT);
    assert!(table.is_null());
    assert_eq!(get(&nvml, &raw mut table, ID.as_ptr()), SUCCESS);
}

#[test]
fn gives_gpus_and_nothing_unknown() {
    let nvml = Nvml::with("a30");
    let table = Table::of(&nvml);
    // nvidia-smi 535 and 550 ask for entries up to 249.
    assert!(table.entry(0) >= 250 * size_of::<usize>());
    let mut device: nvmlDevice_t = null_mut();
    let out = (&raw mut device).addr();
    assert_eq!(table.call(81, [0, out, 0x22]), SUCCESS);
    assert_eq!(device, nvml.gpu(0));
    assert_eq!(table.call(81, [1, out, 0x22]), INVALID_ARGUMENT);
    for number in [1, 26, 80, 82, 165, 212, 216, 249] {
        // Nothing behind this address may be touched.
        let answer = table.call(number, [device.addr(), 1, 1]);
        assert_eq!(answer, NOT_SUPPORTED, "entry {number}");
    }
}

/// With which nvidia-smi 535 and 550 find the GPU of `-i 0000:27:00.0`.
#[test]
fn reads_addresses_and_gives_those_of_gpus() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
    let table = Table::of(&nvml);
    let mut parts = [9_u32; 4];
    let places: [usize; 4] = core::array::from_fn(|part| (&raw mut parts[part]).addr());
    let [domain, bus, device, function] = places;
    for (text, expected) in [
        (c"0000:27:00.0", [0, 0x27, 0, 0]),
        (c"00000001:aB:1f.7", [1, 0xAB, 0x1F, 7]),
        (c"A7:00.0", [0, 0xA7, 0, 0]),
    ] {
        let arguments = [text.as_ptr().addr(), domain, bus, device, function];
        assert_eq!(table.call(12, arguments), SUCCESS, "{text:?}");
        assert_eq!(parts, expected, "{text:?}");
    }
    for text in [
        c"",
        c"17",
        c"bus",
        c"0:0:17:00.0",
        c"17:00.0.0",
        c"-1:17:00.0",
    ] {
        let arguments = [text.as_ptr().addr(), domain, bus, device, function];
        assert_eq!(table.call(12, arguments), INVALID_ARGUMENT, "{text:?}");
    }
    assert_eq!(table.call(12, [0; 5]), INVALID_ARGUMENT);
    assert_eq!(table.call(75, [1, domain, bus, device]), SUCCESS);
    assert_eq!(parts[..3], [0, 0x27, 0]);
    assert_eq!(table.call(75, [1, 0, 0, 0]), INVALID_ARGUMENT);
    assert_eq!(table.call(75, [2, domain, bus, device]), INVALID_ARGUMENT);
}

/// nvidia-smi asks for the address of each GPU in turn, and gives up at the first that is refused.
#[test]
fn gives_the_addresses_of_lost_gpus_too() {
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
    let lost = Some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST);
    nvml.simulator.refuse_gpu(0, lost).unwrap();
    let table = Table::of(&nvml);
    let mut parts = [9_u32; 3];
    let [domain, bus, device] = core::array::from_fn(|part| (&raw mut parts[part]).addr());
    for (index, expected) in [(0, 0x17), (1, 0x27)] {
        assert_eq!(table.call(75, [index, domain, bus, device]), SUCCESS);
        assert_eq!(parts, [0, expected, 0]);
    }
}

/// Bytes of a process in the lists for nvidia-smi, which end with a name of 4096 bytes.
const DETAIL: usize = 4128;

/// The processes that an entry lists, each as its bytes. What the library leaves unwritten stays 0xaa.
fn details(table: &Table, number: usize, device: usize) -> Vec<Vec<u8>> {
    let (mut count, mut bytes) = (4_u32, vec![0xaa_u8; 4 * DETAIL]);
    let arguments = [device, (&raw mut count).addr(), bytes.as_mut_ptr().addr()];
    assert_eq!(table.call(number, arguments), SUCCESS, "entry {number}");
    let records = bytes.chunks_exact(DETAIL).take(count as usize);
    records.map(<[u8]>::to_vec).collect()
}

/// The layout from which nvidia-smi 535 and 550 print process id, ids, memory and name.
fn detail(pid: u8, [gpu_instance, compute_instance]: [u32; 2], name: &str) -> Vec<u8> {
    let mut bytes = vec![pid, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend((300_u64 << 20).to_ne_bytes());
    bytes.extend(gpu_instance.to_ne_bytes());
    bytes.extend(compute_instance.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend(name.as_bytes());
    bytes.resize(DETAIL, 0);
    bytes
}

#[test]
fn gives_processes_with_their_names() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(5).unwrap();
    nvml.create_compute(parent, 1).unwrap();
    let process = Process::new(0, 42).gpu_instance(1).compute_instance(0);
    let process = process.name("python3").memory_mib(300);
    nvml.simulator.busy(process).unwrap();

    let (table, gpu) = (Table::of(&nvml), nvml.gpu(0).addr());
    let mut count = 0_u32;
    let number = (&raw mut count).addr();
    assert_eq!(table.call(213, [gpu, number, 0]), INSUFFICIENT_SIZE);
    assert_eq!(count, 1);
    assert_eq!(details(&table, 213, gpu), [detail(42, [1, 0], "python3")]);
    for others in [214, 215] {
        assert!(details(&table, others, gpu).is_empty(), "entry {others}");
    }
}

/// The layout of driver 525, from which nvidia-smi 525.147.05 prints both processes: without protected memory.
#[test]
fn gives_processes_in_the_records_of_older_drivers() {
    let builder = Simulator::builder().gpu(GpuSpec::new("t4"));
    let nvml = Nvml::start(builder.driver_version("525.147.05"));
    for pid in [7, 8] {
        let process = Process::new(0, pid).name("Xorg").memory_mib(300);
        nvml.simulator.busy(process).unwrap();
    }
    let (table, gpu) = (Table::of(&nvml), nvml.gpu(0).addr());
    let (mut count, mut bytes) = (2_u32, vec![0xaa_u8; 2 * DETAIL]);
    let arguments = [gpu, (&raw mut count).addr(), bytes.as_mut_ptr().addr()];
    assert_eq!(table.call(213, arguments), SUCCESS);
    let expected = [7, 8].map(|pid| {
        let mut record = detail(pid, [u32::MAX; 2], "Xorg");
        record.drain(24..32);
        record
    });
    let written = expected.concat();
    assert_eq!(bytes[..written.len()], written);
    assert_eq!(bytes[written.len()..], [0xaa; 16]);
}

/// nvidia-smi 535 and 550 print `M+C` for a process of both the first and the second list, and `G` for one of the third.
#[test]
fn gives_mps_and_graphics_processes_in_lists_of_their_own() {
    let nvml = Nvml::with("t4");
    for (pid, name, kind) in [
        (7, "python3", ProcessKind::Compute),
        (8, "mps-client", ProcessKind::MpsCompute),
        (9, "Xorg", ProcessKind::Graphics),
        (10, "dcgm", ProcessKind::Unlisted),
    ] {
        let process = Process::new(0, pid).name(name).memory_mib(300);
        nvml.simulator.busy(process.kind(kind)).unwrap();
    }
    let (table, gpu) = (Table::of(&nvml), nvml.gpu(0).addr());
    let [compute, mps, graphics] = [(7, "python3"), (8, "mps-client"), (9, "Xorg")]
        .map(|(pid, name)| detail(pid, [u32::MAX; 2], name));
    assert_eq!(details(&table, 213, gpu), [compute, mps.clone()]);
    assert_eq!(details(&table, 214, gpu), [mps]);
    assert_eq!(details(&table, 215, gpu), [graphics]);
}

/// Without which nvidia-smi 470 and 525 do not reset GPUs: `Cannot detect chip architecture`.
#[test]
fn gives_the_architecture() {
    let nvml = Nvml::with("a30");
    let (table, mut architecture) = (Table::of(&nvml), 0_u32);
    let arguments = [nvml.gpu(0).addr(), (&raw mut architecture).addr()];
    assert_eq!(table.call(65, arguments), SUCCESS);
    assert_eq!(architecture, 7, "NVML_DEVICE_ARCH_AMPERE");
    assert_eq!(table.call(65, [1, arguments[1]]), INVALID_ARGUMENT);
}

/// With which nvidia-smi 470, 525, 535 and 550 reset GPUs.
#[test]
fn resets_all_gpus_or_none() {
    let gpu = || GpuSpec::new("a30");
    let nvml = Nvml::start(Simulator::builder().gpu(gpu()).gpu(gpu()));
    let table = Table::of(&nvml);
    let devices = [nvml.gpu(0), nvml.gpu(1)];
    let (mut word, mut group) = (9_u32, 0_usize);
    let (out, group_out) = ((&raw mut word).addr(), (&raw mut group).addr());
    for device in devices {
        word = 9;
        assert_eq!(table.call(20, [device.addr(), out]), SUCCESS);
        assert_eq!(word, 0, "no GPU is the primary one");
    }
    assert_eq!(table.call(20, [1, out]), INVALID_ARGUMENT);
    assert_eq!(table.call(169, [out]), SUCCESS);
    let list = devices.as_ptr().addr();
    assert_eq!(table.call(182, [group_out, list, 2, 1]), SUCCESS);
    word = 9;
    assert_eq!(table.call(183, [group, 0, out]), SUCCESS);
    assert_eq!(word, 0, "nothing else is reset");
    assert_eq!(table.call(184, [group]), SUCCESS);

    nvml.simulator.busy(Process::new(1, 7)).unwrap();
    let _instance = nvml.create(0).unwrap();
    let mut results = [0_u32; 2];
    let arguments = [2, list, results.as_mut_ptr().addr(), out];
    assert_eq!(table.call(168, arguments), IN_USE);
    assert_eq!(nvml.instances(0).len(), 1, "GPU 0 was not reset either");
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    nvml.simulator.set_caller(Caller::Unprivileged).unwrap();
    assert_eq!(table.call(168, arguments), NO_PERMISSION);
    nvml.simulator.set_caller(Caller::Root).unwrap();
    assert_eq!(nvml.instances(0).len(), 1);
    assert_eq!(table.call(168, arguments), SUCCESS);
    assert!(nvml.instances(0).is_empty());
}

/// With which `nvidia-smi topo -m` fills its table.
#[test]
fn gpus_share_a_numa_node() {
    let nvml = Nvml::start(
        Simulator::builder()
            .gpu(GpuSpec::new("a30"))
            .gpu(GpuSpec::new("t4")),
    );
    let table = Table::of(&nvml);
    let mut level = 9_u32;
    let out = (&raw mut level).addr();
    let (first, second) = (c"00000000:17:00.0", c"00000000:27:00.0");
    let [first, second] = [first, second].map(|address| address.as_ptr().addr());
    assert_eq!(table.call(23, [first, second, out]), SUCCESS);
    assert_eq!(level, 3);
    assert_eq!(table.call(23, [first, 0, out]), INVALID_ARGUMENT);
    let absent = c"00000000:37:00.0".as_ptr().addr();
    assert_eq!(table.call(23, [first, absent, out]), NOT_FOUND);
}
