//! Properties and state of a GPU. MIG devices answer like their GPU, unless that makes no sense.

use core::ffi::{c_int, c_uint, c_ulong};

use nvml_mig_sys::{
    nvmlBrandType_t, nvmlDevice_t, nvmlDeviceArchitecture_t, nvmlEnableState_t,
    nvmlGpuVirtualizationMode_t, nvmlReturn_t,
};

use super::call;
use super::pointers::{Out, number};
use crate::machine::{Device, Refusal, Virtualization};

/// The C structure `nvmlUtilization_t`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Utilization {
    gpu: c_uint,
    memory: c_uint,
}

/// Returns the chip generation.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn nvmlDeviceGetArchitecture(
    device: nvmlDevice_t,
    architecture: Out<nvmlDeviceArchitecture_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetArchitecture(device, architecture),
        |machine| {
            let gpu = machine.device(number(device))?.gpu();
            architecture.write(gpu.board.architecture.number())
        }
    )
}

/// Returns the product line; all boards with MIG are plain "NVIDIA".
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetBrand(
    device: nvmlDevice_t,
    brand: Out<nvmlBrandType_t>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetBrand(device, brand), |machine| {
        machine.device(number(device))?;
        brand.write(nvmlBrandType_t::NVML_BRAND_NVIDIA)
    })
}

/// Returns the CUDA compute capability.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetCudaComputeCapability(
    device: nvmlDevice_t,
    major: Out<c_int>,
    minor: Out<c_int>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetCudaComputeCapability(device, major, minor),
        |machine| {
            let gpu = machine.device(number(device))?.gpu();
            minor.require()?;
            major.write(gpu.board.compute_capability.0)?;
            minor.write(gpu.board.compute_capability.1)
        }
    )
}

/// Returns on: a simulated driver is never unloaded.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetPersistenceMode(
    device: nvmlDevice_t,
    mode: Out<nvmlEnableState_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetPersistenceMode(device, mode),
        |machine| {
            machine.device(number(device))?;
            mode.write(nvmlEnableState_t::NVML_FEATURE_ENABLED)
        }
    )
}

/// Returns how the GPU is attached to the machine.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetVirtualizationMode(
    device: nvmlDevice_t,
    mode: Out<nvmlGpuVirtualizationMode_t>,
) -> nvmlReturn_t {
    use nvmlGpuVirtualizationMode_t as Mode;
    call!(
        answer,
        nvmlDeviceGetVirtualizationMode(device, mode),
        |machine| {
            let gpu = machine.device(number(device))?.gpu();
            mode.write(match gpu.virtualization {
                Virtualization::None => Mode::NVML_GPU_VIRTUALIZATION_MODE_NONE,
                Virtualization::PassThrough => Mode::NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH,
                Virtualization::VgpuGuest => Mode::NVML_GPU_VIRTUALIZATION_MODE_VGPU,
                Virtualization::VgpuHost => Mode::NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU,
            })
        }
    )
}

/// Returns idle. Refused while MIG mode is on, as by a real driver (MIG user guide).
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetUtilizationRates(
    device: nvmlDevice_t,
    utilization: Out<Utilization>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetUtilizationRates(device, utilization),
        |machine| {
            let found = machine.device(number(device))?;
            utilization.require()?;
            match found {
                Device::Gpu(gpu) if !gpu.mig_mode.current => {
                    utilization.write(Utilization { gpu: 0, memory: 0 })
                }
                _ => Err(Refusal::NotSupported),
            }
        }
    )
}

/// Returns the first CPU, which every machine has.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetCpuAffinity(
    device: nvmlDevice_t,
    cpu_set_size: c_uint,
    cpu_set: Out<c_ulong>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetCpuAffinity(device, cpu_set_size, cpu_set),
        |machine| {
            machine.device(number(device))?;
            if cpu_set_size == 0 {
                return Err(Refusal::InvalidArgument);
            }
            (0..cpu_set_size)
                .try_for_each(|word| cpu_set.write_at(word as usize, (word == 0).into()))
        }
    )
}
