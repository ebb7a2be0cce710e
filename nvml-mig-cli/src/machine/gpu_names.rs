//! Names of GPUs for people: the index beside the UUID.

use nvml_mig::Nvml;

/// The indices and UUIDs of the GPUs that can be read.
#[derive(Debug)]
pub(crate) struct GpuNames(Vec<(u32, String)>);

impl GpuNames {
    pub(super) fn read(nvml: &Nvml) -> Self {
        let devices = nvml.each_device().into_iter().flatten();
        let named = devices.filter_map(|(index, device)| Some((index, device.ok()?.uuid().ok()?)));
        Self(named.collect())
    }

    /// Puts the index of each GPU beside its UUID: `GPU 0 (GPU-...)`.
    pub(crate) fn in_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (index, uuid)| {
            text.replace(&format!("GPU {uuid}"), uuid)
                .replace(uuid, &format!("GPU {index} ({uuid})"))
        })
    }
}
