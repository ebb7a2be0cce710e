//! GPU performance monitoring.

use nvml_mig_sys::{nvmlGpmMetricsGet_t, nvmlGpmSupport_t};

use super::nvml::{
    ARGUMENT_VERSION_MISMATCH, INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED, Nvml, SUCCESS, c, zeroed,
};

#[test]
fn hopper_has_it_and_ampere_has_not() {
    for (board, expected) in [("a30", 0), ("h100-sxm5-80gb", 1), ("rtx-pro-6000-bse", 1)] {
        let nvml = Nvml::with(board);
        let mut support: nvmlGpmSupport_t = zeroed();
        let wrong = c!(nvml, nvmlGpmQueryDeviceSupport(nvml.gpu(0), &mut support));
        assert_eq!(wrong, ARGUMENT_VERSION_MISMATCH);
        support.version = 1;
        let code = c!(nvml, nvmlGpmQueryDeviceSupport(nvml.gpu(0), &mut support));
        assert_eq!(
            (code, support.isSupportedDevice),
            (SUCCESS, expected),
            "{board}"
        );
    }
}

#[test]
fn samples_of_gpu_instances() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    nvml.create(0).unwrap();
    let mut samples = [core::ptr::null_mut(); 2];
    for sample in &mut samples {
        assert_eq!(c!(nvml, nvmlGpmSampleAlloc(sample)), SUCCESS);
    }
    let mut get: Box<nvmlGpmMetricsGet_t> = Box::new(zeroed());
    (get.version, get.numMetrics) = (1, 2);
    (get.sample1, get.sample2) = (samples[0], samples[1]);
    let empty = c!(nvml, nvmlGpmMetricsGet(&mut *get));
    assert_eq!(empty, INVALID_ARGUMENT, "the samples were not taken");
    let absent = c!(nvml, nvmlGpmMigSampleGet(nvml.gpu(0), 5, samples[0]));
    assert_eq!(absent, NOT_FOUND);
    for sample in samples {
        assert_eq!(
            c!(nvml, nvmlGpmMigSampleGet(nvml.gpu(0), 0, sample)),
            SUCCESS
        );
    }
    assert_eq!(c!(nvml, nvmlGpmMetricsGet(&mut *get)), SUCCESS);
    get.numMetrics = u32::MAX;
    let too_many = c!(nvml, nvmlGpmMetricsGet(&mut *get));
    assert_eq!(too_many, INVALID_ARGUMENT, "more than the structure holds");
    let codes = [0, 1, 2].map(|index| get.metrics[index].nvmlReturn.0);
    assert_eq!(
        codes,
        [NOT_SUPPORTED, NOT_SUPPORTED, 0],
        "the third was not asked for"
    );
    assert_eq!(c!(nvml, nvmlGpmSampleFree(samples[0])), SUCCESS);
    assert_eq!(c!(nvml, nvmlGpmSampleFree(samples[0])), INVALID_ARGUMENT);
}
