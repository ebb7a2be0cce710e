//! Every parser of nvml-mig, with inputs that it accepts.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use nvml_mig::MachineLock;
use nvml_mig::device::{
    ComputeCapability, CudaVersion, DeviceSelector, DriverVersion, NvmlVersion, VisibleDevices,
};
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstanceId, GpuInstancePlacement};
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::node::cdi::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiHost, CdiSpec};
use nvml_mig::node::{Capability, DriverFiles};
use nvml_mig::plan::{
    GpuModel, Layout, LayoutGpuInstance, PlacedGpuInstance, PlanOptions, PresentGpuInstance,
};
use nvml_mig::profile::{GpuInstanceProfileId, ProfileName, ReportedName};
use nvml_mig::snapshot::{GpuSnapshot, Snapshot};
use nvml_mig_sim::catalogue;
use nvml_mig_testing::after::after;
use nvml_mig_testing::brute_force::model_of;
use tempfile::TempDir;

use crate::{checks, serde_types};

/// Parses an input. Fails if the answer breaks a rule.
type Parse = Box<dyn Fn(&[u8]) -> Result<()> + Send>;

/// A parser of the crate.
pub(crate) struct Parser {
    pub(crate) name: &'static str,
    pub(crate) seeds: Vec<Vec<u8>>,
    pub(crate) parse: Parse,
}

/// A parser of texts. Bytes that are not UTF-8 are replaced, as those of most callers are.
fn of_text(
    name: &'static str,
    seeds: &[&str],
    parse: impl Fn(&str) -> Result<()> + Send + 'static,
) -> Parser {
    Parser {
        name,
        seeds: seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect(),
        parse: Box::new(move |bytes| parse(&String::from_utf8_lossy(bytes))),
    }
}

pub(crate) fn parsers() -> Vec<Parser> {
    [texts(), files()].into_iter().flatten().collect()
}

const LAYOUTS: &[&str] = &[
    "3g.20gb:4(1c,2c:1), 2*1g.5gb+me, 9, 1c.3g.20gb, none",
    "7*1g.5gb",
    "none",
    "MIG 1g.5gb+me,gfx:0(2*1c)",
];

fn texts() -> Vec<Parser> {
    let uuid = "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6";
    let of_mig = format!("MIG-{uuid}/1/0");
    let devices = [
        "0",
        "0:1",
        uuid,
        &of_mig,
        "00000000:17:00.0",
        "MIG-89c850dc",
    ];
    let a30 = model("a30");
    let lists = [
        "0,1,GPU-8932f937",
        "all",
        "void",
        "0:0,0:1",
        &devices.join(","),
    ];
    vec![
        of_text("layout", LAYOUTS, checks::printed_and_read::<Layout>),
        of_text(
            "profile-name",
            &["MIG 1c.3g.20gb+me.all,gfx", "1g.5gb-me", "2g.10gb"],
            move |text| {
                checks::printed_and_read::<ProfileName>(text)?;
                let name = ReportedName::from(text);
                ensure!(name.as_str() == text);
                let profile = a30.profile_by_name(text);
                profile.map_or_else(|problem| checks::error(&problem), |_| Ok(()))
            },
        ),
        of_text(
            "numbers",
            &["4:4", "12", "550.163.01", "12.4", "9.0"],
            |text| {
                checks::printed_and_read::<GpuInstancePlacement>(text)?;
                checks::printed_and_read::<ComputeInstancePlacement>(text)?;
                checks::printed_and_read::<GpuInstanceId>(text)?;
                checks::printed_and_read::<DriverVersion>(text)?;
                checks::printed_and_read::<NvmlVersion>(text)?;
                checks::printed_and_read::<CudaVersion>(text)?;
                checks::printed_and_read::<ComputeCapability>(text)
            },
        ),
        of_text(
            "device-selector",
            &devices,
            checks::printed_and_read::<DeviceSelector>,
        ),
        of_text("visible-devices", &lists, |text| {
            let cuda = VisibleDevices::from_cuda(Some(text));
            let nvidia = VisibleDevices::from_nvidia(Some(text));
            ensure!(cuda.entries().len() <= text.len() + 1);
            ensure!(nvidia.entries().len() <= text.len() + 1);
            Ok(())
        }),
        of_text("gpu-model", &models(), gpu_model),
        of_text("snapshot", &[&snapshot()], snapshot_is_kept),
        of_text(
            "serde",
            &data().each_ref().map(String::as_str),
            serde_types::read,
        ),
        of_text(
            "mig-parted",
            &[MIG_PARTED, &json_of_mig_parted(), &config_map()],
            mig_parted,
        ),
    ]
}

fn model(board: &str) -> GpuModel {
    model_of(catalogue::find(board).expect("a board"))
}

/// As JSON, from four to fifty kilobytes.
fn models() -> [&'static str; 2] {
    ["a30", "h100-sxm5-80gb"].map(|board| &*model(board).to_json().expect("JSON").leak())
}

fn gpu_model(text: &str) -> Result<()> {
    let model = match GpuModel::from_json(text) {
        Ok(model) => model,
        Err(problem) => return checks::error(&problem),
    };
    ensure!(GpuModel::from_json(&model.to_json()?)? == model);
    let Some(profile) = model.profiles.first() else {
        return Ok(());
    };
    let entries = (0..3).map(|_| LayoutGpuInstance::new(profile.id));
    let layout: Layout = entries.collect();
    let present = match model.plan(&[], &layout, PlanOptions::new()) {
        Ok(plan) => after(&plan),
        Err(problem) => {
            checks::error(&problem)?;
            Vec::new()
        }
    };
    if let Err(problem) = model.plan(&present, &layout, PlanOptions::new()) {
        checks::error(&problem)?;
    }
    let fit = model.fit(&present, PlanOptions::new());
    ensure!(fit.best_room >= fit.room);
    Ok(())
}

fn gpu_snapshot() -> GpuSnapshot {
    let place = GpuInstancePlacement { start: 0, size: 4 };
    let instance = PlacedGpuInstance::new(GpuInstanceProfileId::new(0), "4g.24gb", place);
    let uuid = "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6";
    GpuSnapshot::new(uuid, "00000000:17:00.0", "NVIDIA A30").with_gpu_instances(vec![instance])
}

fn snapshot() -> String {
    Snapshot::new(vec![gpu_snapshot()]).to_json().expect("JSON")
}

fn snapshot_is_kept(text: &str) -> Result<()> {
    match Snapshot::from_json(text) {
        Ok(snapshot) => {
            ensure!(snapshot.is_alike(&snapshot));
            ensure!(Snapshot::from_json(&snapshot.to_json()?)? == snapshot);
            Ok(())
        }
        Err(problem) => checks::error(&problem),
    }
}

/// One value of each kind.
fn data() -> [String; 5] {
    let model = model("a30");
    let layout: Layout = "2g.12gb, 2*1g.6gb".parse().expect("a layout");
    let plan = model
        .plan(&[], &layout, PlanOptions::new())
        .expect("a plan");
    let present: Vec<PresentGpuInstance> = after(&plan);
    let fit = model.fit(&present, PlanOptions::new());
    [
        serde_json::to_string(&plan),
        serde_json::to_string(&present),
        serde_json::to_string(&fit),
        serde_json::to_string(&gpu_snapshot()),
        serde_json::to_string(&layout),
    ]
    .map(|json| json.expect("JSON"))
}

const MIG_PARTED: &str = "version: v1
mig-configs:
  all-disabled:
    - devices: all
      mig-enabled: false
  mixed:
    - device-filter: [\"0x20B010DE\", \"0x233010DE\"]
      devices: [0, 1, 2]
      mig-enabled: true
      mig-devices:
        1g.5gb: 2
        \"1g.5gb+me\": 1
    - &a
      devices: [3]
      mig-enabled: true
      mig-devices: {}
  off:
    - <<: [*a, {devices: all}]
      mig-enabled: no
---
version: v2
";

/// Indents the file as the data of a `ConfigMap`.
fn config_map() -> String {
    let lines = MIG_PARTED.lines().map(|line| format!("    {line}\n"));
    let lines: String = lines.collect();
    format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n{lines}")
}

fn json_of_mig_parted() -> String {
    let entry = "{\"devices\": [0], \"mig-enabled\": true, \"mig-devices\": {\"1g.5gb\": 7}}";
    format!("{{\"version\": \"v1\", \"mig-configs\": {{\"a\": [{entry}]}}}}")
}

fn mig_parted(text: &str) -> Result<()> {
    let file = match MigPartedFile::parse("config.yaml", text) {
        Ok(file) => file,
        Err(problem) => return checks::error(&problem),
    };
    for name in file.names() {
        if let Err(problem) = file.config(name) {
            checks::error(&problem)?;
        }
    }
    for warning in file.warnings() {
        ensure!(warning.line() > 0 && warning.column() > 0);
    }
    let written = file.to_yaml();
    let is_empty = file.names().all(|name| file.config(name).is_err());
    ensure!(is_empty || MigPartedFile::parse("config.yaml", &written)?.to_yaml() == written);
    match file.config("\n") {
        Ok(_) => Ok(()),
        Err(problem) => checks::error(&problem),
    }
}

fn files() -> Vec<Parser> {
    let minors = "config 1\nmonitor 2\ngpu0/gi1/access 12\ngpu0/gi1/ci0/access 13\n";
    let access = "DeviceFileMinor: 439\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    let devices = "Character devices:\n  1 mem\n195 nvidia\n235 nvidia-caps\n510 nvidia-uvm\n\nBlock devices:\n  8 sd\n";
    let params = "ModifyDeviceFiles: 1\nDeviceFileUID: 0\nDeviceFileGID: 0\nDeviceFileMode: 438\n";
    let seeds = [minors, access, devices, params];
    let spec = "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n- name: \"0:0\"\n  containerEdits:\n    deviceNodes:\n    - path: /dev/null\ncontainerEdits: {}\n";
    vec![
        in_folder("driver-files", &seeds, driver_files),
        in_folder("cdi", &[spec, &json_of_cdi()], cdi),
        in_folder("lock", &["pid 4242 since 1795896923\n"], lock),
        in_folder("journal", &[&snapshot()], journal),
    ]
}

/// A parser of a file, whose folder it gets.
fn in_folder(name: &'static str, seeds: &[&str], parse: fn(&Path, &[u8]) -> Result<()>) -> Parser {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    Parser {
        name,
        seeds: seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect(),
        parse: Box::new(move |bytes| parse(folder.path(), bytes)),
    }
}

/// All files of the driver have the same contents, so that each parser gets those of the others.
fn driver_files(folder: &Path, bytes: &[u8]) -> Result<()> {
    let files = DriverFiles::new().with_proc(folder).with_dev(folder);
    let of_gpu_instance = Capability::GpuInstance {
        gpu_minor_number: 0,
        gpu_instance: GpuInstanceId::new(1),
    };
    let names = [
        "driver/nvidia-caps/mig-minors",
        "driver/nvidia/params",
        "devices",
    ];
    let mut paths = names.map(|name| folder.join(name)).to_vec();
    paths.extend(
        [Capability::Config, of_gpu_instance].map(|capability| files.access_file(capability)),
    );
    for path in paths {
        fs::create_dir_all(path.parent().expect("a folder"))?;
        fs::write(path, bytes)?;
    }
    let answers = [
        files.capability_major_number().map(drop),
        files.capability_node(Capability::Monitor).map(drop),
        files.capability_device_node(Capability::Config).map(drop),
        files.capability_device_node(of_gpu_instance).map(drop),
    ];
    let mut problems = answers.into_iter().filter_map(Result::err);
    problems.try_for_each(|problem| checks::error(&problem))?;
    // Without the list, the access files are read.
    fs::remove_file(folder.join("driver/nvidia-caps/mig-minors"))?;
    let node = files.capability_node(of_gpu_instance);
    node.map_or_else(|problem| checks::error(&problem), |_| Ok(()))
}

fn json_of_cdi() -> String {
    let nodes = CdiContainerEdits::new(vec![CdiDeviceNode::new("/dev/null")]);
    let devices = vec![CdiDevice::new("0:0", nodes)];
    let spec = CdiSpec::new("0.5.0", "nvidia.com/gpu", devices);
    spec.to_json().expect("JSON")
}

/// Another's specification in the folder of ours.
fn cdi(folder: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(folder.join("other.yaml"), bytes)?;
    let nodes = CdiContainerEdits::new(vec![CdiDeviceNode::new("/dev/null")]);
    let spec = CdiSpec::new(
        "0.5.0",
        "nvidia.com/gpu",
        vec![CdiDevice::new("0:0", nodes)],
    );
    let host = CdiHost::new().with_folders([folder]);
    let problems = spec.check(&host, folder.join("own.json"));
    let mut texts = problems.iter().map(ToString::to_string);
    texts.try_for_each(|text| checks::text(&text))
}

fn lock(folder: &Path, bytes: &[u8]) -> Result<()> {
    let _lock = MachineLock::take_in(folder)?;
    fs::write(folder.join("lock"), bytes)?;
    match MachineLock::holder(folder) {
        Ok(holder) => checks::text(&holder.map_or_else(String::new, |holder| holder.to_string())),
        Err(problem) => checks::error(&problem),
    }
}

fn journal(folder: &Path, bytes: &[u8]) -> Result<()> {
    let mut lock = MachineLock::take_in(folder)?;
    fs::write(folder.join("journal"), bytes)?;
    match lock.interrupted_gpus() {
        Ok(_) => {}
        Err(problem) => checks::error(&problem)?,
    }
    match lock.give_up("GPU-1") {
        Ok(_) => Ok(()),
        Err(problem) => checks::error(&problem),
    }
}
