//! What GPM measures.

use nvml_mig_sys::nvmlGpmMetricId_t as Id;

/// Writes the enum and its numbers from one table.
macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident = $constant:ident, $alias:literal;)*) => {
        /// A metric of a GPU instance. nvml.h has several hundred; those without a name here go by their number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        #[doc(alias = "nvmlGpmMetricId_t")]
        pub enum GpmMetric {
            $($(#[$doc])* #[doc(alias = $alias)] $name,)*
            /// The metric with this number in nvml.h.
            Other(u32),
        }

        impl GpmMetric {
            /// The number that C has for it.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self {
                    $(Self::$name => Id::$constant.0,)*
                    Self::Other(number) => number,
                }
            }
        }
    };
}

metrics! {
    /// Time in which any graphics or compute engine was busy, in percent.
    GraphicsUtilization = NVML_GPM_METRIC_GRAPHICS_UTIL, "NVML_GPM_METRIC_GRAPHICS_UTIL";
    /// SMs that were busy, in percent.
    SmUtilization = NVML_GPM_METRIC_SM_UTIL, "NVML_GPM_METRIC_SM_UTIL";
    /// Warps that were active of those that could be, in percent.
    SmOccupancy = NVML_GPM_METRIC_SM_OCCUPANCY, "NVML_GPM_METRIC_SM_OCCUPANCY";
    /// Integer units, in percent.
    IntegerUtilization = NVML_GPM_METRIC_INTEGER_UTIL, "NVML_GPM_METRIC_INTEGER_UTIL";
    /// Any tensor cores, in percent.
    TensorUtilization = NVML_GPM_METRIC_ANY_TENSOR_UTIL, "NVML_GPM_METRIC_ANY_TENSOR_UTIL";
    /// Memory bandwidth, in percent.
    MemoryBandwidthUtilization = NVML_GPM_METRIC_DRAM_BW_UTIL, "NVML_GPM_METRIC_DRAM_BW_UTIL";
    /// Units for 64-bit floating point, in percent.
    Fp64Utilization = NVML_GPM_METRIC_FP64_UTIL, "NVML_GPM_METRIC_FP64_UTIL";
    /// Units for 32-bit floating point, in percent.
    Fp32Utilization = NVML_GPM_METRIC_FP32_UTIL, "NVML_GPM_METRIC_FP32_UTIL";
    /// Units for 16-bit floating point, in percent.
    Fp16Utilization = NVML_GPM_METRIC_FP16_UTIL, "NVML_GPM_METRIC_FP16_UTIL";
    /// Sent over PCI Express, in MiB per second.
    PcieTransmitted = NVML_GPM_METRIC_PCIE_TX_PER_SEC, "NVML_GPM_METRIC_PCIE_TX_PER_SEC";
    /// Received over PCI Express, in MiB per second.
    PcieReceived = NVML_GPM_METRIC_PCIE_RX_PER_SEC, "NVML_GPM_METRIC_PCIE_RX_PER_SEC";
}
