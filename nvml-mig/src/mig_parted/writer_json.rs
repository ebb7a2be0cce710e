//! Writes a file of mig-parted as JSON.

use serde_json::{Map, Value, json};

use super::{Entry, MigPartedConfig, MigPartedFile, VERSION};

impl MigPartedFile {
    /// Converts the file to JSON for mig-parted, without configurations that have errors.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::mig_parted::MigPartedFile;
    ///
    /// let text = "version: v1\nmig-configs: {on: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]}";
    /// let file = MigPartedFile::parse("config.yaml", text)?;
    /// let json = serde_json::to_string(&file.to_json())?;
    /// assert_eq!(MigPartedFile::parse("config.json", &json)?.to_yaml(), file.to_yaml());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let configs = self.configs.iter().flat_map(|label| &label.config);
        let configs = configs.map(|config| (config.name.clone(), config.json()));
        json!({"version": VERSION, "mig-configs": configs.collect::<Map<_, _>>()})
    }
}

impl MigPartedConfig {
    fn json(&self) -> Value {
        self.entries.iter().map(Entry::json).collect()
    }
}

impl Entry {
    fn json(&self) -> Value {
        let devices = match &self.devices {
            None => json!("all"),
            Some(devices) => devices.iter().map(|(index, _)| json!(index)).collect(),
        };
        let mig_devices = self.mig_devices.iter().flatten();
        let mig_devices = mig_devices.map(|count| (count.profile.to_string(), json!(count.count)));
        let mut entry = json!({
            "devices": devices,
            "mig-enabled": self.mig_devices.is_some(),
            "mig-devices": mig_devices.collect::<Map<_, _>>(),
        });
        if !self.filter.is_empty()
            && let Some(entry) = entry.as_object_mut()
        {
            let ids = self.filter.iter().map(|id| json!(id.text()));
            entry.insert("device-filter".to_owned(), ids.collect());
        }
        entry
    }
}
