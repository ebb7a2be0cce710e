#![doc = include_str!("../FUNCTIONS.md")]

/// The functions that this crate does not call. A driver may lack them.
pub(crate) const NOT_USED: &[&str] = &[
    "nvmlInitWithFlags",
    "nvmlErrorString",
    "nvmlSystemGetCudaDriverVersion_v2",
    "nvmlDeviceGetMemoryInfo_v2",
    "nvmlDeviceGetBrand",
    "nvmlDeviceGetPersistenceMode",
    "nvmlDeviceGetSupportedEventTypes",
    "nvmlEventSetRegisterGpuOperationalEvents_v1",
    "nvmlEventSetWait_v3",
    "nvmlEventSetGetContextCount_v1",
    "nvmlEventSetGetContextInfo_v1",
    "nvmlEventSetGetContextData_v1",
    "nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1",
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

#[cfg(test)]
mod tests {
    use super::NOT_USED;

    #[test]
    fn the_table_says_that_they_are_not_used() {
        let table = include_str!("../FUNCTIONS.md").lines();
        let row = |line: &'static str| line.strip_prefix("| `")?.split_once("` | not used: ");
        let not_used: Vec<&str> = table.filter_map(row).map(|(name, _)| name).collect();
        assert_eq!(not_used, NOT_USED);
    }
}
