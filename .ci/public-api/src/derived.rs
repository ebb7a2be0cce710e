//! The traits that types derive.

use std::collections::{BTreeMap, BTreeSet};

/// A line for each type, such as `impl Clone, Debug, Hash for nvml_mig::Device`.
pub fn lines<'a>(derived: impl Iterator<Item = &'a String>) -> impl Iterator<Item = String> {
    let mut types: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, of) in derived.filter_map(|item| implementation(item)) {
        types.entry(of).or_default().insert(name);
    }
    types.into_iter().map(|(of, names)| {
        let names: Vec<String> = names.into_iter().collect();
        format!("impl {} for {of}", names.join(", "))
    })
}

/// Trait and type of `impl<C: core::clone::Clone> core::clone::Clone for nvml_mig::plan::PlacedGpuInstance<C>`.
fn implementation(item: &str) -> Option<(String, &str)> {
    let (implemented, of) = item.strip_prefix("impl")?.split_once(" for ")?;
    let of = of.split(" where ").next()?;
    let implemented = implemented.split(' ').next_back()?;
    let arguments = implemented.find('<').unwrap_or(implemented.len());
    let (path, arguments) = implemented.split_at(arguments);
    let name = path.rsplit("::").next()?;
    // What the compiler adds to `PartialEq`.
    (name != "StructuralPartialEq").then(|| (format!("{name}{arguments}"), of))
}
