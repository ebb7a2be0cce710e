//! CDI specifications of others, in the folder of ours.

use std::fs;
use std::path::Path;

use anyhow::Result;
use nvml_mig::node::cdi::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiHost, CdiSpec};

use crate::checks;

pub(super) fn parse(folder: &Path, bytes: &[u8]) -> Result<bool> {
    fs::write(folder.join("other.yaml"), bytes)?;
    let nodes = CdiContainerEdits::new(vec![CdiDeviceNode::new("/dev/null")]);
    let devices = vec![CdiDevice::new("0:0", nodes)];
    let own = CdiSpec::new("0.5.0", "nvidia.com/gpu", devices);
    let host = CdiHost::new().with_folders([folder]);
    let problems = own.check(&host, folder.join("own.json"));
    for problem in &problems {
        checks::text(&problem.to_string())?;
    }
    Ok(problems.is_empty())
}
