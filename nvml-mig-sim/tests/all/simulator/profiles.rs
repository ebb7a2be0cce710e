//! Profiles: numbers, ids, holes, the end, and the structures of each version.

use core::mem::offset_of;

use nvml_mig_sim::{GpuSpec, ProfileVersion, Simulator, UnknownVersion};
use nvml_mig_sys::{
    nvmlComputeInstanceProfileInfo_v2_t, nvmlComputeInstanceProfileInfo_v3_t,
    nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t,
};

use super::nvml::{
    ARGUMENT_VERSION_MISMATCH, INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS, c, text, zeroed,
};

/// The code for each profile number, up to and with the first `INVALID_ARGUMENT`.
fn codes(nvml: &Nvml) -> Vec<u32> {
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

/// The return code of a field, and its value if there is one.
fn field(nvml: &Nvml, id: u32) -> (u32, u32) {
    let mut field: nvml_mig_sys::nvmlFieldValue_t = zeroed();
    field.fieldId = id;
    let code = c!(nvml, nvmlDeviceGetFieldValues(nvml.gpu(0), 1, &mut field));
    assert_eq!(code, SUCCESS);
    // SAFETY: every member of the union is a number.
    (field.nvmlReturn.0, unsafe { field.value.uiVal })
}

/// Drivers up to 535 list no profiles while MIG mode is off, later ones do; field 199 says so since CUDA 12.4.
#[test]
fn profiles_while_mig_mode_is_off() {
    for (driver, listed, said) in [
        ("535.261.03", false, (NOT_SUPPORTED, 0)),
        ("550.163.01", true, (SUCCESS, 1)),
    ] {
        let gpu = GpuSpec::new("a30").mig(false);
        let nvml = Nvml::start(Simulator::builder().gpu(gpu).driver_version(driver));
        let found = codes(&nvml)
            .into_iter()
            .filter(|&code| code == SUCCESS)
            .count();
        assert_eq!(found, if listed { 5 } else { 0 }, "{driver}");
        assert_eq!(field(&nvml, 199), said, "{driver}");
    }
}

/// `NVML_GPU_INSTANCE_PROFILE_COUNT` and `NVML_COMPUTE_INSTANCE_PROFILE_COUNT` in the nvml.h of CUDA 11.8, 12.0 to 12.6,
/// 12.8, 12.9, 13.0, 13.1, 13.2 and 13.3: the first number after them is not a valid argument.
#[test]
fn the_numbers_of_profiles_by_driver() {
    for (driver, gpu_profiles, compute_profiles) in [
        ("520.61.05", 0x08, 7),
        ("525.60.13", 0x0A, 8),
        ("550.163.01", 0x0A, 8),
        ("560.28.03", 0x0A, 8),
        ("570.86.10", 0x0D, 8),
        ("575.51.03", 0x11, 8),
        ("580.95.05", 0x11, 8),
        ("590.48.01", 0x11, 8),
        ("595.10", 0x12, 8),
        ("610.10", 0x12, 9),
    ] {
        let nvml = Nvml::start(Simulator::builder().driver_version(driver));
        let mut info = zeroed();
        let is_known = |number: &u32| {
            let place = (nvml.gpu(0), *number, &raw mut info);
            c!(
                nvml,
                nvmlDeviceGetGpuInstanceProfileInfo(place.0, place.1, place.2)
            ) != INVALID_ARGUMENT
        };
        assert_eq!(
            (0..99).take_while(is_known).count(),
            gpu_profiles,
            "{driver}"
        );
        let parent = nvml.create(0).unwrap();
        let mut info = zeroed();
        let is_known = |number: &u32| {
            let code = c!(
                nvml,
                nvmlGpuInstanceGetComputeInstanceProfileInfo(parent, *number, 0, &raw mut info)
            );
            code != INVALID_ARGUMENT
        };
        assert_eq!(
            (0..99).take_while(is_known).count(),
            compute_profiles,
            "{driver}"
        );
    }
}

/// Version 3 is in nvml.h since CUDA 12.3. NVIDIA's libraries of 525 and 535 do not contain its version words, that of 550
/// does.
#[test]
fn the_versions_of_structures_by_driver() {
    let old = [SUCCESS, INVALID_ARGUMENT, SUCCESS, INVALID_ARGUMENT];
    for (driver, expected) in [
        ("525.147.05", old),
        ("535.261.03", old),
        ("545.23.06", [SUCCESS; 4]),
        ("550.163.01", [SUCCESS; 4]),
    ] {
        let nvml = Nvml::start(Simulator::builder().driver_version(driver));
        assert_eq!(codes_by_version(&nvml), expected, "{driver}");
    }
}

/// Whether a GPU changes MIG mode without a reset is in nvml.h since CUDA 12.2. Whether profiles are listed without MIG
/// mode is since 12.4; it had another number in 12.5 and 12.6.
#[test]
fn the_numbers_of_fields_by_driver() {
    let none = (NOT_SUPPORTED, 0);
    for (driver, resetless, at_199, at_200) in [
        ("530.30.02", none, none, none),
        ("535.261.03", (SUCCESS, 1), none, none),
        ("545.23.06", (SUCCESS, 1), none, none),
        ("550.163.01", (SUCCESS, 1), (SUCCESS, 1), none),
        ("555.58.02", (SUCCESS, 1), none, (SUCCESS, 1)),
        ("560.28.03", (SUCCESS, 1), none, (SUCCESS, 1)),
        ("570.86.10", (SUCCESS, 1), (SUCCESS, 1), none),
    ] {
        let gpu = GpuSpec::new("h100-sxm5-80gb");
        let nvml = Nvml::start(Simulator::builder().gpu(gpu).driver_version(driver));
        assert_eq!(field(&nvml, 184), resetless, "{driver}");
        assert_eq!(field(&nvml, 199), at_199, "{driver}");
        assert_eq!(field(&nvml, 200), at_200, "{driver}");
    }
}

/// A machine without a chosen driver has one that knows all profiles of its boards.
#[test]
fn a_new_machine_has_a_driver_for_its_boards() {
    let profiles = |nvml: &Nvml| {
        let codes = codes(nvml).into_iter();
        codes.filter(|&code| code == SUCCESS).count()
    };
    assert_eq!(profiles(&Nvml::with("a30")), 5);
    assert_eq!(profiles(&Nvml::with("rtx-pro-6000-bse")), 11);
    let old = GpuSpec::new("rtx-pro-6000-bse");
    let old = Simulator::builder().gpu(old).driver_version("550.163.01");
    assert_eq!(profiles(&Nvml::start(old)), 4);
}

/// The codes for a GPU instance profile asked with versions 2 and 3, and for a compute instance profile.
fn codes_by_version(nvml: &Nvml) -> [u32; 4] {
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
