//! Simulated processes.

use nvml_mig_sim::{Process, ProcessFilter};
use nvml_mig_sys::nvmlProcessInfo_t;

use super::nvml::{INSUFFICIENT_SIZE, NOT_FOUND, Nvml, SUCCESS, c, text, zeroed};

#[test]
fn seen_on_the_gpu_and_on_their_mig_device() {
    let nvml = Nvml::with("a30");
    for _ in 0..2 {
        let parent = nvml.create(5).unwrap();
        nvml.create_compute(parent, 1).unwrap();
    }
    let process = Process::new(0, 4242).gpu_instance(2).compute_instance(0);
    nvml.simulator
        .busy(process.name("python").memory_mib(100))
        .unwrap();
    let (gpu, mut count, null) = (nvml.gpu(0), 0, core::ptr::null_mut());
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(gpu, &mut count, null)
    );
    assert_eq!(
        (code, count),
        (INSUFFICIENT_SIZE, 1),
        "no room: the number is told"
    );
    let mut infos = [zeroed::<nvmlProcessInfo_t>(); 4];
    count = 4;
    let list = infos.as_mut_ptr();
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(gpu, &mut count, list)
    );
    assert_eq!((code, count, infos[0].pid), (SUCCESS, 1, 4242));
    assert_eq!((infos[0].gpuInstanceId, infos[0].computeInstanceId), (2, 0));
    assert_eq!(infos[0].usedGpuMemory, 100 << 20);
    for (index, expected) in [(0, 0), (1, 1)] {
        let (mut count, list) = (4, infos.as_mut_ptr());
        let mig = nvml.mig(index).unwrap();
        let code = c!(
            nvml,
            nvmlDeviceGetComputeRunningProcesses_v2(mig, &mut count, list)
        );
        assert_eq!((code, count), (SUCCESS, expected), "MIG device {index}");
    }
}

#[test]
fn names() {
    let nvml = Nvml::with("a30");
    nvml.simulator
        .busy(Process::new(0, 4242).name("python"))
        .unwrap();
    // SAFETY: the file is the simulator's own library.
    let library = unsafe { libloading::Library::new(nvml.simulator.library_path()) }.unwrap();
    type Name = unsafe extern "C" fn(u32, *mut core::ffi::c_char, u32) -> u32;
    // SAFETY: nvml.h declares it so.
    let name = unsafe { library.get::<Name>(b"nvmlSystemGetProcessName") }.unwrap();
    let mut buffer = [0; 64];
    // SAFETY: the buffer has 64 bytes.
    assert_eq!(unsafe { name(4242, buffer.as_mut_ptr(), 64) }, SUCCESS);
    assert_eq!(text(&buffer), "python");
    // SAFETY: as above.
    assert_eq!(unsafe { name(1, buffer.as_mut_ptr(), 64) }, NOT_FOUND);
}

#[test]
fn only_on_what_is_there() {
    let nvml = Nvml::with("a30");
    let busy = |process| {
        nvml.simulator
            .busy(process)
            .map_err(|error| error.to_string())
    };
    let refused = Err("no such GPU or instance".to_owned());
    assert_eq!(busy(Process::new(1, 1)), refused);
    assert_eq!(busy(Process::new(0, 1).gpu_instance(0)), refused);
    assert_eq!(busy(Process::new(0, 1).compute_instance(0)), refused);
    nvml.create(0).unwrap();
    assert_eq!(
        busy(Process::new(0, 1).gpu_instance(0).compute_instance(0)),
        refused
    );
    assert_eq!(busy(Process::new(0, 1).gpu_instance(0)), Ok(()));
}

#[test]
fn those_that_a_filter_names_end() {
    let nvml = Nvml::with("a30");
    for pid in [1, 2, 3] {
        nvml.simulator.busy(Process::new(0, pid)).unwrap();
    }
    let second = ProcessFilter {
        pid: Some(2),
        ..ProcessFilter::default()
    };
    nvml.simulator.idle(second).unwrap();
    let (mut count, null) = (0, core::ptr::null_mut());
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(nvml.gpu(0), &mut count, null)
    );
    assert_eq!((code, count), (INSUFFICIENT_SIZE, 2));
}
