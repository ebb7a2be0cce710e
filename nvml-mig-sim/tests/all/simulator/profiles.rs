//! Profiles: numbers, ids, holes, the end, and the structures of each version.

use core::mem::offset_of;

use nvml_mig_sim::{ProfileVersion, Simulator, UnknownVersion};
use nvml_mig_sys::{
    nvmlComputeInstanceProfileInfo_v2_t, nvmlComputeInstanceProfileInfo_v3_t,
    nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t,
};

use super::nvml::{
    ARGUMENT_VERSION_MISMATCH, INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS, c, text, zeroed,
};

/// The code for each profile number, up to and with the first `INVALID_ARGUMENT`.
pub(super) fn codes(nvml: &Nvml) -> Vec<u32> {
    let mut codes = Vec::new();
    let mut info = zeroed();
    while codes.last() != Some(&INVALID_ARGUMENT) {
        let profile = u32::try_from(codes.len()).unwrap();
        let gpu = nvml.gpu(0);
        codes.push(c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfo(gpu, profile, &mut info)
        ));
    }
    codes
}

#[test]
fn holes_and_the_end() {
    let nvml = Nvml::with("a30");
    let found = codes(&nvml);
    let listed: Vec<usize> = (0..found.len()).filter(|&n| found[n] == SUCCESS).collect();
    // 1g, 2g, 4g, 1g+me, 2g+me.
    assert_eq!(listed, [0, 1, 3, 7, 8]);
    assert!(found.iter().filter(|&&code| code == NOT_SUPPORTED).count() + 6 == found.len());
}

#[test]
fn a_profile_in_every_version() {
    let nvml = Nvml::with("a100-sxm4-40gb");
    let gpu = nvml.gpu(0);
    let mut v1 = zeroed();
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstanceProfileInfo(gpu, 3, &mut v1)),
        SUCCESS
    );
    assert_eq!((v1.id, v1.sliceCount, v1.instanceCount), (5, 4, 1));
    assert_eq!(
        (v1.multiprocessorCount, v1.copyEngineCount, v1.decoderCount),
        (56, 4, 2)
    );

    let mut v2: nvmlGpuInstanceProfileInfo_v2_t = zeroed();
    v2.version = 0x0200_0098;
    assert_eq!(
        c!(nvml, nvmlDeviceGetGpuInstanceProfileInfoV(gpu, 3, &mut v2)),
        SUCCESS
    );
    assert_eq!(
        (v2.version, v2.id, v2.memorySizeMB),
        (0x0200_0098, 5, v1.memorySizeMB)
    );
    assert_eq!(text(&v2.name), "MIG 4g.20gb");

    let mut v3: nvmlGpuInstanceProfileInfo_v3_t = zeroed();
    v3.version = 0x0300_0098;
    let place = (&raw mut v3).cast();
    assert_eq!(
        c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoByIdV(gpu, 5, place)
        ),
        SUCCESS
    );
    assert_eq!(
        (v3.version, v3.id, v3.memorySizeMB),
        (0x0300_0098, 5, v1.memorySizeMB)
    );
    assert_eq!(
        (text(&v3.name), v3.sliceCount),
        ("MIG 4g.20gb".to_owned(), 4)
    );
    assert_eq!(offset_of!(nvmlGpuInstanceProfileInfo_v3_t, name), 48);
}

#[test]
fn a_compute_profile_in_every_version() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    let mut v1 = zeroed();
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, 1, 0, &mut v1)
    );
    assert_eq!(code, SUCCESS);
    assert_eq!(
        (
            v1.id,
            v1.sliceCount,
            v1.instanceCount,
            v1.multiprocessorCount
        ),
        (1, 2, 2, 28)
    );
    assert_eq!((v1.sharedCopyEngineCount, v1.sharedDecoderCount), (4, 4));
    let mut v2: nvmlComputeInstanceProfileInfo_v2_t = zeroed();
    v2.version = 0x0200_0088;
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, 1, 0, &mut v2)
    );
    assert_eq!(
        (code, text(&v2.name)),
        (SUCCESS, "MIG 2c.4g.24gb".to_owned())
    );
    let mut v3: nvmlComputeInstanceProfileInfo_v3_t = zeroed();
    v3.version = 0x0300_008c;
    let place = (&raw mut v3).cast();
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, 1, 0, place)
    );
    assert_eq!((code, v3.id, v3.capabilities), (SUCCESS, 1, 0));
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, 2, 0, &mut v1)
    );
    assert_eq!(code, NOT_SUPPORTED, "4g has no 3c");
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, 99, 0, &mut v1)
    );
    assert_eq!(code, INVALID_ARGUMENT, "the end");
    let code = c!(
        nvml,
        nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, 1, 1, &mut v1)
    );
    assert_eq!(
        code, INVALID_ARGUMENT,
        "there is only the shared engine profile"
    );
}

#[test]
fn unknown_version_words() {
    let nvml = Nvml::with("a30");
    let parent = nvml.create(0).unwrap();
    for version in [0, 0x0100_0030, 0x0200_0097, 0x0400_0098] {
        let mut info: nvmlGpuInstanceProfileInfo_v2_t = zeroed();
        info.version = version;
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoV(nvml.gpu(0), 0, &mut info)
        );
        assert_eq!((code, info.id), (INVALID_ARGUMENT, 0), "{version:#x}");
        let mut info: nvmlComputeInstanceProfileInfo_v2_t = zeroed();
        info.version = version;
        let code = c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, 0, 0, &mut info)
        );
        assert_eq!(code, INVALID_ARGUMENT, "{version:#x}");
    }
}

#[test]
fn graphics_is_a_capability() {
    let nvml = Nvml::with("rtx-pro-6000-bse");
    let capabilities = |profile_id| {
        let mut v3: nvmlGpuInstanceProfileInfo_v3_t = zeroed();
        v3.version = 0x0300_0098;
        let place = (&raw mut v3).cast();
        let code = c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvml.gpu(0), profile_id, place)
        );
        assert_eq!(code, SUCCESS);
        v3.capabilities
    };
    assert_eq!(capabilities(47) & 2, 2, "1g+gfx");
    assert_eq!(capabilities(14) & 2, 0, "1g");
}

/// The codes for a GPU instance profile asked with versions 2 and 3, and for a compute instance profile.
pub(super) fn codes_by_version(nvml: &Nvml) -> [u32; 4] {
    let (gpu, parent) = (nvml.gpu(0), nvml.create(0).unwrap());
    let gpu_profile = |version| {
        let mut info: nvmlGpuInstanceProfileInfo_v2_t = zeroed();
        info.version = version;
        c!(
            nvml,
            nvmlDeviceGetGpuInstanceProfileInfoV(gpu, 0, &mut info)
        )
    };
    let compute_profile = |version| {
        let mut info: nvmlComputeInstanceProfileInfo_v3_t = zeroed();
        info.version = version;
        let place = (&raw mut info).cast();
        c!(
            nvml,
            nvmlGpuInstanceGetComputeInstanceProfileInfoV(parent, 0, 0, place)
        )
    };
    [
        gpu_profile(0x0200_0098),
        gpu_profile(0x0300_0098),
        compute_profile(0x0200_0088),
        compute_profile(0x0300_008c),
    ]
}

#[test]
fn a_driver_that_knows_only_older_versions() {
    use UnknownVersion::{ArgumentVersionMismatch, InvalidArgument};
    for (unknown, code) in [
        (InvalidArgument, INVALID_ARGUMENT),
        (ArgumentVersionMismatch, ARGUMENT_VERSION_MISMATCH),
    ] {
        for (newest, expected) in [
            (ProfileVersion::V1, [code, code, code, code]),
            (ProfileVersion::V2, [SUCCESS, code, SUCCESS, code]),
            (ProfileVersion::V3, [SUCCESS; 4]),
        ] {
            let nvml = Nvml::start(Simulator::builder().profile_versions(newest, unknown));
            assert_eq!(codes_by_version(&nvml), expected, "{newest:?} {unknown:?}");
        }
    }
}

#[test]
fn the_versions_are_kept_in_the_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let older = Simulator::builder()
        .profile_versions(ProfileVersion::V2, UnknownVersion::ArgumentVersionMismatch);
    drop(older.state_file(&path).start().unwrap());
    let nvml = Nvml::start(Simulator::builder().state_file(&path));
    let code = ARGUMENT_VERSION_MISMATCH;
    assert_eq!(codes_by_version(&nvml), [SUCCESS, code, SUCCESS, code]);
}

/// A file of before there was a choice: everything is known.
#[test]
fn a_state_file_that_does_not_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    drop(Simulator::builder().state_file(&path).start().unwrap());
    let mut state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let machine = state["machine"].as_object_mut().unwrap();
    machine.remove("profile_versions").unwrap();
    std::fs::write(&path, state.to_string()).unwrap();
    let nvml = Nvml::start(Simulator::builder().state_file(&path));
    assert_eq!(codes_by_version(&nvml), [SUCCESS; 4]);
}
