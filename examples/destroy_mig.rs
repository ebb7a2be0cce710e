//! Destroys GPU instances and their compute instances, or only compute instances.
//!
//! `cargo run --example destroy_mig -- --gpu-instance 1 --dry-run`, `-- --all`, or `-- --device 0:1` for the compute instance
//! of a MIG device.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::{ArgGroup, Parser};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::{AnyDevice, ComputeInstance, Device, GpuInstance};

/// Destroy GPU instances and their compute instances, or only compute instances
///
/// With a MIG device in --device, such as 0:1 or MIG-..., its compute instance is destroyed.
#[derive(Debug, Parser)]
#[command(group(ArgGroup::new("which").args(["all", "gpu_instance"])))]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// Destroy all instances of the GPU
    #[arg(long, required_unless_present_any = ["gpu_instance", "device"])]
    all: bool,
    /// ID of a GPU instance to destroy; may be repeated
    #[arg(long, value_name = "ID")]
    gpu_instance: Vec<u32>,
    /// ID of a compute instance in that GPU instance; destroys only this one; may be repeated
    #[arg(long, value_name = "ID", requires = "gpu_instance")]
    compute_instance: Vec<u32>,
    /// Print what would be destroyed, but destroy nothing
    #[arg(long)]
    dry_run: bool,
}

/// An instance to destroy.
enum Target {
    Gpu(GpuInstance),
    Compute(ComputeInstance),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| arguments.destroy(options.any_device(session)?))
}

impl Arguments {
    /// Looks up every target before destroying the first, so that a wrong ID changes nothing.
    fn destroy(&self, device: AnyDevice) -> Result<(), Box<dyn Error>> {
        let targets = match device {
            AnyDevice::Mig(device) if !self.all && self.gpu_instance.is_empty() => {
                vec![Target::Compute(device.compute_instance()?)]
            }
            device => self.targets(&common::gpu(device)?)?,
        };
        let will = if self.dry_run {
            "would destroy"
        } else {
            "will destroy"
        };
        let lines = targets
            .iter()
            .map(|target| format!("{will} {}\n", target.describe()));
        let plan: String = lines.collect();
        common::print(if plan.is_empty() {
            "there is nothing to destroy\n"
        } else {
            &plan
        })?;
        if self.dry_run {
            return Ok(());
        }
        targets.into_iter().try_for_each(Target::destroy)
    }

    fn targets(&self, device: &Device) -> Result<Vec<Target>, Box<dyn Error>> {
        if self.all {
            let mut targets = Vec::new();
            for instance in device.gpu_instances()? {
                targets.extend(with_compute_instances(instance)?);
            }
            return Ok(targets);
        }
        if self.gpu_instance.is_empty() {
            return Err(
                "select what to destroy: --all, --gpu-instance ID, or a MIG device with --device"
                    .into(),
            );
        }
        if !self.compute_instance.is_empty() {
            return self.compute_targets(device);
        }
        let mut targets = Vec::new();
        for id in &self.gpu_instance {
            let instance = device.gpu_instance_by_id(GpuInstanceId::new(*id))?;
            targets.extend(with_compute_instances(instance)?);
        }
        Ok(targets)
    }

    fn compute_targets(&self, device: &Device) -> Result<Vec<Target>, Box<dyn Error>> {
        let [parent] = self.gpu_instance.as_slice() else {
            return Err(
                "--compute-instance needs exactly one --gpu-instance, the one that contains it"
                    .into(),
            );
        };
        let parent = device.gpu_instance_by_id(GpuInstanceId::new(*parent))?;
        let find = |id: &u32| parent.compute_instance_by_id(ComputeInstanceId::new(*id));
        let found = self.compute_instance.iter().map(find);
        Ok(found
            .map(|instance| instance.map(Target::Compute))
            .collect::<Result<_, _>>()?)
    }
}

/// Returns a GPU instance, preceded by its compute instances, which must be destroyed first.
fn with_compute_instances(instance: GpuInstance) -> Result<Vec<Target>, nvml_mig::Error> {
    let compute_instances = instance.compute_instances()?;
    let mut targets: Vec<Target> = compute_instances.into_iter().map(Target::Compute).collect();
    targets.push(Target::Gpu(instance));
    Ok(targets)
}

impl Target {
    fn describe(&self) -> String {
        match self {
            Self::Gpu(instance) => {
                format!("GPU instance {} at {}", instance.id(), instance.placement())
            }
            Self::Compute(instance) => {
                format!(
                    "compute instance {} of GPU instance {}",
                    instance.id(),
                    instance.gpu_instance_id()
                )
            }
        }
    }

    fn destroy(self) -> Result<(), Box<dyn Error>> {
        let what = self.describe();
        match self {
            Self::Gpu(instance) => instance.destroy()?,
            Self::Compute(instance) => instance.destroy()?,
        }
        common::print(&format!("destroyed {what}\n"))
    }
}
