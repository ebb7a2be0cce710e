//! Writes a file of mig-parted.

use core::fmt::{self, Display};

use super::reader::VERSION;
use super::{Entry, MigPartedConfig, MigPartedFile};

/// As YAML that mig-parted reads.
impl Display for MigPartedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "version: {VERSION}\nmig-configs:")?;
        self.configs.iter().try_for_each(|config| config.fmt(f))
    }
}

impl Display for MigPartedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}:", quoted(&self.name))?;
        self.entries.iter().try_for_each(|entry| entry.fmt(f))
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let devices = match &self.devices {
            None => "all".to_owned(),
            Some(devices) => list(devices.iter().map(|(index, _)| index.to_string())),
        };
        writeln!(f, "    - devices: {devices}")?;
        let mut ids = self.filter.iter().map(ToString::to_string);
        match (self.filter.len(), ids.next()) {
            (0, _) | (_, None) => {}
            (1, Some(id)) => writeln!(f, "      device-filter: {id}")?,
            (_, Some(first)) => {
                let ids = list([first].into_iter().chain(ids));
                writeln!(f, "      device-filter: {ids}")?;
            }
        }
        let Some(mig_devices) = &self.mig_devices else {
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

/// A text in YAML's single quotes, in which only the quote itself is special.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
