//! The file of layouts.

use std::sync::Arc;

use nvml_mig::mig_parted::MigPartedFile;
use serde_json::Value;

/// A file, and what its configurations say apart from comments and order.
#[derive(Debug, Clone)]
pub(super) struct LayoutFile {
    text: Arc<str>,
    /// `None` if the file can't be read.
    read: Option<Arc<MigPartedFile>>,
}

/// The same text says the same.
impl PartialEq for LayoutFile {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for LayoutFile {}

impl LayoutFile {
    pub(super) fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let read = MigPartedFile::parse("the file", &text).ok();
        let read = read.map(Arc::new);
        Self { text, read }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns a short name for what a configuration says, which is the same in each version of the agent. `None` if the
    /// configuration can't be used.
    pub(super) fn layout(&self, config: &str) -> Option<String> {
        let file = self.read.as_ref()?;
        let name = file.config(config).ok()?.name();
        let json = file.to_json();
        let said = json.get("mig-configs")?.get(name)?;
        Some(format!("{config}@{:016x}", checksum(&canonical(said))))
    }
}

/// The order of keys says nothing.
fn canonical(value: &Value) -> String {
    let mut parts: Vec<String> = match value {
        Value::Object(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, value)| format!("{key:?}:{}", canonical(value)));
            entries.collect()
        }
        Value::Array(values) => {
            return format!("[{}]", values.iter().map(canonical).collect::<String>());
        }
        simple => return format!("{simple},"),
    };
    parts.sort_unstable();
    format!("{{{}}}", parts.concat())
}

/// FNV-1a: nobody gains anything by a collision, so it need not be a cryptographic one.
fn checksum(text: &str) -> u64 {
    let bytes = text.bytes();
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::LayoutFile;

    const FILE: &str = "version: v1\nmig-configs:\n  halves:\n    - devices: all\n      mig-enabled: true\n      mig-devices: {3g.20gb: 2}\n";

    #[test]
    fn a_layout_is_the_same_whatever_is_written_around_it() {
        let layout = |text: &str| LayoutFile::new(text).layout("halves");
        // Nodes remember it, so it must not change with the agent's version.
        assert_eq!(layout(FILE).as_deref(), Some("halves@0b1b01c439e54450"));
        for same in [
            format!("{FILE}# a comment\n"),
            format!("{FILE}  other:\n    - {{devices: all, mig-enabled: false}}\n"),
            FILE.replace("{3g.20gb: 2}", "{\"3g.20gb\": 2}"),
        ] {
            assert_ne!(LayoutFile::new(same.as_str()), LayoutFile::new(FILE));
            assert_eq!(layout(&same), layout(FILE));
        }
        for other in [
            FILE.replace("3g.20gb", "4g.20gb"),
            FILE.replace("all", "[0]"),
        ] {
            assert!(layout(&other).is_some() && layout(&other) != layout(FILE));
        }
        for unusable in ["mig-configs: 7", "version: v1\nmig-configs: {}\n"] {
            assert_eq!(layout(unusable), None);
        }
    }
}
