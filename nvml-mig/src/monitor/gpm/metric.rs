//! What GPM measures.

use core::fmt;

use nvml_mig_sys::nvmlGpmMetricId_t as Id;

use crate::id::c_enum;

c_enum! {
/// A metric of a GPU instance. nvml.h has several hundred; those without a name here go by their number.
#[doc(alias = "nvmlGpmMetricId_t")]
GpmMetric {
    /// Time in which any graphics or compute engine was busy, in percent.
    GraphicsUtilization = Id::NVML_GPM_METRIC_GRAPHICS_UTIL.0, "NVML_GPM_METRIC_GRAPHICS_UTIL";
    /// SMs that were busy, in percent.
    SmUtilization = Id::NVML_GPM_METRIC_SM_UTIL.0, "NVML_GPM_METRIC_SM_UTIL";
    /// Warps that were active of those that could be, in percent.
    SmOccupancy = Id::NVML_GPM_METRIC_SM_OCCUPANCY.0, "NVML_GPM_METRIC_SM_OCCUPANCY";
    /// Integer units, in percent.
    IntegerUtilization = Id::NVML_GPM_METRIC_INTEGER_UTIL.0, "NVML_GPM_METRIC_INTEGER_UTIL";
    /// Any tensor cores, in percent.
    TensorUtilization = Id::NVML_GPM_METRIC_ANY_TENSOR_UTIL.0, "NVML_GPM_METRIC_ANY_TENSOR_UTIL";
    /// Memory bandwidth, in percent.
    MemoryBandwidthUtilization = Id::NVML_GPM_METRIC_DRAM_BW_UTIL.0, "NVML_GPM_METRIC_DRAM_BW_UTIL";
    /// Units for 64-bit floating point, in percent.
    Fp64Utilization = Id::NVML_GPM_METRIC_FP64_UTIL.0, "NVML_GPM_METRIC_FP64_UTIL";
    /// Units for 32-bit floating point, in percent.
    Fp32Utilization = Id::NVML_GPM_METRIC_FP32_UTIL.0, "NVML_GPM_METRIC_FP32_UTIL";
    /// Units for 16-bit floating point, in percent.
    Fp16Utilization = Id::NVML_GPM_METRIC_FP16_UTIL.0, "NVML_GPM_METRIC_FP16_UTIL";
    /// Sent over PCI Express, in MiB per second.
    PcieTransmitted = Id::NVML_GPM_METRIC_PCIE_TX_PER_SEC.0, "NVML_GPM_METRIC_PCIE_TX_PER_SEC";
    /// Received over PCI Express, in MiB per second.
    PcieReceived = Id::NVML_GPM_METRIC_PCIE_RX_PER_SEC.0, "NVML_GPM_METRIC_PCIE_RX_PER_SEC";
}
}

impl fmt::Display for GpmMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GraphicsUtilization => "graphics utilization",
            Self::SmUtilization => "SM utilization",
            Self::SmOccupancy => "SM occupancy",
            Self::IntegerUtilization => "integer utilization",
            Self::TensorUtilization => "tensor utilization",
            Self::MemoryBandwidthUtilization => "memory bandwidth utilization",
            Self::Fp64Utilization => "FP64 utilization",
            Self::Fp32Utilization => "FP32 utilization",
            Self::Fp16Utilization => "FP16 utilization",
            Self::PcieTransmitted => "PCIe transmitted",
            Self::PcieReceived => "PCIe received",
            Self::Other(number) => return write!(f, "metric {number}"),
        })
    }
}
