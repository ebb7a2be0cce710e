//! The agent of a Kubernetes node: keeps its GPUs in the layout that a label of the node names.

mod clients;
mod cluster;
mod controller;
mod delay;
mod findings;
mod fit;
mod fit_schedule;
mod goodbye;
mod gpu_error;
mod gpu_work;
mod had;
mod http;
mod idle;
mod job;
mod layout_file;
mod lease;
mod memory;
mod metrics;
mod names;
mod node_patch;
mod node_view;
mod outcome;
mod pods;
mod policy;
mod reboot;
mod reboot_run;
mod recovery;
mod report;
mod request;
mod results;
mod rival;
mod seen;
mod state;
mod step;
mod survey;
mod survivors;
mod telling;
#[cfg(test)]
mod tests;
mod throttle;
mod verdict;
mod view;
mod watch;
mod watches;
mod worker;

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kube::{Client, Config};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::arguments::AgentOptions;
use crate::change::signals;
use crate::console::note;
use crate::exit::{Exit, Usage};
use crate::machine::MachineOptions;

use cluster::Cluster;
use controller::Controller;
use gpu_work::GpuWork;
use metrics::Metrics;
use policy::Policy;
use throttle::Throttle;
use view::View;
use worker::Worker;

/// Runs until SIGTERM, SIGINT or a hang-up.
///
/// # Errors
///
/// [`Usage`] with simulated GPUs, which would be others each time, and those of the address and of the cluster's configuration. An
/// API server that does not answer is waited for.
pub(crate) fn run(
    options: &AgentOptions,
    machine: &MachineOptions,
) -> Result<Exit, Box<dyn Error>> {
    if !machine.is_real() {
        let sentence =
            "the agent needs GPUs that stay: run it with nvml-mig-sim run to simulate them";
        return Err(Usage(sentence.to_owned()).into());
    }
    signals::leave_to_others();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(options, machine));
    // A watch that waits for an answer does not hold up the end.
    runtime.shutdown_background();
    ended.map(|()| Exit::Done)
}

async fn serve(options: &AgentOptions, machine: &MachineOptions) -> Result<(), Box<dyn Error>> {
    let ends = [
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
        signal(SignalKind::hangup())?,
    ];
    let hang_limit = Duration::from_secs(options.hang_limit);
    let metrics = Arc::new(Metrics::new(hang_limit));
    http::serve(options.listen, Arc::clone(&metrics)).await?;
    let config = Config::infer().await;
    let config = config.map_err(|error| Usage(format!("no cluster is known: {error}")))?;
    let client = Client::try_from(config)?;
    let mut worker = worker(options, machine, client, metrics)?;
    let file = (options.config_map.clone(), options.config_map_key.clone());
    let sights = watches::watches(&worker.cluster, file);
    note(&format!(
        "agent {} of node {}",
        options.identity, options.node
    ));
    let stop = tokio::spawn(stop_at(ends));
    worker.work(sights, stop).await;
    worker.end().await;
    Ok(())
}

/// Waits for a signal, and stops the work between two steps.
async fn stop_at([mut terminate, mut interrupt, mut hang_up]: [Signal; 3]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    signals::stop();
}

fn worker(
    options: &AgentOptions,
    machine: &MachineOptions,
    client: Client,
    metrics: Arc<Metrics>,
) -> io::Result<Worker> {
    let file = format!("ConfigMap {}", options.config_map);
    let policy = Policy::new(options, boot_id(machine)?);
    Ok(Worker {
        cluster: Cluster::new(client, options),
        identity: options.identity.clone(),
        controller: Controller::new(policy),
        gpus: GpuWork::new(options, machine, file),
        metrics,
        reboot_command: options.reboot_command.clone().unwrap_or_default(),
        reboot_limit: Duration::from_secs(options.reboot_limit),
        reboot: None,
        view: View::default(),
        job: None,
        failures: 0,
        was_away: false,
        throttle: Throttle::default(),
        try_again_at: None,
        told_of: None,
        is_answered: false,
        hang_limit: Duration::from_secs(options.hang_limit),
    })
}

/// Reads the id of this boot. It is the same in a container, in which the host's files may be few.
fn boot_id(machine: &MachineOptions) -> io::Result<String> {
    let name = "sys/kernel/random/boot_id";
    let hosts = fs::read_to_string(machine.driver_files().proc().join(name));
    let id = hosts.or_else(|_| fs::read_to_string(Path::new("/proc").join(name)))?;
    Ok(id.trim().to_owned())
}
