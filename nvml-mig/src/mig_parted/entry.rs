//! Reads the entries of a configuration.

use std::collections::HashSet;

use super::keys::{ENTRY_KEYS, FILE_KEYS, known, misplaced, required, unknown};
use super::map::{Pair, pairs};
use super::node::Node;
use super::pci_filter::PciFilter;
use super::{Count, Entry, Fault, Mark, MigPartedErrorKind, MigPartedWarningKind, Remark};
use crate::profile::ProfileName;

/// Maximum MIG device count; no GPU has more.
const MOST: u32 = 64;

/// Returns whether this is meant as an entry.
pub(super) fn is_entry(node: &Node) -> bool {
    let mut keys = ENTRY_KEYS.iter();
    keys.any(|key| node.get(key).is_some())
}

pub(super) fn entries(node: &Node, remarks: &mut Vec<Remark>) -> Result<Vec<Entry>, Fault> {
    if is_entry(node) {
        return Err(node.unexpected("a list of entries: write `- ` before this one"));
    }
    let items = node.items();
    let items = items.ok_or_else(|| node.unexpected("a list of entries"))?;
    if items.is_empty() {
        return Err(node.unexpected("at least one entry"));
    }
    items.iter().map(|item| entry(item, remarks)).collect()
}

fn entry(node: &Node, remarks: &mut Vec<Remark>) -> Result<Entry, Fault> {
    let pairs = pairs(node, "an entry with devices and mig-enabled", remarks)?;
    let [filter, given, enabled, mig_devices] = known(&pairs, ENTRY_KEYS, entry_key)?;
    let given = required(node, given, "devices")?;
    let enabled = required(node, enabled, "mig-enabled")?;
    let filter = filter.map(|pair| device_filter(&pair.value, remarks));
    Ok(Entry {
        mark: node.mark(),
        filter: filter.transpose()?.unwrap_or_default(),
        devices: devices(given, remarks)?,
        mig_devices: mig_devices_if(enabled, mig_devices, remarks)?,
    })
}

/// Returns what is wrong with an unknown key of an entry.
fn entry_key(pair: &Pair) -> Fault {
    if FILE_KEYS.contains(&pair.key.as_str()) {
        return misplaced(pair, "at the top of the file", "in an entry");
    }
    if pair.key.parse::<ProfileName>().is_ok() {
        return misplaced(
            pair,
            "under mig-devices, with more indentation",
            "beside it",
        );
    }
    unknown(pair, &ENTRY_KEYS)
}

/// A PCI id such as `0x20B010DE`, or several; none of them matches every GPU.
fn device_filter(node: &Node, remarks: &mut Vec<Remark>) -> Result<Vec<PciFilter>, Fault> {
    let items = match node.items() {
        Some(items) => items,
        None if node.is_null() || node.text() == Some("") => &[],
        None => std::slice::from_ref(node),
    };
    if items.is_empty() {
        remarks.push(Remark {
            mark: node.mark(),
            kind: MigPartedWarningKind::NoFilter,
        });
    }
    items.iter().map(pci_filter).collect()
}

fn pci_filter(node: &Node) -> Result<PciFilter, Fault> {
    let filter = node.text().and_then(PciFilter::parse);
    filter.ok_or_else(|| {
        node.unexpected(
            "a PCI id in quotes, such as \"0x20B010DE\": the GPU's device id, then 10DE for NVIDIA",
        )
    })
}

/// `all`, or indices.
fn devices(node: &Node, remarks: &mut Vec<Remark>) -> Result<Option<Vec<(u32, Mark)>>, Fault> {
    if node.text() == Some("all") {
        return Ok(None);
    }
    let items = node.items();
    let items = items.ok_or_else(|| node.unexpected("`all` or a list of GPU indices"))?;
    let (mut indices, mut seen) = (Vec::new(), HashSet::new());
    let mut remark = |mark, kind| remarks.push(Remark { mark, kind });
    if items.is_empty() {
        remark(node.mark(), MigPartedWarningKind::NoDevices);
    }
    for item in items {
        let index = item.number(u32::MAX, "the index of a GPU, a whole number such as 0")?;
        if seen.insert(index) {
            indices.push((index, item.mark()));
        } else {
            remark(item.mark(), MigPartedWarningKind::RepeatedGpu { index });
        }
    }
    Ok(Some(indices))
}

fn mig_devices_if(
    enabled: &Node,
    pair: Option<&Pair>,
    remarks: &mut Vec<Remark>,
) -> Result<Option<Vec<Count>>, Fault> {
    let is_enabled = enabled.boolean()?;
    // An empty value is the same as none.
    let node = pair.map(|pair| &pair.value).filter(|node| !node.is_null());
    let profiles = node.map(|node| mig_devices(node, remarks)).transpose()?;
    match (is_enabled, profiles) {
        (true, Some(profiles)) => Ok(Some(profiles)),
        (true, None) => Err(enabled.error(MigPartedErrorKind::MigDevicesMissing)),
        (false, Some(profiles)) if !profiles.is_empty() => {
            Err(enabled.error(MigPartedErrorKind::MigDevicesWithoutMig))
        }
        (false, _) => Ok(None),
    }
}

fn mig_devices(node: &Node, remarks: &mut Vec<Remark>) -> Result<Vec<Count>, Fault> {
    let pairs = pairs(
        node,
        "profiles and how many of each, such as 1g.5gb: 7",
        remarks,
    )?;
    let (mut counts, mut seen) = (Vec::<Count>::new(), HashSet::new());
    let number = format!("a whole number from 0 to {MOST}");
    for pair in &pairs {
        let profile = profile(pair)?;
        if !seen.insert(profile) {
            let item = profile.to_string();
            return Err(pair.error(MigPartedErrorKind::Twice { item }));
        }
        counts.push(Count {
            profile,
            count: usize::try_from(pair.value.number(MOST, &number)?).unwrap_or(usize::MAX),
            mark: pair.mark,
        });
    }
    if !counts.is_empty() && counts.iter().all(|count| count.count == 0) {
        return Err(node.error(MigPartedErrorKind::NoMigDevices));
    }
    Ok(counts)
}

fn profile(pair: &Pair) -> Result<ProfileName, Fault> {
    if ENTRY_KEYS.contains(&pair.key.as_str()) {
        let belongs = "in the entry, with less indentation";
        return Err(misplaced(pair, belongs, "under mig-devices"));
    }
    let profile = pair.key.parse();
    profile.map_err(|error| pair.error(MigPartedErrorKind::ProfileName(error)))
}
