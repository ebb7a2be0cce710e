//! Creates a GPU instance with a compute instance, and prints how to use the resulting MIG device.
//!
//! `cargo run --example create_mig`, or `cargo run --example create_mig -- --simulate a100-sxm4-40gb`.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use nvml_mig::profile::{
    ComputeInstanceProfile, ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo,
};
use nvml_mig::{ComputeInstance, Device, GpuInstance};

/// Create a GPU instance with a compute instance
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// The GPU instance: a profile name such as 4g.24gb, or a number of slices; by default 4 slices, with a compute instance of 2
    #[arg(long, value_name = "PROFILE")]
    gpu_instance: Option<String>,
    /// The compute instance: a profile name such as 2c.4g.24gb, or a number of slices; by default all slices of the GPU instance
    #[arg(long, value_name = "PROFILE")]
    compute_instance: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| arguments.create(&options.device(session.nvml())?))
}

impl Arguments {
    fn create(&self, device: &Device) -> Result<(), Box<dyn Error>> {
        common::print(&format!("GPU: {} {}\n", device.name()?, device.uuid()?))?;
        let profile = self.gpu_instance_profile(device)?;
        print_gpu_instance_profile(&profile)?;
        let gpu_instance = device.create_gpu_instance(profile.id)?;
        match self.create_compute_instance(&gpu_instance, profile.name.as_str()) {
            Ok(compute_instance) => report(&gpu_instance, &compute_instance),
            Err(error) => Err(undo(gpu_instance, &*error)),
        }
    }

    fn create_compute_instance(
        &self,
        parent: &GpuInstance,
        whole: &str,
    ) -> Result<ComputeInstance, Box<dyn Error>> {
        let profile = self.compute_instance_profile(parent, whole)?;
        print_compute_instance_profile(&profile)?;
        Ok(parent.create_compute_instance(profile.id)?)
    }

    fn gpu_instance_profile(
        &self,
        device: &Device,
    ) -> Result<GpuInstanceProfileInfo, nvml_mig::Error> {
        let text = self.gpu_instance.as_deref().unwrap_or("4");
        match text.parse().ok().and_then(GpuInstanceProfile::with_slices) {
            Some(profile) => device.gpu_instance_profile(profile),
            None => device.gpu_instance_profile_by_name(text),
        }
    }

    fn compute_instance_profile(
        &self,
        parent: &GpuInstance,
        whole: &str,
    ) -> Result<ComputeInstanceProfileInfo, nvml_mig::Error> {
        // The compute instance with all slices has the name of the GPU instance.
        let other = if self.gpu_instance.is_some() {
            whole
        } else {
            "2"
        };
        let text = self.compute_instance.as_deref().unwrap_or(other);
        let slices = text.parse().ok();
        match slices.and_then(ComputeInstanceProfile::with_slices) {
            Some(profile) => parent.compute_instance_profile(profile),
            None => parent.compute_instance_profile_by_name(text),
        }
    }
}

/// Destroys a GPU instance whose compute instance could not be created: no program could use it.
fn undo(gpu_instance: GpuInstance, cause: &dyn Error) -> Box<dyn Error> {
    let id = gpu_instance.id();
    match gpu_instance.destroy() {
        Ok(()) => format!("{cause}; the new GPU instance {id} was destroyed again").into(),
        Err(error) => {
            format!("{cause}; the new GPU instance {id} could not be destroyed: {error}").into()
        }
    }
}

fn report(
    gpu_instance: &GpuInstance,
    compute_instance: &ComputeInstance,
) -> Result<(), Box<dyn Error>> {
    let (first, second) = (gpu_instance, compute_instance);
    common::print(&format!(
        "GPU instance: id {}, placement {}\nCompute instance: id {}, placement {}\n",
        first.id(),
        first.placement(),
        second.id(),
        second.placement()
    ))?;
    let mig_device = compute_instance.mig_device()?;
    let uuid = mig_device.uuid()?;
    common::print(&format!(
        "MIG device: {} {uuid}\nTo use it: CUDA_VISIBLE_DEVICES={uuid}\n",
        mig_device.name()?
    ))
}

fn print_gpu_instance_profile(profile: &GpuInstanceProfileInfo) -> Result<(), Box<dyn Error>> {
    common::print(&format!(
        "GPU instance profile: {} (id {})\n  slices {}, memory {} MiB, SMs {}, copy engines {}, decoders {}, encoders {}, JPEG {}, OFA {}; at most {} on this GPU\n",
        profile.name,
        profile.id,
        profile.slice_count,
        profile.memory_mib,
        profile.multiprocessor_count,
        profile.copy_engine_count,
        profile.decoder_count,
        profile.encoder_count,
        profile.jpeg_count,
        profile.ofa_count,
        profile.instance_count,
    ))
}

fn print_compute_instance_profile(
    profile: &ComputeInstanceProfileInfo,
) -> Result<(), Box<dyn Error>> {
    common::print(&format!(
        "Compute instance profile: {} (id {})\n  slices {}, SMs {}; shared: copy engines {}, decoders {}, encoders {}, JPEG {}, OFA {}; at most {} in this GPU instance\n",
        profile.name,
        profile.id,
        profile.slice_count,
        profile.multiprocessor_count,
        profile.shared_copy_engine_count,
        profile.shared_decoder_count,
        profile.shared_encoder_count,
        profile.shared_jpeg_count,
        profile.shared_ofa_count,
        profile.instance_count,
    ))
}
