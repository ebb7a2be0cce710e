//! `nvml-mig slurm`: what Slurm's configuration says of the GPUs.

use std::collections::BTreeMap;
use std::error::Error;

use nvml_mig::node::{DeviceNode, DeviceNodeKind, DriverFiles};
use nvml_mig::{Device, MigDevice};
use serde::Serialize;

use crate::console::Console;
use crate::exit::Exit;
use crate::machine::{Machine, MachineOptions, Readable, readable};

/// A resource as a line of `gres.conf`.
#[derive(Debug, Clone, Serialize)]
struct Gres {
    /// As Slurm's own detection names it: `nvidia_a30_2g.12gb`, or `nvidia_a30` for a whole GPU.
    r#type: String,
    /// The device files that a job gets.
    files: Vec<String>,
}

/// Prints `gres.conf` for the GPUs as they are now, for clusters where Slurm does not detect them itself. GPUs that can't be read
/// are left out, and then it is no success: Slurm would hand out less than there is.
pub(crate) fn slurm(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Exit, Box<dyn Error>> {
    let mut each = Vec::new();
    for (gpu, device) in options.each_device(machine)? {
        let resources = device.and_then(|device| of_gpu(&device, machine.driver_files()));
        each.push((gpu, resources));
    }
    let Readable { items, refused } = readable(each)?;
    let resources = items.concat();
    console.show(&resources, || Ok(text(&resources)))?;
    Ok(console.left_out(refused.as_ref()))
}

/// The MIG devices of a GPU or, with MIG mode off, the GPU.
fn of_gpu(device: &Device, files: &DriverFiles) -> Result<Vec<Gres>, nvml_mig::Error> {
    let is_partitioned =
        device.is_mig_capable()? && device.mig_mode()?.current() == nvml_mig::MigMode::Enabled;
    if is_partitioned {
        let mig_devices = device.mig_devices()?;
        let resources = mig_devices
            .iter()
            .map(|device| of_mig_device(device, files));
        return resources.collect();
    }
    let file = format!("/dev/nvidia{}", device.minor_number()?);
    Ok(vec![Gres {
        r#type: type_of(&device.name()?),
        files: vec![file],
    }])
}

fn of_mig_device(device: &MigDevice, files: &DriverFiles) -> Result<Gres, nvml_mig::Error> {
    let nodes = files.device_nodes([device])?;
    // Every job gets the nodes of control and unified memory.
    let is_own = |node: &&DeviceNode| {
        matches!(
            node.kind,
            DeviceNodeKind::Gpu | DeviceNodeKind::Capability(_)
        )
    };
    let own = nodes.iter().filter(is_own);
    let own = own.map(|node| host_path(node, files));
    Ok(Gres {
        r#type: type_of(&device.name()?.replace(" MIG ", " ")),
        files: own.collect(),
    })
}

/// The path on the host, wherever its `/dev` is here.
fn host_path(node: &DeviceNode, files: &DriverFiles) -> String {
    let path = node.path.strip_prefix(files.dev()).unwrap_or(&node.path);
    format!("/dev/{}", path.display())
}

/// The name in lower case, without spaces.
fn type_of(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

fn text(resources: &[Gres]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in resources {
        *counts.entry(&resource.r#type).or_default() += 1;
    }
    let counts = counts.iter();
    let counts: Vec<String> = counts
        .map(|(name, count)| format!("gpu:{name}:{count}"))
        .collect();
    let head = format!(
        "# In slurm.conf: GresTypes=gpu, and for this node Gres={}\n",
        counts.join(",")
    );
    let lines = resources.iter().map(Gres::line);
    head + &lines.collect::<String>()
}

impl Gres {
    fn line(&self) -> String {
        let key = if self.files.len() > 1 {
            "MultipleFiles"
        } else {
            "File"
        };
        let (name, files) = (&self.r#type, self.files.join(","));
        format!("Name=gpu Type={name} {key}={files}\n")
    }
}
