//! Destroys GPU instances with their compute instances, or the compute instance of a MIG device.
//!
//! `cargo run --example destroy_mig -- --gpu-instance 1`, `-- --all`, or `-- --device 0:1` for a MIG device.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::{ArgGroup, Parser};
use nvml_mig::instance::GpuInstanceId;
use nvml_mig::{AnyDevice, Device, GpuInstance};

/// Destroy GPU instances with their compute instances, or the compute instance of a MIG device
#[derive(Debug, Parser)]
#[command(group(ArgGroup::new("which").args(["all", "gpu_instance"])))]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// Destroy all instances of the GPU
    #[arg(long, required_unless_present_any = ["gpu_instance", "device"])]
    all: bool,
    /// ID of a GPU instance to destroy
    #[arg(long, value_name = "ID")]
    gpu_instance: Option<u32>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| arguments.destroy(options.any_device(session.nvml())?))
}

impl Arguments {
    fn destroy(&self, device: AnyDevice) -> Result<(), Box<dyn Error>> {
        if let (AnyDevice::Mig(device), false, None) = (&device, self.all, self.gpu_instance) {
            let (uuid, compute_instance) = (device.uuid()?, device.compute_instance()?);
            compute_instance.destroy()?;
            return common::print(&format!("destroyed the compute instance of {uuid}\n"));
        }
        for gpu_instance in self.gpu_instances(&common::gpu(device)?)? {
            destroy_whole(gpu_instance)?;
        }
        Ok(())
    }

    fn gpu_instances(&self, device: &Device) -> Result<Vec<GpuInstance>, Box<dyn Error>> {
        match (self.gpu_instance, self.all) {
            (Some(id), _) => Ok(vec![device.gpu_instance_by_id(GpuInstanceId::new(id))?]),
            (None, true) => Ok(device.gpu_instances()?),
            (None, false) => Err(
                "select what to destroy: --all, --gpu-instance ID, or a MIG device with --device"
                    .into(),
            ),
        }
    }
}

/// The compute instances must be destroyed first. A busy one is refused, and then its GPU instance stays.
fn destroy_whole(gpu_instance: GpuInstance) -> Result<(), Box<dyn Error>> {
    let (id, placement) = (gpu_instance.id(), gpu_instance.placement());
    for compute_instance in gpu_instance.compute_instances()? {
        compute_instance.destroy()?;
    }
    gpu_instance.destroy()?;
    common::print(&format!("destroyed GPU instance {id} at {placement}\n"))
}
