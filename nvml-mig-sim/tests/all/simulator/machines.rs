//! Machines as people have them, beside the one where all goes well.

use core::ptr::null_mut;

use nvml_mig_sim::{
    GpuSpec, Process, ProcessFilter, ProcessKind, Simulator, catalogue, nvmlReturn_t,
};
use nvml_mig_sys::{nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t};

use super::nvml::{
    IN_USE, INSUFFICIENT_RESOURCES, INVALID_ARGUMENT, NO_PERMISSION, NOT_FOUND, NOT_SUPPORTED,
    Nvml, SUCCESS, c, text, zeroed,
};

const GPU_IS_LOST: u32 = 15;

/// A server with GPUs of both kinds: NVML counts all, and refuses what is about MIG on those without it.
#[test]
fn gpus_without_mig_beside_others() {
    for board in catalogue::boards_without_mig() {
        let builder = Simulator::builder().gpu(GpuSpec::new(board.key));
        let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
        let (mut count, gpu) = (0, nvml.gpu(0));
        assert_eq!(c!(nvml, nvmlDeviceGetCount_v2(&mut count)), SUCCESS);
        assert_eq!((count, nvml.name(gpu)), (2, board.name.to_owned()));
        let (mut current, mut pending) = (0, 0);
        let code = c!(nvml, nvmlDeviceGetMigMode(gpu, &mut current, &mut pending));
        assert_eq!(code, NOT_SUPPORTED, "{}", board.key);
        assert_eq!(nvml.set_mode(1).0, NOT_SUPPORTED, "{}", board.key);
        assert_eq!(nvml.create(0), Err(NOT_SUPPORTED), "{}", board.key);
        let code = c!(nvml, nvmlDeviceGetMaxMigDeviceCount(gpu, &mut count));
        assert_eq!((code, count), (SUCCESS, 0), "{}", board.key);
        assert_eq!(nvml.mig(0), Err(INVALID_ARGUMENT), "{}", board.key);
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfo(gpu, 0, &mut zeroed())
        );
        assert_eq!(code, NOT_SUPPORTED, "{}", board.key);
        assert_eq!(nvml.name(nvml.gpu(1)), "NVIDIA A30");
    }
}

/// Ampere comes up in the pending mode, Hopper without MIG mode; nothing that stood on them is left.
#[test]
fn a_reboot() {
    for (board, pending, expected) in [
        ("a30", 1, (1, 1)),
        ("a30", 0, (0, 0)),
        ("h100-sxm5-80gb", 1, (0, 0)),
    ] {
        let nvml = Nvml::with(board);
        nvml.create(0).unwrap();
        nvml.simulator
            .busy(Process::new(0, 7).gpu_instance(0))
            .unwrap();
        if pending == 0 {
            assert_eq!(
                nvml.set_mode(0),
                (SUCCESS, IN_USE),
                "it waits for the reboot"
            );
        }
        nvml.simulator.reboot(false).unwrap();
        assert_eq!(nvml.mode(), expected, "{board}");
        nvml.set_mode(1);
        assert!(nvml.instances(0).is_empty(), "{board}");
    }
}

#[test]
fn minor_numbers_that_a_reboot_deals_anew() {
    let minors = |nvml: &Nvml| {
        [0, 1].map(|index| {
            let mut minor = 9;
            let code = c!(nvml, nvmlDeviceGetMinorNumber(nvml.gpu(index), &mut minor));
            assert_eq!(code, SUCCESS);
            minor
        })
    };
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
    assert_eq!(minors(&nvml), [0, 1]);
    nvml.simulator.reboot(false).unwrap();
    assert_eq!(minors(&nvml), [0, 1]);
    nvml.simulator.reboot(true).unwrap();
    assert_eq!(minors(&nvml), [1, 0]);
}

/// Ampere keeps its mode, Hopper loses it; the kernel does not unload a driver that is in use.
#[test]
fn a_reload_of_the_driver() {
    for (board, expected) in [("a30", (1, 1)), ("h100-sxm5-80gb", (0, 0))] {
        let nvml = Nvml::with(board);
        nvml.create(0).unwrap();
        nvml.simulator
            .busy(Process::new(0, 7).gpu_instance(0))
            .unwrap();
        let refused = nvml.simulator.reload_driver().unwrap_err();
        assert!(
            refused.to_string().contains("processes are running"),
            "{refused}"
        );
        assert_eq!(nvml.instances(0).len(), 1);
        nvml.simulator.idle(ProcessFilter::default()).unwrap();
        nvml.simulator.reload_driver().unwrap();
        assert_eq!(nvml.mode(), expected, "{board}");
        nvml.set_mode(1);
        assert!(nvml.instances(0).is_empty(), "{board}");
    }
}

/// It is counted, and no handle is given; handles from before answer the same. The GPU beside it goes on.
#[test]
fn a_gpu_that_can_not_be_reached() {
    for code in [GPU_IS_LOST, NO_PERMISSION, 999] {
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let nvml = Nvml::start(builder.gpu(GpuSpec::new("a30")));
        let parent = nvml.create(0).unwrap();
        nvml.create_compute(parent, 0).unwrap();
        let (gpu, mig, uuid) = (nvml.gpu(0), nvml.mig(0).unwrap(), nvml.uuid(nvml.gpu(0)));
        nvml.simulator
            .refuse_gpu(0, Some(nvmlReturn_t(code)))
            .unwrap();
        let (mut count, mut device, mut index) = (0, null_mut(), 0);
        assert_eq!(c!(nvml, nvmlDeviceGetCount_v2(&mut count)), SUCCESS);
        assert_eq!(count, 2);
        assert_eq!(
            c!(nvml, nvmlDeviceGetHandleByIndex_v2(0, &mut device)),
            code
        );
        let text = std::ffi::CString::new(uuid).unwrap();
        let found = c!(nvml, nvmlDeviceGetHandleByUUID(text.as_ptr(), &mut device));
        assert_eq!(found, code);
        for handle in [gpu, mig] {
            assert_eq!(c!(nvml, nvmlDeviceGetIndex(handle, &mut index)), code);
        }
        assert_eq!(
            c!(nvml, nvmlGpuInstanceGetInfo(parent, &mut zeroed())),
            code
        );
        nvml.gpu(1);
        nvml.simulator.refuse_gpu(0, None).unwrap();
        assert_eq!(nvml.instances(0).len(), 1, "it stands as it stood");
    }
}

/// A mode change stays pending on Ampere, and an instance in use, with no process in any list.
#[test]
fn a_client_that_never_leaves() {
    let nvml = Nvml::with("a30");
    let unlisted = |pid| Process::new(0, pid).kind(ProcessKind::Unlisted);
    let parent = nvml.create(0).unwrap();
    nvml.simulator.busy(unlisted(7).gpu_instance(0)).unwrap();
    let (mut count, null) = (0, null_mut());
    let gpu = nvml.gpu(0);
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(gpu, &mut count, null)
    );
    assert_eq!((code, count), (SUCCESS, 0));
    assert_eq!(nvml.destroy(parent), IN_USE);
    assert_eq!(nvml.set_mode(0), (SUCCESS, IN_USE));
    assert_eq!(nvml.mode(), (1, 0));
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    assert_eq!(nvml.destroy(parent), SUCCESS);
}

/// The handle is given, and the first question about it refused.
#[test]
fn stale_mig_handles() {
    let nvml = Nvml::of(GpuSpec::new("a30").stale_mig_handles(true));
    let stale = nvml.mig(0).unwrap();
    let mut index = 0;
    assert_eq!(
        c!(nvml, nvmlDeviceGetIndex(stale, &mut index)),
        INVALID_ARGUMENT
    );
    let parent = nvml.create(0).unwrap();
    nvml.create_compute(parent, 0).unwrap();
    assert_eq!(
        c!(nvml, nvmlDeviceGetIndex(nvml.mig(0).unwrap(), &mut index)),
        SUCCESS
    );
    assert_eq!(Nvml::with("a30").mig(0), Err(NOT_FOUND));
}

/// Counts and placements are no promise.
#[test]
fn a_machine_that_refuses_what_its_counts_promise() {
    let nvml = Nvml::of(GpuSpec::new("a30").most_gpu_instances(3));
    for left in [4, 3, 2] {
        assert_eq!(nvml.capacity(14), left);
        nvml.create(14).unwrap();
    }
    assert_eq!(nvml.capacity(14), 1);
    assert_eq!(nvml.create(14), Err(INSUFFICIENT_RESOURCES));
}

/// `nvmlGpuInstanceDestroy` was seen to answer SUCCESS while the instance stayed.
#[test]
fn success_that_changed_nothing() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    nvml.simulator.pretend("nvmlGpuInstanceDestroy").unwrap();
    assert_eq!(nvml.destroy(parent), SUCCESS);
    assert_eq!(nvml.instances(0).len(), 1);
    nvml.simulator.clear_faults().unwrap();
    assert_eq!(nvml.destroy(parent), SUCCESS);
    assert!(nvml.instances(0).is_empty());

    // A client finds what it expects in its variables, as of any success.
    nvml.simulator.pretend("nvmlDeviceSetMigMode").unwrap();
    assert_eq!(nvml.set_mode(0), (SUCCESS, SUCCESS));
    assert_eq!(nvml.mode(), (1, 1));
    nvml.simulator
        .pretend("nvmlDeviceCreateGpuInstance")
        .unwrap();
    assert!(!nvml.create(0).unwrap().is_null());
    assert!(nvml.instances(0).is_empty());
    let refused = nvml.simulator.pretend("nvmlDeviceGetCount_v2").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`nvmlDeviceGetCount_v2` changes nothing, so it can't succeed without effect"
    );
}

/// One driver was reported to name the MIG device of a `1g.10gb+me` GPU instance `1g.10gb`; its profile has the full name.
#[test]
fn media_instances_that_are_named_plainly() {
    for (plain, expected) in [
        (false, "NVIDIA H100 80GB HBM3 MIG 1g.10gb+me"),
        (true, "NVIDIA H100 80GB HBM3 MIG 1g.10gb"),
    ] {
        let nvml = Nvml::of(GpuSpec::new("h100-sxm5-80gb").plain_media_names(plain));
        nvml.create_compute(nvml.create(20).unwrap(), 0).unwrap();
        assert_eq!(nvml.name(nvml.mig(0).unwrap()), expected);
        let mut info: nvmlGpuInstanceProfileInfo_v2_t = zeroed();
        info.version = 0x0200_0098;
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoV(nvml.gpu(0), 7, &mut info)
        );
        assert_eq!((code, info.id), (SUCCESS, 20));
        assert_eq!(text(&info.name), "MIG 1g.10gb+me");
    }
    let nvml = Nvml::of(GpuSpec::new("a30").plain_media_names(true));
    nvml.create_compute(nvml.create(6).unwrap(), 0).unwrap();
    nvml.create_compute(nvml.create(5).unwrap(), 1).unwrap();
    let mut names = [0, 1].map(|index| nvml.name(nvml.mig(index).unwrap()));
    names.sort();
    assert_eq!(
        names,
        ["NVIDIA A30 MIG 1c.2g.12gb", "NVIDIA A30 MIG 2g.12gb"]
    );
}

/// Some drivers give a wrong instanceCount for an A30. All else is right: placements, capacity and what can be created.
#[test]
fn an_instance_count_that_is_wrong() {
    for count in [0, 1, 9] {
        let nvml = Nvml::of(GpuSpec::new("a30").reported_instance_count(count));
        let (gpu, mut v1) = (nvml.gpu(0), zeroed());
        for number in [0, 1, 3, 7, 8] {
            let code = c!(
                nvml,
                nvmlDeviceGetGpuInstanceProfileInfo(gpu, number, &mut v1)
            );
            assert_eq!((code, v1.instanceCount), (SUCCESS, count));
        }
        let mut v2: nvmlGpuInstanceProfileInfo_v2_t = zeroed();
        v2.version = 0x0200_0098;
        let code = c!(nvml, nvmlDeviceGetGpuInstanceProfileInfoV(gpu, 0, &mut v2));
        assert_eq!((code, v2.id, v2.instanceCount), (SUCCESS, 14, count));
        let mut v3: nvmlGpuInstanceProfileInfo_v3_t = zeroed();
        v3.version = 0x0300_0098;
        let place = (&raw mut v3).cast();
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoByIdV(gpu, 14, place)
        );
        assert_eq!((code, v3.id, v3.instanceCount), (SUCCESS, 14, count));
        let (mut placements, null) = (0, null_mut());
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu, 14, null, &mut placements)
        );
        assert_eq!((code, placements, nvml.capacity(14)), (SUCCESS, 4, 4));
        for _ in 0..4 {
            nvml.create(14).unwrap();
        }
        assert_eq!(nvml.create(14), Err(INSUFFICIENT_RESOURCES));
    }
}
