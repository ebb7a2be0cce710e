//! The metrics of GPM.

use core::fmt;

use nvml_mig_sys::nvmlGpmMetricId_t as Id;

use crate::id::c_enum;

c_enum! {
/// A metric of a GPU instance. nvml.h has several hundred; [`Other`](Self::Other) selects one without a name here.
#[doc(alias = "nvmlGpmMetricId_t")]
GpmMetric {
    /// Share of time in which any graphics or compute engine was busy, in percent.
    GraphicsUtilization = Id::NVML_GPM_METRIC_GRAPHICS_UTIL.0, "NVML_GPM_METRIC_GRAPHICS_UTIL";
    /// Share of SMs that were busy, in percent.
    SmUtilization = Id::NVML_GPM_METRIC_SM_UTIL.0, "NVML_GPM_METRIC_SM_UTIL";
    /// Active warps as a share of the maximum, in percent.
    SmOccupancy = Id::NVML_GPM_METRIC_SM_OCCUPANCY.0, "NVML_GPM_METRIC_SM_OCCUPANCY";
    /// Utilization of integer units, in percent.
    IntegerUtilization = Id::NVML_GPM_METRIC_INTEGER_UTIL.0, "NVML_GPM_METRIC_INTEGER_UTIL";
    /// Utilization of tensor cores of any type, in percent.
    TensorUtilization = Id::NVML_GPM_METRIC_ANY_TENSOR_UTIL.0, "NVML_GPM_METRIC_ANY_TENSOR_UTIL";
    /// Utilization of memory bandwidth, in percent.
    MemoryBandwidthUtilization = Id::NVML_GPM_METRIC_DRAM_BW_UTIL.0, "NVML_GPM_METRIC_DRAM_BW_UTIL";
    /// Utilization of 64-bit floating-point units, in percent.
    Fp64Utilization = Id::NVML_GPM_METRIC_FP64_UTIL.0, "NVML_GPM_METRIC_FP64_UTIL";
    /// Utilization of 32-bit floating-point units, in percent.
    Fp32Utilization = Id::NVML_GPM_METRIC_FP32_UTIL.0, "NVML_GPM_METRIC_FP32_UTIL";
    /// Utilization of 16-bit floating-point units, in percent.
    Fp16Utilization = Id::NVML_GPM_METRIC_FP16_UTIL.0, "NVML_GPM_METRIC_FP16_UTIL";
    /// Data sent over PCI Express, in MiB per second.
    PcieTransmitted = Id::NVML_GPM_METRIC_PCIE_TX_PER_SEC.0, "NVML_GPM_METRIC_PCIE_TX_PER_SEC";
    /// Data received over PCI Express, in MiB per second.
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
