//! An NVML library that answers every question at once with a constant: what a caller adds to a call is all that there is
//! to measure.

#![allow(non_snake_case, reason = "C's names")]

use core::ffi::{c_char, c_int, c_uint, c_void};

/// `NVML_SUCCESS`.
const SUCCESS: c_int = 0;

type Device = *mut c_void;

#[repr(C)]
pub struct Memory {
    total: u64,
    free: u64,
    used: u64,
}

/// Writes functions that take nothing and succeed.
macro_rules! successes {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            pub extern "C" fn $name() -> c_int {
                SUCCESS
            }
        )*
    };
}

successes! { nvmlInit_v2 nvmlShutdown }

#[unsafe(no_mangle)]
pub extern "C" fn nvmlInitWithFlags(_flags: c_uint) -> c_int {
    SUCCESS
}

/// Writes functions that give one number.
macro_rules! numbers {
    ($($name:ident = $number:literal;)*) => {
        $(
            /// # Safety
            ///
            /// As NVML: `out` must be valid for writes.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(_device: Device, out: *mut c_uint) -> c_int {
                // SAFETY: the caller's part.
                unsafe { out.write($number) };
                SUCCESS
            }
        )*
    };
}

numbers! {
    nvmlDeviceGetIndex = 0;
    nvmlDeviceGetMinorNumber = 0;
    nvmlDeviceGetMaxMigDeviceCount = 7;
    nvmlDeviceGetArchitecture = 7;
}

/// # Safety
///
/// As NVML: `count` must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCount_v2(count: *mut c_uint) -> c_int {
    // SAFETY: the caller's part.
    unsafe { count.write(1) };
    SUCCESS
}

/// # Safety
///
/// As NVML: `version` must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetCudaDriverVersion(version: *mut c_int) -> c_int {
    // SAFETY: the caller's part.
    unsafe { version.write(12_040) };
    SUCCESS
}

/// # Safety
///
/// As NVML: `version` must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetCudaDriverVersion_v2(version: *mut c_int) -> c_int {
    // SAFETY: the caller's part.
    unsafe { version.write(12_040) };
    SUCCESS
}

/// # Safety
///
/// As NVML: `device` must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHandleByIndex_v2(_: c_uint, device: *mut Device) -> c_int {
    // SAFETY: the caller's part.
    unsafe { device.write(core::ptr::without_provenance_mut(0x1000)) };
    SUCCESS
}

/// # Safety
///
/// As NVML: both must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMigMode(
    _device: Device,
    current: *mut c_uint,
    pending: *mut c_uint,
) -> c_int {
    // SAFETY: the caller's part.
    unsafe { current.write(1) };
    // SAFETY: the caller's part.
    unsafe { pending.write(1) };
    SUCCESS
}

/// # Safety
///
/// As NVML: both must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCudaComputeCapability(
    _device: Device,
    major: *mut c_int,
    minor: *mut c_int,
) -> c_int {
    // SAFETY: the caller's part.
    unsafe { major.write(8) };
    // SAFETY: the caller's part.
    unsafe { minor.write(0) };
    SUCCESS
}

/// # Safety
///
/// As NVML: `memory` must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMemoryInfo(_device: Device, memory: *mut Memory) -> c_int {
    let answer = Memory {
        total: 3,
        free: 2,
        used: 1,
    };
    // SAFETY: the caller's part.
    unsafe { memory.write(answer) };
    SUCCESS
}

/// The second version of [`Memory`], which nvml-wrapper asks for.
#[repr(C)]
pub struct MemoryV2 {
    version: c_uint,
    total: u64,
    reserved: u64,
    free: u64,
    used: u64,
}

/// # Safety
///
/// As NVML: `memory` must be valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMemoryInfo_v2(
    _device: Device,
    memory: *mut MemoryV2,
) -> c_int {
    let answer = MemoryV2 {
        version: 2 << 24 | 40,
        total: 4,
        reserved: 1,
        free: 2,
        used: 1,
    };
    // SAFETY: the caller's part.
    unsafe { memory.write(answer) };
    SUCCESS
}

/// Writes functions that give a text.
macro_rules! texts {
    ($($name:ident = $text:literal;)*) => {
        $(
            /// # Safety
            ///
            /// As NVML: `out` must have room for the text.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(_device: Device, out: *mut c_char, _: c_uint) -> c_int {
                let text: &[u8] = concat!($text, "\0").as_bytes();
                // SAFETY: the caller's part.
                unsafe { out.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len()) };
                SUCCESS
            }
        )*
    };
}

texts! {
    nvmlDeviceGetName = "NVIDIA A100-SXM4-40GB";
    nvmlDeviceGetUUID = "GPU-d8cc0821-ca1b-5f17-921e-62483ae9e543";
}
