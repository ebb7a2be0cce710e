//! The mode and owner of device nodes, in the driver's files.

use super::DeviceNode;
use crate::error::DriverFileError;
use crate::node::capability::access_file_name;
use crate::node::{Capability, DriverFiles};

/// Parameters of the kernel module.
const PARAMS: &str = "driver/nvidia/params";

/// Permission bits: those that NVIDIA's tools compare.
const MOST_MODE: u32 = 0o777;

/// Applies the parameters for the nodes of GPUs and of what all GPUs share. Without the file, NVIDIA's tools use the
/// same defaults as [`DeviceNode::new`].
pub(super) fn of_module(
    files: &DriverFiles,
    node: DeviceNode,
) -> Result<DeviceNode, DriverFileError> {
    match read(files, PARAMS, node.clone()) {
        Err(error) if error.is_not_found() => Ok(node),
        read => read,
    }
}

/// Applies what the access file of a capability says, which exists as long as its instance does.
pub(super) fn of_capability(
    files: &DriverFiles,
    capability: Capability,
    node: DeviceNode,
) -> Result<DeviceNode, DriverFileError> {
    read(files, &access_file_name(capability), node).map_err(|error| {
        if !error.is_not_found() {
            return error;
        }
        DriverFileError {
            message: format!("not found; check that the instance of '{capability}' still exists"),
            ..error
        }
    })
}

/// Reads lines such as `DeviceFileMode: 292`. Other lines are other parameters.
fn read(
    files: &DriverFiles,
    name: &str,
    mut node: DeviceNode,
) -> Result<DeviceNode, DriverFileError> {
    let file = files.read(name)?;
    for (line, text) in file.lines() {
        let (key, value) = text.split_once(':').unwrap_or_default();
        let number = |most| file.number((line, text), Some(value.trim()), most);
        match key.trim() {
            "DeviceFileMode" => node.mode = number(MOST_MODE)?,
            "DeviceFileUID" => node.user_id = number(u32::MAX)?,
            "DeviceFileGID" => node.group_id = number(u32::MAX)?,
            "ModifyDeviceFiles" | "DeviceFileModify" => {
                node.may_be_created = number(u32::MAX)? == 1;
            }
            _ => {}
        }
    }
    Ok(node)
}
