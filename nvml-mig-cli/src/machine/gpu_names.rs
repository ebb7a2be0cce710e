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

    /// Returns the UUIDs alone.
    pub(crate) fn into_uuids(self) -> Vec<String> {
        self.0.into_iter().map(|(_, uuid)| uuid).collect()
    }

    /// Puts the index of each GPU beside its UUID: `GPU 0 (GPU-...)`. Commands in backquotes stay as they are, since they are
    /// copied, and so do longer words with a UUID in them.
    pub(crate) fn in_text(&self, text: &str) -> String {
        let parts = text.split('`').enumerate();
        let parts = parts.map(|(number, part)| {
            if number % 2 == 0 {
                self.in_sentence(part)
            } else {
                part.to_owned()
            }
        });
        parts.collect::<Vec<_>>().join("`")
    }

    fn in_sentence(&self, text: &str) -> String {
        let words = text.split_inclusive(' ');
        let named: String = words.map(|word| self.in_word(word)).collect();
        // What is called a GPU already is not called so twice.
        named.replace("GPU GPU ", "GPU ")
    }

    fn in_word(&self, word: &str) -> String {
        let is_end = |c: char| c.is_alphanumeric() || c == '-' || c == '/';
        let found = self.0.iter().find_map(|(index, uuid)| {
            let rest = word.trim_start_matches(['(', '\'']).strip_prefix(uuid)?;
            (!rest.starts_with(is_end)).then_some((index, uuid))
        });
        match found {
            Some((index, uuid)) => {
                word.replacen(uuid.as_str(), &format!("GPU {index} ({uuid})"), 1)
            }
            None => word.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GpuNames;

    #[test]
    fn sentences_get_the_index_and_commands_stay_as_they_are() {
        let names = GpuNames(vec![(0, "GPU-1a".to_owned()), (1, "GPU-1a2".to_owned())]);
        for (text, expected) in [
            ("GPU GPU-1a: no", "GPU 0 (GPU-1a): no"),
            ("failed on GPU-1a2", "failed on GPU 1 (GPU-1a2)"),
            (
                "run `nvidia-smi -i GPU-1a -mig 1` on GPU-1a",
                "run `nvidia-smi -i GPU-1a -mig 1` on GPU 0 (GPU-1a)",
            ),
            (
                "'foo-GPU-1a/2/0' and MIG-GPU-1a/1/0",
                "'foo-GPU-1a/2/0' and MIG-GPU-1a/1/0",
            ),
            ("GPU-1a, GPU-1a2", "GPU 0 (GPU-1a), GPU 1 (GPU-1a2)"),
        ] {
            assert_eq!(names.in_text(text), expected);
        }
    }
}
