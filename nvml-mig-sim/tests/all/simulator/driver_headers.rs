//! Profile numbers, structure versions and fields by the age of the driver, as in NVIDIA's nvml.h of its CUDA version.

use nvml_mig_sim::{GpuSpec, Simulator};

use super::nvml::{INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS, c, zeroed};
use super::profiles::{codes, codes_by_version};

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
