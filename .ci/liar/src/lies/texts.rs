//! Texts: without an end, not UTF-8, with characters that a terminal carries out, empty, and past their end.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::profiles::fields;
use super::{Expected, Lie, Telling};
use crate::driver::{honest, tell};

/// Bytes that are no text in UTF-8, without an end.
const NO_UTF8: &[u8] = b"\xC3\x28\xFF\xFE\x80";
/// Clears the screen, writes text from right to left, and ends a line.
const FOR_TERMINALS: &[u8] = b"\x1B[2J\x07\xE2\x80\xAE\r\n";

/// Fills a text with these bytes, without an end.
///
/// # Safety
///
/// The text has this length.
unsafe fn fill(text: *mut c_char, length: usize, with: &[u8]) {
    for (index, byte) in with.iter().cycle().take(length).enumerate() {
        // SAFETY: the index is below the length.
        unsafe { text.add(index).write(byte.cast_signed() as c_char) };
    }
}

/// Writes three lies about the text that a function writes.
macro_rules! texts {
    ($function:ident($($argument:ident: $type:ty),*), $text:expr, $length:expr => $endless:ident $no_utf8:ident $for_terminals:ident) => {
        lie!($endless = $function($($argument: $type),*) { fill($text, $length as usize, b"A") });
        lie!($no_utf8 = $function($($argument: $type),*) { fill($text, $length as usize, NO_UTF8) });
        lie!($for_terminals = $function($($argument: $type),*) {
            fill($text, $length as usize, FOR_TERMINALS);
            $text.add($length as usize - 1).write(0);
        });
    };
}

type Profile = *mut sys::nvmlGpuInstanceProfileInfo_v2_t;
type ComputeProfile = *mut sys::nvmlComputeInstanceProfileInfo_v2_t;

texts!(nvmlDeviceGetName(device: sys::nvmlDevice_t, name: *mut c_char, length: c_uint), name, length => name_without_end name_no_utf8 name_for_terminals);
texts!(nvmlDeviceGetUUID(device: sys::nvmlDevice_t, uuid: *mut c_char, length: c_uint), uuid, length => uuid_without_end uuid_no_utf8 uuid_for_terminals);
texts!(nvmlSystemGetDriverVersion(version: *mut c_char, length: c_uint), version, length => driver_without_end driver_no_utf8 driver_for_terminals);
texts!(nvmlSystemGetNVMLVersion(version: *mut c_char, length: c_uint), version, length => nvml_without_end nvml_no_utf8 nvml_for_terminals);
texts!(nvmlSystemGetProcessName(pid: c_uint, name: *mut c_char, length: c_uint), name, length => process_without_end process_no_utf8 process_for_terminals);
texts!(nvmlDeviceGetPciInfo_v3(device: sys::nvmlDevice_t, info: *mut sys::nvmlPciInfo_t), (*info).busId.as_mut_ptr(), (*info).busId.len() => pci_without_end pci_no_utf8 pci_for_terminals);
texts!(nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: Profile), fields(info).name.as_mut_ptr(), 96 => profile_without_end profile_no_utf8 profile_for_terminals);
// The name has the same place in each version.
texts!(nvmlGpuInstanceGetComputeInstanceProfileInfoV(instance: sys::nvmlGpuInstance_t, profile: c_uint, engines: c_uint, info: ComputeProfile), (*info).name.as_mut_ptr(), (*info).name.len() => compute_profile_without_end compute_profile_no_utf8 compute_profile_for_terminals);

lie!(name_past_its_end = nvmlDeviceGetName(device: sys::nvmlDevice_t, name: *mut c_char, length: c_uint) {
    name.write_bytes(b'A', length as usize + 32);
});
lie!(empty_uuid = nvmlDeviceGetUUID(device: sys::nvmlDevice_t, uuid: *mut c_char, _length: c_uint) {
    uuid.write(0);
});
lie!(the_same_uuid = nvmlDeviceGetUUID(device: sys::nvmlDevice_t, uuid: *mut c_char, _length: c_uint) {
    let text = c"GPU-00000000-0000-0000-0000-000000000000".to_bytes_with_nul();
    fill(uuid, text.len(), text);
});

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    lies! { Told:
        name_without_end: nvmlDeviceGetName,
        name_no_utf8: nvmlDeviceGetName,
        name_for_terminals: nvmlDeviceGetName,
        name_past_its_end: nvmlDeviceGetName,
        uuid_without_end: nvmlDeviceGetUUID,
        uuid_no_utf8: nvmlDeviceGetUUID,
        uuid_for_terminals: nvmlDeviceGetUUID,
        empty_uuid: nvmlDeviceGetUUID,
        the_same_uuid: nvmlDeviceGetUUID,
        driver_without_end: nvmlSystemGetDriverVersion,
        driver_no_utf8: nvmlSystemGetDriverVersion,
        driver_for_terminals: nvmlSystemGetDriverVersion,
        nvml_without_end: nvmlSystemGetNVMLVersion,
        nvml_no_utf8: nvmlSystemGetNVMLVersion,
        nvml_for_terminals: nvmlSystemGetNVMLVersion,
        process_without_end: nvmlSystemGetProcessName,
        process_no_utf8: nvmlSystemGetProcessName,
        process_for_terminals: nvmlSystemGetProcessName,
        pci_without_end: nvmlDeviceGetPciInfo_v3,
        pci_no_utf8: nvmlDeviceGetPciInfo_v3,
        pci_for_terminals: nvmlDeviceGetPciInfo_v3,
        profile_without_end: nvmlDeviceGetGpuInstanceProfileInfoV,
        profile_no_utf8: nvmlDeviceGetGpuInstanceProfileInfoV,
        profile_for_terminals: nvmlDeviceGetGpuInstanceProfileInfoV,
        compute_profile_without_end: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
        compute_profile_no_utf8: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
        compute_profile_for_terminals: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
    }
}
