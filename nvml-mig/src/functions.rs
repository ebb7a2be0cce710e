#![doc = include_str!("../FUNCTIONS.md")]

/// The functions that this crate does not call. A driver may lack them.
pub(crate) const NOT_USED: &[&str] = &[
    "nvmlInitWithFlags",
    "nvmlErrorString",
    "nvmlSystemGetCudaDriverVersion_v2",
    "nvmlDeviceGetBrand",
    "nvmlDeviceGetPersistenceMode",
    "nvmlEventSetRegisterGpuOperationalEvents_v1",
    "nvmlEventSetGetContextCount_v1",
    "nvmlEventSetGetContextInfo_v1",
    "nvmlEventSetGetContextData_v1",
    "nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1",
];

/// The functions that only a vGPU host needs, which begin with R575.
pub(crate) const OF_VGPU_HOSTS: &[&str] = &[
    "nvmlVgpuTypeGetGpuInstanceProfileId",
    "nvmlVgpuInstanceGetGpuInstanceId",
    "nvmlGpuInstanceGetCreatableVgpus",
    "nvmlVgpuTypeGetMaxInstancesPerGpuInstance",
    "nvmlGpuInstanceGetActiveVgpus",
    "nvmlGpuInstanceSetVgpuSchedulerState",
    "nvmlGpuInstanceGetVgpuSchedulerState",
    "nvmlGpuInstanceGetVgpuSchedulerLog",
    "nvmlGpuInstanceGetVgpuTypeCreatablePlacements",
    "nvmlGpuInstanceGetVgpuHeterogeneousMode",
    "nvmlGpuInstanceSetVgpuHeterogeneousMode",
    "nvmlGpuInstanceGetVgpuSchedulerState_v2",
    "nvmlGpuInstanceGetVgpuSchedulerLog_v2",
    "nvmlGpuInstanceSetVgpuSchedulerState_v2",
];

/// Functions whose predecessor does the same for this crate.
pub(crate) const REPLACEABLE: &[&str] = &["nvmlDeviceGetMemoryInfo_v2", "nvmlEventSetWait_v3"];

#[cfg(test)]
mod tests {
    use super::NOT_USED;

    #[test]
    fn the_list_says_that_they_are_not_used() {
        let list = include_str!("../FUNCTIONS.md").lines();
        let entry = |line: &'static str| line.strip_prefix("- `")?.split_once("`: not used (");
        let not_used: Vec<&str> = list.filter_map(entry).map(|(name, _)| name).collect();
        assert_eq!(not_used, NOT_USED);
    }
}
