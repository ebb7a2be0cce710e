//! GPU performance monitoring.

use nvml_mig_sim::{SimulatorError, nvmlGpmMetricId_t};
use nvml_mig_sys::{nvmlDevice_t, nvmlGpmMetricsGet_t, nvmlGpmSample_t, nvmlGpmSupport_t};

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
        "there is no metric 0, and the third was not asked for"
    );
    assert_eq!(c!(nvml, nvmlGpmSampleFree(samples[0])), SUCCESS);
    assert_eq!(c!(nvml, nvmlGpmSampleFree(samples[0])), INVALID_ARGUMENT);
}

const SM_UTIL: nvmlGpmMetricId_t = nvmlGpmMetricId_t::NVML_GPM_METRIC_SM_UTIL;
const PCIE_TX: nvmlGpmMetricId_t = nvmlGpmMetricId_t::NVML_GPM_METRIC_PCIE_TX_PER_SEC;
const NVDEC: nvmlGpmMetricId_t = nvmlGpmMetricId_t::NVML_GPM_METRIC_NVDEC_0_UTIL;

/// A sample of a GPU instance, or of the whole GPU.
fn sample(nvml: &Nvml, gpu_instance: Option<u32>) -> nvmlGpmSample_t {
    let mut sample = core::ptr::null_mut();
    assert_eq!(c!(nvml, nvmlGpmSampleAlloc(&mut sample)), SUCCESS);
    let gpu = nvml.gpu(0);
    let code = match gpu_instance {
        Some(id) => c!(nvml, nvmlGpmMigSampleGet(gpu, id, sample)),
        None => of_whole_gpu(nvml, gpu, sample),
    };
    assert_eq!(code, SUCCESS);
    sample
}

/// nvml-mig-sys does not declare the function, which has nothing to do with MIG.
fn of_whole_gpu(nvml: &Nvml, gpu: nvmlDevice_t, sample: nvmlGpmSample_t) -> u32 {
    type SampleGet = unsafe extern "C" fn(nvmlDevice_t, nvmlGpmSample_t) -> u32;
    // SAFETY: the file is the simulator's own library, which is loaded already.
    let library = unsafe { libloading::Library::new(nvml.simulator.library_path()) }.unwrap();
    // SAFETY: nvml.h declares the function with these types.
    let function = unsafe { library.get::<SampleGet>(b"nvmlGpmSampleGet") }.unwrap();
    // SAFETY: handles are numbers that the library looks up.
    unsafe { function(gpu, sample) }
}

/// What the metrics between two samples are: code and value of each.
fn metrics(
    nvml: &Nvml,
    (sample1, sample2): (nvmlGpmSample_t, nvmlGpmSample_t),
    asked: &[nvmlGpmMetricId_t],
) -> Result<Vec<(u32, f64)>, u32> {
    let mut get: Box<nvmlGpmMetricsGet_t> = Box::new(zeroed());
    (get.version, get.sample1, get.sample2) = (1, sample1, sample2);
    get.numMetrics = asked.len().try_into().unwrap();
    for (metric, asked) in get.metrics.iter_mut().zip(asked) {
        (metric.metricId, metric.value) = (asked.0, -1.0);
    }
    match c!(nvml, nvmlGpmMetricsGet(&mut *get)) {
        SUCCESS => {
            let answers = get.metrics.iter().take(asked.len());
            Ok(answers.map(|it| (it.nvmlReturn.0, it.value)).collect())
        }
        code => Err(code),
    }
}

#[test]
fn figures_are_those_that_were_set() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    nvml.create(9).unwrap();
    nvml.create(9).unwrap();
    let simulator = &nvml.simulator;
    simulator.set_gpm(0, Some(2), SM_UTIL, 7.0).unwrap();
    simulator.set_gpm(0, Some(2), SM_UTIL, 42.5).unwrap();
    simulator.set_gpm(0, None, PCIE_TX, 1234.0).unwrap();
    let asked = [SM_UTIL, PCIE_TX, NVDEC];
    let of = |instance| {
        let samples = (sample(&nvml, instance), sample(&nvml, instance));
        metrics(&nvml, samples, &asked).unwrap()
    };
    assert_eq!(of(Some(2)), [(0, 42.5), (0, 0.0), (NOT_SUPPORTED, 0.0)]);
    assert_eq!(of(Some(1)), [(0, 0.0), (0, 0.0), (NOT_SUPPORTED, 0.0)]);
    assert_eq!(of(None), [(0, 0.0), (0, 1234.0), (NOT_SUPPORTED, 0.0)]);
    let of_two = (sample(&nvml, Some(1)), sample(&nvml, Some(2)));
    assert_eq!(metrics(&nvml, of_two, &asked), Err(INVALID_ARGUMENT));
}

/// The next GPU instance with its id is another one.
#[test]
fn figures_go_with_their_gpu_instance() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    let instance = nvml.create(0).unwrap();
    nvml.simulator.set_gpm(0, Some(0), SM_UTIL, 42.0).unwrap();
    assert_eq!(nvml.destroy(instance), SUCCESS);
    nvml.create(0).unwrap();
    let samples = (sample(&nvml, Some(0)), sample(&nvml, Some(0)));
    assert_eq!(metrics(&nvml, samples, &[SM_UTIL]), Ok(vec![(0, 0.0)]));
}

#[test]
fn impossible_figures_are_refused() {
    let nvml = Nvml::with("h100-sxm5-80gb");
    for value in [-1.0, 100.5, f64::NAN, f64::INFINITY] {
        let refused = nvml.simulator.set_gpm(0, None, SM_UTIL, value);
        assert!(refused.is_err(), "{value}");
    }
    assert!(nvml.simulator.set_gpm(0, Some(2), SM_UTIL, 1.0).is_err());
    let unknown = nvml.simulator.set_gpm(0, None, NVDEC, 1.0).unwrap_err();
    assert!(
        matches!(unknown, SimulatorError::UnknownMetric(30)),
        "{unknown}"
    );
}
