//! A MIG device of a snapshot.

use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::inventory::LiveMigDevice;
use crate::profile::ReportedName;

/// A MIG device at the time of a snapshot. Instances that others have created since can have other ids, and then other UUIDs:
/// comparing with a new snapshot shows which UUIDs are no longer valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a MIG device, as an object")]
#[non_exhaustive]
pub struct MigDeviceSnapshot {
    /// UUID, `MIG-...`.
    pub uuid: String,
    /// Profile, such as `2c.4g.24gb`.
    pub profile: ReportedName,
    /// Id of its GPU instance.
    pub gpu_instance_id: GpuInstanceId,
    /// Id of the underlying compute instance.
    pub compute_instance_id: ComputeInstanceId,
}

impl MigDeviceSnapshot {
    /// Creates an entry from the UUID, the profile, and the ids of both instances.
    #[must_use]
    pub fn new(
        uuid: impl Into<String>,
        profile: impl Into<ReportedName>,
        gpu_instance_id: GpuInstanceId,
        compute_instance_id: ComputeInstanceId,
    ) -> Self {
        Self {
            uuid: uuid.into(),
            profile: profile.into(),
            gpu_instance_id,
            compute_instance_id,
        }
    }
}

impl From<LiveMigDevice> for MigDeviceSnapshot {
    fn from(live: LiveMigDevice) -> Self {
        let ids = (live.gpu_instance_id, live.compute_instance_id);
        Self::new(live.uuid, live.profile, ids.0, ids.1)
    }
}
