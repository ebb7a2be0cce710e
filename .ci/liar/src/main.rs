//! Calls the safe crate on a driver that lies, one lie at a time: nothing may panic, hang, write past a buffer (under
//! AddressSanitizer), or destroy an instance with a process on it.

mod ask;
mod lies;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lies::{LIES, Lie};
use nvml_mig::Nvml;
use nvml_mig::sys::Library;
use nvml_mig_sim::{GpuSpec, Process, Simulator};

/// More than all questions of one lie take, with AddressSanitizer and on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

fn main() -> Result<()> {
    for lie in LIES {
        let told = told(lie).with_context(|| lie.name)?;
        println!("{}: {}", lie.name, told.join("; "));
    }
    println!("{} lies", LIES.len());
    Ok(())
}

/// A machine with a busy and an idle GPU instance, and everything that is asked of it; returns the errors.
fn told(lie: &Lie) -> Result<Vec<String>> {
    // The newest driver without nvmlEventSetWait_v3, so that a lie about version 2 is heard.
    let builder = Simulator::builder().driver_version("580.95.05");
    let simulator = builder.gpu(GpuSpec::new("h100-sxm5-80gb")).start()?;
    let honest = Nvml::init_from(simulator.library_path())?;
    let device = honest.device_by_index(0)?;
    let profile = device.gpu_instance_profile_by_name("3g.40gb")?.id;
    let busy = device.create_mig_device(profile)?.gpu_instance_id()?;
    device.create_mig_device(profile)?;
    let process = Process::new(0, 4242).gpu_instance(busy.number());
    simulator.busy(process.compute_instance(0))?;

    let library = Library::open_path(simulator.library_path())?;
    let symbols = lies::table(*library.symbols(), lie);
    // SAFETY: the functions are those of a library that stays open, but for one, whose lies the crate must bear.
    let library = unsafe { Library::from_symbols(symbols, simulator.library_path()) };
    let began = Instant::now();
    let asked = catch_unwind(AssertUnwindSafe(|| ask::everything(library)));
    let told = asked.ok().context("it panicked")?;
    let took = began.elapsed();
    ensure!(took < LIMIT, "it took {took:?}");
    ensure!(
        device.gpu_instance_by_id(busy).is_ok(),
        "the busy instance was destroyed"
    );
    Ok(told)
}
