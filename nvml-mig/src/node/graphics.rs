//! Device nodes for graphics.

use std::fs;
use std::path::PathBuf;

use super::DriverFiles;
use crate::error::Error;
use crate::query::{Device, PciInfo};

impl DriverFiles {
    /// Returns the device nodes through which programs draw on a GPU: the nodes of its `/dev/dri` that `/sys` lists for
    /// its PCI address, and `/dev/nvidia-modeset`. Nodes that do not exist are omitted, so the list is empty on a machine
    /// without the module `nvidia-drm`. Of MIG devices, only those of `+gfx` profiles can use them.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("l40s")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::node::DriverFiles;
    ///
    /// for path in DriverFiles::new().graphics_nodes(&device)? {
    ///     println!("{}", path.display()); // such as /dev/dri/renderD128
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML does not report the PCI address.
    #[doc(alias = "drm")]
    pub fn graphics_nodes(&self, device: &Device) -> Result<Vec<PathBuf>, Error> {
        let address = address(&device.pci_info()?);
        let folder = format!("bus/pci/devices/{address}/drm");
        // It does not exist where the module is not loaded, and is no folder of the driver in an unusual container.
        let entries = fs::read_dir(self.sys().join(folder)).into_iter().flatten();
        let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
        let mut nodes: Vec<PathBuf> = names
            .map(|name| self.dev().join("dri").join(name))
            .collect();
        nodes.sort_unstable();
        nodes.push(self.dev().join("nvidia-modeset"));
        nodes.retain(|path| path.exists());
        Ok(nodes)
    }
}

/// The address in the form of `/sys`, such as `0000:17:00.0`: NVML has four more digits, in capitals.
fn address(pci: &PciInfo) -> String {
    let function = pci.bus_id.rsplit_once('.');
    let function = function.map_or("0", |(_, function)| function);
    let (domain, bus, device) = (pci.domain, pci.bus, pci.device);
    format!("{domain:04x}:{bus:02x}:{device:02x}.{function}")
}
