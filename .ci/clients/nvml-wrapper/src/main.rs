//! nvml-wrapper, as it is published, on an H100 SXM with MIG mode off.

use std::fmt::{Debug, Display};
use std::process::ExitCode;
use std::ptr;

use nvml_wrapper::error::{NvmlError, nvml_try};
use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{
    nvmlComputeInstance_t, nvmlComputeInstancePlacement_t, nvmlGpuInstance_t,
    nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t,
};

const MIB: u64 = 1 << 20;

/// Calls a C function that nvml-wrapper does not wrap.
macro_rules! raw {
    ($nvml:expr, $function:ident($($argument:expr),*)) => {{
        let function = $nvml.lib().$function.as_ref();
        let function = function.map_err(|error| error.to_string())?;
        // SAFETY: the handles are this library's own, and the pointers are to variables of the right type.
        nvml_try(unsafe { function($($argument),*) })
    }};
}

fn main() -> ExitCode {
    match check() {
        Ok(()) => {
            println!("nvml-wrapper sees what it should");
            ExitCode::SUCCESS
        }
        Err(difference) => {
            eprintln!("{difference}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), String> {
    let nvml = Nvml::init().map_err(|error| error.to_string())?;
    let gpu = nvml.device_by_index(0).map_err(|error| error.to_string())?;
    same("name", gpu.name(), "NVIDIA H100 80GB HBM3".to_owned())?;
    let memory = gpu.memory_info();
    same("memory", memory.map(|memory| memory.total / MIB), 81559)?;
    switch(&gpu, true)?;
    profiles(&gpu)?;

    let parent = create_gpu_instance(&nvml, &gpu)?;
    let mut compute: nvmlComputeInstance_t = ptr::null_mut();
    let second = nvmlComputeInstancePlacement_t { start: 1, size: 1 };
    let made = raw!(
        nvml,
        nvmlGpuInstanceCreateComputeInstanceWithPlacement(parent, 0, &second, &mut compute)
    );
    same("compute instance", made, ())?;
    let uuid = mig_device(&nvml, &gpu)?;

    refused(
        "destroyed",
        raw!(nvml, nvmlGpuInstanceDestroy(parent)),
        "InUse",
    )?;
    refused("disabled", gpu.set_mig_mode(false), "InUse")?;
    same(
        "destroy",
        raw!(nvml, nvmlComputeInstanceDestroy(compute)),
        (),
    )?;
    refused("found again", nvml.device_by_uuid(uuid), "NotFound")?;
    same("destroy", raw!(nvml, nvmlGpuInstanceDestroy(parent)), ())?;
    switch(&gpu, false)
}

fn switch(gpu: &Device<'_>, on: bool) -> Result<(), String> {
    let mode = || gpu.mig_mode().map(|mode| (mode.current, mode.pending));
    same("mode before", mode(), ((!on).into(), (!on).into()))?;
    same("activation", gpu.set_mig_mode(on), 0)?;
    same("mode", mode(), (on.into(), on.into()))?;
    let most = if on { 7 } else { 0 };
    same("MIG devices", gpu.mig_device_count(), most)
}

/// Number, id, slices, instances, MiB, SMs.
const PROFILES: [[u64; 6]; 7] = [
    [0, 19, 1, 7, 9984, 16],
    [1, 14, 2, 3, 20096, 32],
    [2, 9, 3, 2, 40448, 60],
    [3, 5, 4, 1, 40448, 64],
    [4, 0, 7, 1, 81152, 132],
    [7, 20, 1, 1, 9984, 16],
    [9, 15, 1, 4, 20096, 26],
];

fn profiles(gpu: &Device<'_>) -> Result<(), String> {
    for row in PROFILES {
        let number = row[0];
        let found = gpu.profile_info(number as u32).map(|info| {
            let [id, slices] = [info.id, info.slice_count].map(u64::from);
            let [instances, sms] = [info.instance_count, info.multiprocessor_count].map(u64::from);
            [number, id, slices, instances, info.memory_size_mb, sms]
        });
        same("profile", found, row)?;
    }
    refused("profile", gpu.profile_info(5), "NotSupported")?;
    refused("profile", gpu.profile_info(0x100), "InvalidArg")
}

/// A 2g.20gb at the second of its three places.
fn create_gpu_instance(nvml: &Nvml, gpu: &Device<'_>) -> Result<nvmlGpuInstance_t, String> {
    let mut instance: nvmlGpuInstance_t = ptr::null_mut();
    let place = nvmlGpuInstancePlacement_t { start: 2, size: 2 };
    // SAFETY: the handle is used while `gpu` lives.
    let handle = unsafe { gpu.handle() };
    let mut create = || -> Result<_, String> {
        Ok(raw!(
            nvml,
            nvmlDeviceCreateGpuInstanceWithPlacement(handle, 14, &place, &mut instance)
        ))
    };
    same("GPU instance", create()?, ())?;
    // nvml-wrapper has no name for INSUFFICIENT_RESOURCES.
    refused("a second one there", create()?, "UnexpectedVariant(23)")?;

    // SAFETY: numbers and pointers may be zero.
    let mut info: nvmlGpuInstanceInfo_t = unsafe { std::mem::zeroed() };
    same(
        "info",
        raw!(nvml, nvmlGpuInstanceGetInfo(instance, &mut info)),
        (),
    )?;
    let found = [
        info.id,
        info.profileId,
        info.placement.start,
        info.placement.size,
    ];
    same("info", Ok::<_, NvmlError>(found), [4, 14, 2, 2])?;
    let (mut listed, mut count) = ([ptr::null_mut(); 8], 0);
    let list = listed.as_mut_ptr();
    same(
        "list",
        raw!(
            nvml,
            nvmlDeviceGetGpuInstances(handle, 14, list, &mut count)
        ),
        (),
    )?;
    same(
        "list",
        Ok::<_, NvmlError>((count, listed[0])),
        (1, instance),
    )?;
    Ok(instance)
}

fn mig_device(nvml: &Nvml, gpu: &Device<'_>) -> Result<String, String> {
    let device = gpu.mig_device_by_index(0);
    let device = device.map_err(|error| error.to_string())?;
    refused("second MIG device", gpu.mig_device_by_index(1), "NotFound")?;
    same("is one", device.mig_is_mig_device_handle(), true)?;
    same("is one", gpu.mig_is_mig_device_handle(), false)?;
    let name = "NVIDIA H100 80GB HBM3 MIG 1c.2g.20gb";
    same("name", device.name(), name.to_owned())?;
    let uuid = device.uuid().map_err(|error| error.to_string())?;
    let again = nvml.device_by_uuid(&*uuid);
    same(
        "by UUID",
        again.and_then(|device| device.name()),
        name.to_owned(),
    )?;
    let parent = device.mig_parent_device();
    let gpu_uuid = gpu.uuid().map_err(|error| error.to_string())?;
    same("parent", parent.and_then(|parent| parent.uuid()), gpu_uuid)?;
    let found = device.attributes().map(|has| {
        let [sms, copy] = [has.multiprocessor_count, has.shared_copy_engine_count];
        let [decoders, encoders] = [has.shared_decoder_count, has.shared_encoder_count];
        let [jpeg, ofa] = [has.shared_jpeg_count, has.shared_ofa_count];
        let slices = [
            has.gpu_instance_slice_count,
            has.compute_instance_slice_count,
        ];
        (
            [sms, copy, decoders, encoders, jpeg, ofa],
            slices,
            has.memory_size_mb,
        )
    });
    same("attributes", found, ([16, 2, 2, 0, 2, 0], [2, 1], 20096))?;
    let memory = device.memory_info().map(|memory| memory.total / MIB);
    same("memory", memory, 20096)?;
    Ok(uuid)
}

fn same<T: Debug + PartialEq, E: Display>(
    what: &str,
    found: Result<T, E>,
    expected: T,
) -> Result<(), String> {
    match found {
        Ok(found) if found == expected => Ok(()),
        Ok(found) => Err(format!("{what}: expected {expected:?}, found {found:?}")),
        Err(error) => Err(format!("{what}: expected {expected:?}, found: {error}")),
    }
}

/// The error's name is that of its code.
fn refused<T: Debug>(
    what: &str,
    found: Result<T, NvmlError>,
    expected: &str,
) -> Result<(), String> {
    match found {
        Err(error) if format!("{error:?}") == expected => Ok(()),
        other => Err(format!("{what}: expected {expected}, found {other:?}")),
    }
}
