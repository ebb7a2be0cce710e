//! Writes a file of mig-parted.

use core::fmt::{self, Display};

use super::{Entry, MigPartedConfig, MigPartedFile, VERSION};

/// Maximum length of a key before a colon; in YAML it is 1024 characters.
const MOST_IN_LINE: usize = 1000;

impl MigPartedFile {
    /// Converts the file to YAML for mig-parted, without configurations that have errors.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let configs = self.configs.iter().flat_map(|label| &label.config);
        let configs: String = configs.map(MigPartedConfig::yaml).collect();
        format!("version: {VERSION}\nmig-configs:\n{configs}")
    }
}

impl MigPartedConfig {
    fn yaml(&self) -> String {
        let entries: String = self
            .entries
            .iter()
            .map(|entry| Yaml(entry).to_string())
            .collect();
        let name = quoted(&self.name);
        if name.len() > MOST_IN_LINE {
            return format!("  ? {name}\n  :\n{entries}");
        }
        format!("  {name}:\n{entries}")
    }
}

/// An entry as YAML.
struct Yaml<'a>(&'a Entry);

impl Display for Yaml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let devices = match &self.0.devices {
            None => "all".to_owned(),
            Some(devices) => list(devices.iter().map(|(index, _)| index.to_string())),
        };
        writeln!(f, "    - devices: {devices}")?;
        let mut ids = self.0.filter.iter().map(ToString::to_string);
        match (self.0.filter.len(), ids.next()) {
            (0, _) | (_, None) => {}
            (1, Some(id)) => writeln!(f, "      device-filter: {id}")?,
            (_, Some(first)) => {
                let ids = list([first].into_iter().chain(ids));
                writeln!(f, "      device-filter: {ids}")?;
            }
        }
        let Some(mig_devices) = &self.0.mig_devices else {
            return writeln!(f, "      mig-enabled: false");
        };
        writeln!(f, "      mig-enabled: true")?;
        if mig_devices.is_empty() {
            return writeln!(f, "      mig-devices: {{}}");
        }
        writeln!(f, "      mig-devices:")?;
        let mut mig_devices = mig_devices.iter();
        mig_devices.try_for_each(|devices| {
            writeln!(f, "        \"{}\": {}", devices.profile, devices.count)
        })
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", items.join(", "))
}

/// Returns a text in quotes: single ones, in which only the quote itself is special, or double ones to escape what is not shown
/// as it is, such as a line break.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ';
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if is_plain(c) => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
