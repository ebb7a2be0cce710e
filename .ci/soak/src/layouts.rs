//! What may stand on the GPU that is planned, and where instances may stand at all.

use anyhow::{Context, Result, ensure};
use nvml_mig::instance::ComputeInstancePlacement;
use nvml_mig::{ComputeInstance, Device, GpuInstance};

use crate::blame::Failed;

/// What is applied, and what then stands there: the profile id and the compute slices of each GPU instance of an A100-SXM4-40GB, in
/// the order of the ids, and in each one compute instance that takes all of it (NVIDIA's MIG user guide).
pub(crate) const LAYOUTS: [(&str, &[(u32, u32)]); 5] = [
    ("7g.40gb", &[(0, 7)]),
    ("2*3g.20gb", &[(9, 3), (9, 3)]),
    ("3*2g.10gb, 1g.5gb", &[(14, 2), (14, 2), (14, 2), (19, 1)]),
    (
        "7*1g.5gb",
        &[
            (19, 1),
            (19, 1),
            (19, 1),
            (19, 1),
            (19, 1),
            (19, 1),
            (19, 1),
        ],
    ),
    ("none", &[]),
];

/// A GPU instance: the id of its profile, and the placements of its compute instances.
type Found = (u32, Vec<ComputeInstancePlacement>);

/// Returns the layout that the GPU has. Nothing may change it meanwhile.
pub(crate) fn standing(device: &Device) -> Result<&'static str, Failed> {
    let instances = device.gpu_instances()?;
    check_apart(&instances)?;
    let mut found: Vec<Found> = Vec::new();
    for instance in &instances {
        let inside = instance.compute_instances()?;
        let inside = inside.iter().map(ComputeInstance::placement).collect();
        found.push((instance.profile_id().number(), inside));
    }
    found.sort_by_key(|(profile, _)| *profile);
    let layout = LAYOUTS.iter().find(|(_, layout)| is_it(layout, &found));
    let layout = layout.with_context(|| format!("the planned GPU has no layout, but {found:?}"))?;
    Ok(layout.0)
}

fn is_it(layout: &[(u32, u32)], found: &[Found]) -> bool {
    let is_whole = |((wanted, slices), (profile, inside)): (&(u32, u32), &Found)| {
        let (start, size) = (0, *slices);
        profile == wanted && *inside == [ComputeInstancePlacement { start, size }]
    };
    layout.len() == found.len() && layout.iter().zip(found).all(is_whole)
}

/// Fails if two of these, which were listed while nothing changed, have the same id or share a memory slice.
pub(crate) fn check_apart(instances: &[GpuInstance]) -> Result<()> {
    for (at, instance) in instances.iter().enumerate() {
        let mut others = instances.iter().skip(at + 1);
        let clash = others.find(|other| are_in_one_place(instance, other));
        ensure!(
            clash.is_none(),
            "two instances in one place: {instance:?}, {clash:?}"
        );
    }
    Ok(())
}

pub(crate) fn are_in_one_place(one: &GpuInstance, other: &GpuInstance) -> bool {
    one.id() == other.id() || one.placement().overlaps(other.placement())
}
