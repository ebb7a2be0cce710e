//! GPU performance monitoring (GPM): Hopper and newer take samples. The value of a metric is the one set for the
//! device, regardless of when the samples were taken.

use core::ffi::c_uint;

use nvml_mig_sys::{
    NVML_GPM_METRICS_GET_VERSION, NVML_GPM_SUPPORT_VERSION, nvmlDevice_t, nvmlGpmMetric_t,
    nvmlGpmMetric_t__bindgen_ty_1, nvmlGpmMetricId_t, nvmlGpmMetricsGet_t, nvmlGpmSample_t,
    nvmlGpmSupport_t, nvmlReturn_t,
};

use super::call;
use super::pointers::{Out, handle, number, status};
use crate::machine::{Answer, Gpu, Refusal};
use crate::session::Sampled;

/// The header of `nvmlGpmMetricsGet_t`, before its array of metrics.
#[derive(Clone, Copy)]
#[repr(C)]
struct MetricsHeader {
    version: c_uint,
    metric_count: c_uint,
    samples: [nvmlGpmSample_t; 2],
}

/// Returns whether a GPU supports GPM.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmQueryDeviceSupport(
    device: nvmlDevice_t,
    support: Out<nvmlGpmSupport_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlGpmQueryDeviceSupport(device, support),
        |machine| {
            let gpu = machine.device(number(device))?.gpu();
            let version = support.cast::<c_uint>().read()?;
            if version != NVML_GPM_SUPPORT_VERSION {
                return Err(Refusal::ArgumentVersionMismatch);
            }
            let supported = require_gpm(gpu).is_ok();
            support.write(nvmlGpmSupport_t {
                version,
                isSupportedDevice: supported.into(),
            })
        }
    )
}

/// Allocates a sample.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmSampleAlloc(sample: Out<nvmlGpmSample_t>) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlGpmSampleAlloc(sample),
        |machine, objects| {
            sample.require()?;
            sample.write(handle(objects.create_gpm_sample(machine)))
        },
        Ok,
    )
}

/// Frees a sample.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmSampleFree(sample: nvmlGpmSample_t) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlGpmSampleFree(sample),
        |machine, objects| objects.free_gpm_sample(machine, number(sample)),
        Ok,
    )
}

/// Fills a sample with a device's counters.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmSampleGet(
    device: nvmlDevice_t,
    sample: nvmlGpmSample_t,
) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlGpmSampleGet(device, sample),
        |machine, objects| {
            let found = machine.device(number(device))?;
            let filled = objects.gpm_sample(machine, number(sample))?;
            require_gpm(found.gpu())?;
            let mig = found.mig(Refusal::NotSupported).ok();
            *filled = Some(Sampled {
                gpu: found.gpu().index,
                gpu_instance: mig.map(|mig| mig.gpu_instance.serial),
            });
            Ok(())
        },
        Ok,
    )
}

/// Fills a sample with a GPU instance's counters.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmMigSampleGet(
    device: nvmlDevice_t,
    gpu_instance_id: c_uint,
    sample: nvmlGpmSample_t,
) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlGpmMigSampleGet(device, gpu_instance_id, sample),
        |machine, objects| {
            let gpu = machine.gpu(number(device))?;
            let filled = objects.gpm_sample(machine, number(sample))?;
            require_gpm(gpu)?;
            gpu.require_mig()?;
            let instance = gpu.gpu_instance(gpu_instance_id);
            let instance = instance.ok_or(Refusal::NotFound)?;
            *filled = Some(Sampled {
                gpu: gpu.index,
                gpu_instance: Some(instance.serial),
            });
            Ok(())
        },
        Ok,
    )
}

/// Computes metrics between two samples of one device.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmMetricsGet(metrics_get: Out<nvmlGpmMetricsGet_t>) -> nvmlReturn_t {
    call!(
        with_objects,
        nvmlGpmMetricsGet(metrics_get),
        |machine, objects| {
            let header = metrics_get.cast::<MetricsHeader>().read()?;
            if header.version != NVML_GPM_METRICS_GET_VERSION {
                return Err(Refusal::ArgumentVersionMismatch);
            }
            if header.metric_count > nvmlGpmMetricId_t::NVML_GPM_METRIC_MAX.0 {
                return Err(Refusal::InvalidArgument);
            }
            let [first, second] = header.samples;
            let first = *objects.gpm_sample(machine, number(first))?;
            let second = *objects.gpm_sample(machine, number(second))?;
            let sampled = first.filter(|_| first == second);
            let sampled = sampled.ok_or(Refusal::InvalidArgument)?;
            let gpu = machine.gpu_at(sampled.gpu)?;
            let value = |metric| gpu.gpm(sampled.gpu_instance, metric);
            write_metrics(metrics_get, header.metric_count, value)
        },
        Ok,
    )
}

fn write_metrics(
    metrics_get: Out<nvmlGpmMetricsGet_t>,
    count: u32,
    value: impl Fn(u32) -> Option<f64>,
) -> Answer {
    // The metrics follow the header without padding, since both contain pointers.
    let metrics = metrics_get.cast::<MetricsHeader>().at(1)?;
    let metrics = metrics.cast::<nvmlGpmMetric_t>();
    for index in 0..count as usize {
        let place = metrics.at(index)?;
        let mut metric = place.read()?;
        let found = value(metric.metricId);
        let refused = found.map_or(Refusal::NotSupported.code(), |_| 0);
        metric.nvmlReturn = status(refused);
        metric.value = found.unwrap_or_default();
        // NULL: names and units are not defined here (nvml.h).
        metric.metricInfo = nvmlGpmMetric_t__bindgen_ty_1::default();
        place.write(metric)?;
    }
    Ok(())
}

fn require_gpm(gpu: &Gpu) -> Answer {
    let hopper_or_newer = gpu.is_resetless();
    hopper_or_newer.then_some(()).ok_or(Refusal::NotSupported)
}
