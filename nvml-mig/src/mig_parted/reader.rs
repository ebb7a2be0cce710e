//! Reads a file of mig-parted.

use std::collections::HashSet;

use saphyr::MarkedYaml;

use super::node::Node;
use super::pci_filter::PciFilter;
use super::{
    Count, Entry, Mark, MigPartedConfig, MigPartedError, MigPartedErrorKind, MigPartedFile, VERSION,
};
use crate::node::yaml::{self, YamlProblem};
use crate::profile::ProfileName;

/// Maximum GPU index and MIG device count; no machine has more GPUs, and no GPU more MIG devices.
const MOST: u32 = 64;

pub(super) fn read(name: String, text: &str) -> Result<MigPartedFile, MigPartedError> {
    let documents: Vec<MarkedYaml<'_>> = yaml::load(text).map_err(|error| {
        let YamlProblem {
            line,
            column,
            problem,
        } = error;
        let kind = MigPartedErrorKind::Yaml { problem };
        MigPartedError::at(&name, Mark { line, column }, kind)
    })?;
    let [document] = documents.as_slice() else {
        let found = documents.len();
        let kind = MigPartedErrorKind::Documents { found };
        return Err(MigPartedError::of_file(&name, kind));
    };
    let configs = document_configs(&name, Node::new(&name, document))?;
    Ok(MigPartedFile { name, configs })
}

fn document_configs(
    file: &str,
    document: Node<'_>,
) -> Result<Vec<MigPartedConfig>, MigPartedError> {
    let pairs = document.mapping("the keys version and mig-configs")?;
    let [version, configs] = fields(&pairs, ["version", "mig-configs"])?;
    let version = required(document, version, "version")?;
    if version.text() != Some(VERSION) {
        return Err(version.error(MigPartedErrorKind::Version));
    }
    let configs = required(document, configs, "mig-configs")?;
    let configs = configs.mapping("named configurations")?;
    if configs.is_empty() {
        return Err(document.unexpected("at least one configuration"));
    }
    let config = |(key, value): (Node<'_>, Node<'_>)| config(file, key, value);
    configs.into_iter().map(config).collect()
}

fn config(file: &str, key: Node<'_>, value: Node<'_>) -> Result<MigPartedConfig, MigPartedError> {
    let name = key.text();
    let name =
        name.ok_or_else(|| key.unexpected("the name of a configuration, which is a string"))?;
    let entries = value.list().filter(|entries| !entries.is_empty());
    let entries = entries.ok_or_else(|| value.unexpected("a list of entries"))?;
    Ok(MigPartedConfig {
        file: file.to_owned(),
        name: name.to_owned(),
        entries: entries.into_iter().map(entry).collect::<Result<_, _>>()?,
    })
}

fn entry(node: Node<'_>) -> Result<Entry, MigPartedError> {
    let pairs = node.mapping("an entry with devices and mig-enabled")?;
    let names = ["device-filter", "devices", "mig-enabled", "mig-devices"];
    let [filter, given, enabled, mig_devices] = fields(&pairs, names)?;
    let given = required(node, given, "devices")?;
    let enabled = required(node, enabled, "mig-enabled")?;
    Ok(Entry {
        mark: node.mark(),
        filter: filter.map_or(Ok(Vec::new()), device_filter)?,
        devices: devices(given)?,
        mig_devices: mig_devices_if(enabled.boolean()?, enabled, mig_devices)?,
    })
}

/// The values of these keys; any other key is an error.
fn fields<'a, const N: usize>(
    pairs: &[(Node<'a>, Node<'a>)],
    names: [&'static str; N],
) -> Result<[Option<Node<'a>>; N], MigPartedError> {
    let known = |key: Node<'a>| key.text().is_some_and(|text| names.contains(&text));
    if let Some((key, _)) = pairs.iter().find(|(key, _)| !known(*key)) {
        let known = names.to_vec();
        return Err(key.error(MigPartedErrorKind::UnknownKey { known }));
    }
    // A repeated key was refused when the YAML was read.
    let value = |name| pairs.iter().find(|(key, _)| key.text() == Some(name));
    Ok(names.map(|name| value(name).map(|(_, value)| *value)))
}

fn required<'a>(
    of: Node<'a>,
    value: Option<Node<'a>>,
    key: &'static str,
) -> Result<Node<'a>, MigPartedError> {
    value.ok_or_else(|| of.error(MigPartedErrorKind::MissingKey { key }))
}

/// A PCI id such as `0x20B010DE`, or several.
fn device_filter(node: Node<'_>) -> Result<Vec<PciFilter>, MigPartedError> {
    let ids = node.list().unwrap_or_else(|| vec![node]);
    if ids.is_empty() {
        return Err(node.unexpected("a PCI id, or a list with at least one"));
    }
    ids.into_iter().map(pci_filter).collect()
}

fn pci_filter(node: Node<'_>) -> Result<PciFilter, MigPartedError> {
    let filter = node.text().and_then(PciFilter::parse);
    filter.ok_or_else(|| {
        node.unexpected(
            "a PCI id in quotes, such as \"0x20B010DE\": the GPU's device id, then 10DE for NVIDIA",
        )
    })
}

/// `all`, or indices.
fn devices(node: Node<'_>) -> Result<Option<Vec<(u32, Mark)>>, MigPartedError> {
    if node.text() == Some("all") {
        return Ok(None);
    }
    let items = node.list().filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| node.unexpected("`all` or a list of GPU indices"))?;
    let (mut indices, mut seen) = (Vec::new(), HashSet::new());
    for item in items {
        let index = item.number(u32::MAX)?;
        if !seen.insert(index) {
            return Err(twice(item, format!("GPU {index}")));
        }
        indices.push((index, item.mark()));
    }
    Ok(Some(indices))
}

fn twice(node: Node<'_>, item: String) -> MigPartedError {
    node.error(MigPartedErrorKind::Twice { item })
}

fn mig_devices_if(
    is_enabled: bool,
    enabled: Node<'_>,
    node: Option<Node<'_>>,
) -> Result<Option<Vec<Count>>, MigPartedError> {
    let profiles = node.map(mig_devices).transpose()?;
    match (is_enabled, profiles) {
        (true, Some(profiles)) => Ok(Some(profiles)),
        (true, None) => Err(enabled.error(MigPartedErrorKind::MigDevicesMissing)),
        (false, Some(profiles)) if !profiles.is_empty() => {
            Err(enabled.error(MigPartedErrorKind::MigDevicesWithoutMig))
        }
        (false, _) => Ok(None),
    }
}

fn mig_devices(node: Node<'_>) -> Result<Vec<Count>, MigPartedError> {
    let pairs = node.mapping("profiles and how many of each")?;
    let (mut counts, mut seen) = (Vec::<Count>::new(), HashSet::new());
    for (key, value) in pairs {
        let text = key.text().unwrap_or_default();
        let profile: ProfileName = text
            .parse()
            .map_err(|error| key.error(MigPartedErrorKind::ProfileName(error)))?;
        if !seen.insert(profile) {
            return Err(twice(key, profile.to_string()));
        }
        counts.push(Count {
            profile,
            count: usize::try_from(value.number(MOST)?).unwrap_or(usize::MAX),
            mark: key.mark(),
        });
    }
    if !counts.is_empty() && counts.iter().all(|count| count.count == 0) {
        return Err(node.error(MigPartedErrorKind::NoMigDevices));
    }
    Ok(counts)
}
