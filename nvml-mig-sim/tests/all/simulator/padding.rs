//! C's padding in structures is written as zero: what lies on the simulator's stack is none of a client's business, and
//! equal answers have equal bytes. Process records are compared byte for byte in `processes`.

use nvml_mig_sim::Simulator;

use super::nvml::{Nvml, SUCCESS, c};

const UNTOUCHED: u8 = 0xaa;

/// The bytes that a call writes into a structure of `size` bytes that starts with a version word.
fn written(version: u32, size: usize, call: impl FnOnce(*mut u64) -> u32) -> Vec<u8> {
    let mut words = [u64::from_ne_bytes([UNTOUCHED; 8]); 32];
    let place = words.as_mut_ptr();
    // SAFETY: the first four bytes of the array are a number.
    unsafe { place.cast::<u32>().write(version) };
    assert_eq!(call(place), SUCCESS, "{version:#x}");
    let bytes = words.iter().flat_map(|word| word.to_ne_bytes());
    bytes.take(size).collect()
}

#[test]
fn memory() {
    let nvml = Nvml::start(Simulator::builder());
    let gpu = nvml.gpu(0);
    let bytes = written(0x0200_0028, 40, |place| {
        c!(nvml, nvmlDeviceGetMemoryInfo_v2(gpu, place.cast()))
    });
    assert_eq!(bytes[..8], [0x28, 0, 0, 2, 0, 0, 0, 0]);
    assert_eq!(bytes[8..16], (24_u64 << 30).to_ne_bytes());
}

/// Before the memory size in version 2, and at the end in version 3.
#[test]
fn gpu_instance_profiles() {
    let nvml = Nvml::start(Simulator::builder());
    let gpu = nvml.gpu(0);
    for (version, padding) in [(0x0200_0098, 44..48), (0x0300_0098, 148..152)] {
        let bytes = written(version, 152, |place| {
            c!(
                nvml,
                nvmlDeviceGetGpuInstanceProfileInfoV(gpu, 0, place.cast())
            )
        });
        assert_eq!(bytes[padding], [0; 4], "{version:#x}");
    }
}
