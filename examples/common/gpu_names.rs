//! Names of GPUs for people: the index beside the UUID.

use super::Session;

/// The indices and UUIDs of the GPUs that can be read.
pub(crate) struct GpuNames(Vec<(u32, String)>);

impl Session {
    pub(crate) fn gpu_names(&self) -> GpuNames {
        let devices = self.nvml().each_device().into_iter().flatten();
        let named = devices.filter_map(|(index, device)| Some((index, device.ok()?.uuid().ok()?)));
        GpuNames(named.collect())
    }
}

impl GpuNames {
    /// Puts the index of each GPU beside its UUID: `GPU 0 (GPU-...)`.
    pub(crate) fn in_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (index, uuid)| {
            text.replace(&format!("GPU {uuid}"), uuid)
                .replace(uuid, &format!("GPU {index} ({uuid})"))
        })
    }
}
