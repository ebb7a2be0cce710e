//! An exporter of metrics in the text format of Prometheus. A comment says what can't be read, and nothing else is lost.

use std::collections::HashMap;

use super::create;
use nvml_mig::device::{MemoryInfo, ProcessInfo};
use nvml_mig::inventory::{Inventory, LiveMigDevice};
use nvml_mig::monitor::{GpmMetric, GpmSample};
use nvml_mig::{Error, Nvml};
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, nvmlGpmMetricId_t, nvmlReturn_t};

/// Utilization is measured from one scrape to the next.
#[derive(Default)]
struct Exporter {
    samples: HashMap<String, GpmSample>,
}

impl Exporter {
    fn scrape(&mut self, nvml: &Nvml) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        for (_, gpu) in nvml.each_device()? {
            let parts = match gpu.and_then(|gpu| Inventory::read(&gpu)) {
                Ok(gpu) => vec![of_gpu(&gpu), of_mig_devices(&gpu), self.utilization(&gpu)],
                Err(error) => vec![Err(error)],
            };
            lines.extend(parts.into_iter().flat_map(or_comment));
        }
        Ok(lines)
    }

    fn utilization(&mut self, gpu: &Inventory) -> Result<Vec<String>, Error> {
        if !gpu.device().has_gpm()? {
            return Ok(vec![format!("# {} has no GPM", gpu.name()?)]);
        }
        let each = gpu.each_mig_device()?.filter_map(|(_, live)| live.ok());
        let lines = each.flat_map(|live| or_comment(self.utilization_of(live)));
        Ok(lines.collect())
    }

    fn utilization_of(&mut self, live: LiveMigDevice) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        let now = live.mig_device.gpm_sample()?;
        let labels = format!("{{gpu_instance=\"{}\"}}", now.gpu_instance_id());
        if let Some(earlier) = self.samples.get(&live.uuid) {
            match now.metric_since(earlier, GpmMetric::SmUtilization) {
                Ok(percent) => lines.push(format!("sm_utilization_percent{labels} {percent}")),
                // Such as an instance that was recreated since.
                Err(error) => lines.push(format!("# {error}")),
            }
        }
        self.samples.insert(live.uuid, now);
        Ok(lines)
    }
}

fn or_comment(lines: Result<Vec<String>, Error>) -> Vec<String> {
    lines.unwrap_or_else(|error| vec![format!("# {error}")])
}

fn of_gpu(gpu: &Inventory) -> Result<Vec<String>, Error> {
    let labels = format!("{{gpu=\"{}\"}}", gpu.uuid()?);
    let device = gpu.device();
    Ok(usage(&labels, &device.memory_info()?, &device.processes()?))
}

fn of_mig_devices(gpu: &Inventory) -> Result<Vec<String>, Error> {
    let each = gpu.each_mig_device()?;
    let lines = each.flat_map(|(_, live)| or_comment(live.and_then(of_mig_device)));
    Ok(lines.collect())
}

fn of_mig_device(live: LiveMigDevice) -> Result<Vec<String>, Error> {
    let (uuid, profile, device) = (live.uuid, live.profile, live.mig_device);
    let labels = format!("{{mig_device=\"{uuid}\",profile=\"{profile}\"}}");
    let mut lines = usage(&labels, &device.memory_info()?, &device.processes()?);
    let count = device.attributes()?.multiprocessor_count;
    lines.push(format!("multiprocessors{labels} {count}"));
    Ok(lines)
}

fn usage(labels: &str, memory: &MemoryInfo, processes: &[ProcessInfo]) -> Vec<String> {
    vec![
        format!("memory_total_bytes{labels} {}", memory.total_bytes),
        format!("memory_used_bytes{labels} {}", memory.used_bytes),
        format!("processes{labels} {}", processes.len()),
    ]
}

/// An H100 with a `3g.40gb` and a `1g.10gb`, an A30 with a `2g.12gb`, a T4, and an A30 that is lost.
fn machine() -> (Simulator, Nvml) {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("h100-sxm5-80gb"))
        .gpu(GpuSpec::new("a30"))
        .gpu(GpuSpec::new("t4"))
        .gpu(GpuSpec::new("a30"))
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    for (index, profile) in [(0, "3g.40gb"), (0, "1g.10gb"), (1, "2g.12gb")] {
        create(&nvml.device_by_index(index).unwrap(), profile);
    }
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    simulator.refuse_gpu(3, Some(lost)).unwrap();
    (simulator, nvml)
}

/// The values of a metric whose labels contain this text.
fn values<'a>(lines: &'a [String], metric: &str, label: &str) -> Vec<&'a str> {
    let lines = lines.iter().filter(|line| line.contains(label));
    let values = lines.filter_map(|line| line.strip_prefix(metric)?.rsplit_once("} "));
    values.map(|(_, value)| value).collect()
}

fn comments<'a>(lines: &'a [String], about: &str) -> Vec<&'a String> {
    let comments = lines.iter().filter(|line| line.starts_with("# "));
    comments.filter(|line| line.contains(about)).collect()
}

/// NVIDIA's tables: 40448, 9984 and 11968 MiB; 60, 16 and 28 SMs.
#[test]
fn an_ordinary_user_gets_the_metrics_of_every_device() {
    let (simulator, nvml) = machine();
    // GPU instance 2 is the `3g.40gb`.
    for pid in [4242, 4243] {
        let process = Process::new(0, pid).gpu_instance(2).compute_instance(0);
        simulator.busy(process).unwrap();
    }
    simulator.set_caller(Caller::Unprivileged).unwrap();
    let lines = Exporter::default().scrape(&nvml).unwrap();
    for (profile, mib, multiprocessors, processes) in [
        ("3g.40gb", 40448_u64, "60", "2"),
        ("1g.10gb", 9984, "16", "0"),
        ("2g.12gb", 11968, "28", "0"),
    ] {
        let bytes = (mib << 20).to_string();
        assert_eq!(values(&lines, "memory_total_bytes", profile), [bytes]);
        assert_eq!(
            values(&lines, "multiprocessors", profile),
            [multiprocessors]
        );
        assert_eq!(values(&lines, "processes", profile), [processes]);
    }
    // Three GPUs and three MIG devices.
    assert_eq!(values(&lines, "memory_used_bytes", "").len(), 6);
    // Two GPUs are too old for GPM, and one is lost.
    assert_eq!(comments(&lines, "").len(), 3, "{lines:#?}");
    assert_eq!(comments(&lines, "NVIDIA A30 has no GPM").len(), 1);
    assert_eq!(comments(&lines, "Tesla T4 has no GPM").len(), 1);
    assert_eq!(comments(&lines, "GPU index 3").len(), 1);
}

/// One question about one MIG device is refused, at its reading, for its metrics and for its utilization.
#[test]
fn a_mig_device_that_is_refused_is_one_comment() {
    let (simulator, nvml) = machine();
    let metrics = |lines: &[String]| values(lines, "memory_used_bytes", "mig_device").len();
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for (function, expected) in [
        ("nvmlDeviceGetMigDeviceHandleByIndex", 2),
        ("nvmlDeviceGetAttributes_v2", 2),
        ("nvmlGpmMigSampleGet", 3),
    ] {
        let mut exporter = Exporter::default();
        simulator.fail(function, 1, unknown).unwrap();
        let lines = exporter.scrape(&nvml).unwrap();
        assert_eq!(metrics(&lines), expected, "{lines:#?}");
        assert_eq!(comments(&lines, function).len(), 1, "{lines:#?}");
        // The utilization of the others is known from then on.
        let lines = exporter.scrape(&nvml).unwrap();
        let measured = values(&lines, "sm_utilization_percent", "").len();
        assert!(measured >= 1, "{lines:#?}");
    }
}

#[test]
fn a_container_with_mig_devices_only_gets_their_metrics() {
    let (simulator, nvml) = machine();
    simulator.set_caller(Caller::Container).unwrap();
    let lines = Exporter::default().scrape(&nvml).unwrap();
    assert_eq!(values(&lines, "memory_used_bytes", "").len(), 3);
    assert_eq!(comments(&lines, "query a MIG device").len(), 3);
}

#[test]
fn utilization_is_measured_between_two_scrapes() {
    let (simulator, nvml) = machine();
    simulator.set_caller(Caller::Unprivileged).unwrap();
    let mut exporter = Exporter::default();
    let metric = "sm_utilization_percent";
    let first = exporter.scrape(&nvml).unwrap();
    assert!(values(&first, metric, "").is_empty());
    let utilization = nvmlGpmMetricId_t::NVML_GPM_METRIC_SM_UTIL;
    let set = simulator.set_gpm(0, Some(2), utilization, 42.5);
    set.unwrap();
    let second = exporter.scrape(&nvml).unwrap();
    assert_eq!(values(&second, metric, "gpu_instance=\"2\""), ["42.5"]);
    assert_eq!(values(&second, metric, "gpu_instance=\"7\""), ["0"]);
}

#[test]
fn a_recreated_instance_begins_anew_and_the_others_go_on() {
    let (_simulator, nvml) = machine();
    let mut exporter = Exporter::default();
    exporter.scrape(&nvml).unwrap();
    let gpu = nvml.device_by_index(0).unwrap();
    let gpu_instance = gpu.gpu_instance_by_id(2.into()).unwrap();
    gpu_instance.destroy_with_compute_instances().unwrap();
    create(&gpu, "3g.40gb");
    for measured in [1, 2] {
        let lines = exporter.scrape(&nvml).unwrap();
        assert_eq!(values(&lines, "sm_utilization_percent", "").len(), measured);
    }
}
