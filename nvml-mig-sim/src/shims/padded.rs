//! Structures of nvml.h that C pads, with the padding as a field. Padding itself has no value: what happened to be on the
//! stack could be written to the client's buffer.

use core::ffi::{c_char, c_uint, c_ulonglong};
use core::mem::offset_of;

use nvml_mig_sys::{
    nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t, nvmlMemory_v2_t,
    nvmlProcessInfo_t,
};

/// Declares a structure like another, with four bytes of padding where `padding` stands.
macro_rules! padded {
    ($(
        $(#[$about:meta])*
        $padded:ident = $plain:ident {
            $($before:ident: $kind:ty,)*
        } padding {
            $($after:ident: $kind_after:ty,)*
        }
    )*) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, Copy)]
            #[repr(C)]
            pub(super) struct $padded {
                $($before: $kind,)*
                padding: c_uint,
                $($after: $kind_after,)*
            }

            impl From<$plain> for $padded {
                fn from(plain: $plain) -> Self {
                    Self {
                        $($before: plain.$before,)*
                        padding: 0,
                        $($after: plain.$after,)*
                    }
                }
            }

            const _: () = assert!(size_of::<$padded>() == size_of::<$plain>());
            $(const _: () = assert!(offset_of!($padded, $before) == offset_of!($plain, $before));)*
            $(const _: () = assert!(offset_of!($padded, $after) == offset_of!($plain, $after));)*
        )*
    };
}

padded! {
    /// A process with the IDs of its instances.
    ProcessInfo = nvmlProcessInfo_t {
        pid: c_uint,
    } padding {
        usedGpuMemory: c_ulonglong,
        gpuInstanceId: c_uint,
        computeInstanceId: c_uint,
    }

    /// Memory including the reserved part.
    MemoryV2 = nvmlMemory_v2_t {
        version: c_uint,
    } padding {
        total: c_ulonglong,
        reserved: c_ulonglong,
        free: c_ulonglong,
        used: c_ulonglong,
    }

    /// A GPU instance profile, version 2.
    GpuProfileV2 = nvmlGpuInstanceProfileInfo_v2_t {
        version: c_uint,
        id: c_uint,
        isP2pSupported: c_uint,
        sliceCount: c_uint,
        instanceCount: c_uint,
        multiprocessorCount: c_uint,
        copyEngineCount: c_uint,
        decoderCount: c_uint,
        encoderCount: c_uint,
        jpegCount: c_uint,
        ofaCount: c_uint,
    } padding {
        memorySizeMB: c_ulonglong,
        name: [c_char; 96],
    }

    /// A GPU instance profile, version 3.
    GpuProfileV3 = nvmlGpuInstanceProfileInfo_v3_t {
        version: c_uint,
        id: c_uint,
        sliceCount: c_uint,
        instanceCount: c_uint,
        multiprocessorCount: c_uint,
        copyEngineCount: c_uint,
        decoderCount: c_uint,
        encoderCount: c_uint,
        jpegCount: c_uint,
        ofaCount: c_uint,
        memorySizeMB: c_ulonglong,
        name: [c_char; 96],
        capabilities: c_uint,
    } padding {}
}
