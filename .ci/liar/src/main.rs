//! Calls the safe crate on a driver that lies, one lie at a time: nothing may panic, hang, write past a buffer (under
//! AddressSanitizer), or destroy an instance with a process on it: `cargo run -- [SECONDS [NAME]]`, with a time limit for each
//! lie, and only those whose name contains NAME.

mod ask;
mod lies;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lies::{LIES, Lie};
use nvml_mig::sys::Library;
use nvml_mig::{Device, Nvml};
use nvml_mig_sim::{GpuSpec, Process, Simulator, Vgpu, VgpuPlacements, VgpuRun, Virtualization};

/// More than all questions of one lie take, in seconds, with AddressSanitizer and on a busy machine.
const LIMIT: u64 = 20;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let limit = arguments.next().map(|seconds| seconds.parse());
    let limit = Duration::from_secs(limit.transpose()?.unwrap_or(LIMIT));
    let name = arguments.next().unwrap_or_default();
    let lies = LIES.iter().filter(|lie| lie.name.contains(&name));
    let mut count = 0;
    for lie in lies {
        let told = told(lie, limit).with_context(|| lie.name)?;
        println!("{}: {}", lie.name, told.join("; "));
        count += 1;
    }
    ensure!(count > 0, "no lie is called {name}");
    println!("{count} lies");
    Ok(())
}

/// A machine with a busy and an idle GPU instance, and everything that is asked of it; returns the errors.
fn told(lie: &Lie, limit: Duration) -> Result<Vec<String>> {
    // The newest driver without nvmlEventSetWait_v3, so that a lie about version 2 is heard.
    let builder = Simulator::builder().driver_version("610.10");
    let host = GpuSpec::new("rtx-pro-6000-bse").virtualization(Virtualization::VgpuHost);
    let builder = builder.gpu(GpuSpec::new("h100-sxm5-80gb")).gpu(host);
    let simulator = builder.start()?;
    let honest = Nvml::init_from(simulator.library_path())?;
    let device = honest.device_by_index(0)?;
    let profile = device.gpu_instance_profile_by_name("3g.40gb")?.id;
    let busy = device.create_mig_device(profile)?.gpu_instance_id()?;
    device.create_mig_device(profile)?;
    let process = Process::new(0, 4242).gpu_instance(busy.number());
    simulator.busy(process.compute_instance(0))?;

    share(&simulator, &honest.device_by_index(1)?)?;

    let library = Library::open_path(simulator.library_path())?;
    let symbols = lies::table(*library.symbols(), lie);
    // SAFETY: the functions are those of a library that stays open, but for one, whose lies the crate must bear.
    let library = unsafe { Library::from_symbols(symbols, simulator.library_path()) };
    let began = Instant::now();
    let asked = catch_unwind(AssertUnwindSafe(|| ask::everything(library)));
    let told = asked.ok().context("it panicked")?;
    let took = began.elapsed();
    ensure!(took < limit, "it took {took:?}");
    ensure!(
        device.gpu_instance_by_id(busy).is_ok(),
        "the busy instance was destroyed"
    );
    Ok(told)
}

/// A GPU instance with a vGPU, placements for more, and a log.
fn share(simulator: &Simulator, device: &Device) -> Result<()> {
    let profile = device.gpu_instance_profile_by_name("1g.24gb+gfx")?.id;
    let gpu_instance = device.create_gpu_instance(profile)?;
    gpu_instance.set_vgpu_heterogeneous_mode(true)?;
    let id = gpu_instance.id().number();
    simulator.start_vgpu(Vgpu::new(1, 1546, 7).gpu_instance(id))?;
    for vgpu_type in [1546, 1558, 1560] {
        let placements = VgpuPlacements {
            vgpu_type,
            size: 2,
            ids: vec![2, 4],
        };
        simulator.set_vgpu_placements(1, id, placements)?;
    }
    simulator.log_vgpu_run(1, id, 1, VgpuRun::default())?;
    Ok(())
}
