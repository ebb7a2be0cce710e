//! docs/MANY_GPUS.md.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use nvml_mig::plan::GpuModel;

use crate::comparison::{Figures, run};
use crate::distance::{distance, pools};
use crate::policy::Policy;
use crate::refill::refill;
use crate::workload::{MIXES, Mix, arrivals};

const BOARD: &str = "h100-sxm5-80gb";

/// Each policy with its name on the page.
const POLICIES: [(&str, Policy); 6] = [
    ("first fit", Policy::FirstFit),
    ("best fit", Policy::BestFit),
    ("order of the DRA driver", Policy::DraOrder),
    (
        "`GpuPool::plan`, no moves",
        Policy::Planner {
            most_moves: 0,
            may_be_busy: false,
        },
    ),
    (
        "`GpuPool::plan`, at most 2 moves",
        Policy::Planner {
            most_moves: 2,
            may_be_busy: false,
        },
    ),
    (
        "the same, half of the instances busy",
        Policy::Planner {
            most_moves: 2,
            may_be_busy: true,
        },
    ),
];

/// Sequences: GPUs, requests in each, load in percent, and seeds.
const SEQUENCES: [(usize, usize, usize, &[u64]); 3] = [
    (8, 5000, 70, &[1, 2, 3]),
    (8, 5000, 90, &[1, 2, 3]),
    (800, 8000, 100, &[1]),
];

/// Pools for requests at once: GPUs, load in percent, and pools.
const POOLS: [(usize, usize, usize); 3] = [(8, 60, 100), (2000, 90, 10), (2000, 120, 10)];

/// Full GPUs from which instances are taken: GPUs, instances, and pools.
const REFILLS: [(usize, usize, u64); 8] = [
    (8, 10, 20),
    (12, 15, 20),
    (16, 15, 20),
    (30, 15, 20),
    (64, 16, 20),
    (200, 50, 20),
    (800, 200, 5),
    (2000, 500, 5),
];

/// Returns the page, measured anew, with what has at most so many GPUs.
pub fn page(most_gpus: usize) -> Result<String> {
    let is_small = |gpus: &usize| *gpus <= most_gpus;
    let board = nvml_mig_sim::catalogue::find(BOARD).context("no board")?;
    let model = nvml_mig_testing::brute_force::model_of(board);
    let mut page = String::from(HEAD);
    for (gpus, requests, load, seeds) in SEQUENCES.into_iter().filter(|(gpus, ..)| is_small(gpus)) {
        for mix in &MIXES {
            writeln!(page, "\n### {gpus} GPUs, {load} % load, {}\n", mix.name)?;
            writeln!(page, "{} requests.\n", requests * seeds.len())?;
            sequences(&mut page, &model, (gpus, requests, load, seeds), mix)?;
        }
    }
    page += DISTANCE;
    for pools in POOLS.into_iter().filter(|(gpus, ..)| is_small(gpus)) {
        distances(&mut page, &model, pools)?;
    }
    page += REFILL;
    for (gpus, taken, pools) in REFILLS.into_iter().filter(|(gpus, ..)| is_small(gpus)) {
        let found = refill(&model, gpus, taken, pools)?;
        let longest = milliseconds(found.longest);
        writeln!(
            page,
            "| {gpus} | {taken} | {pools} | {} | {} | {} | {longest:.1} |",
            found.refused, found.exact, found.moved
        )?;
    }
    Ok(page)
}

fn sequences(
    page: &mut String,
    model: &GpuModel,
    (gpus, requests, load, seeds): (usize, usize, usize, &[u64]),
    mix: &Mix,
) -> Result<()> {
    writeln!(
        page,
        "| policy | refused | refused, % of slices | moved | µs per request | longest, ms |\n|---|---|---|---|---|---|"
    )?;
    for (name, policy) in POLICIES {
        let mut all = Figures::default();
        for &seed in seeds {
            let arrivals = arrivals(model, mix, gpus, load, requests, seed);
            all.add(&run(model, gpus, policy, &arrivals)?);
        }
        let share = 100.0 * all.refused_slices as f64 / all.slices as f64;
        let mean = all.time.as_secs_f64() * 1e6 / all.requests as f64;
        let longest = milliseconds(all.longest);
        let (refused, moved) = (all.refused, all.moved);
        writeln!(
            page,
            "| {name} | {refused} | {share:.1} | {moved} | {mean:.1} | {longest:.1} |"
        )?;
    }
    Ok(())
}

fn distances(
    page: &mut String,
    model: &GpuModel,
    (gpus, load, count): (usize, usize, usize),
) -> Result<()> {
    writeln!(
        page,
        "\n### {gpus} GPUs, {load} % load\n\n{count} pools.\n\n\
         | requests | fit | too long | as good | no place for all | moves | moves one by one | room | room one by one \
         | longest, ms | longest one by one, ms |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )?;
    let pools = pools(model, gpus, load, count)?;
    for requests in [2, 4, 6, 8, 10, 12, 40] {
        let found = distance(model, &pools, requests);
        let [moves, other_moves] = found.moves;
        let [room, other_room] = found.room;
        let [longest, other_longest] = found.longest.map(milliseconds);
        writeln!(
            page,
            "| {requests} | {} | {} | {} | {} | {moves} | {other_moves} | {room} | {other_room} | {longest:.1} \
             | {other_longest:.1} |",
            found.planned, found.too_long, found.same, found.missed
        )?;
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The lines of two pages that differ in anything but times.
pub fn differences(committed: &str, measured: &str) -> Vec<String> {
    let (committed, measured): (Vec<_>, Vec<_>) =
        (committed.lines().collect(), measured.lines().collect());
    if committed.len() != measured.len() {
        let (committed, measured) = (committed.len(), measured.len());
        return vec![format!(
            "docs/MANY_GPUS.md has {committed} lines, and would have {measured}: run this with `write`"
        )];
    }
    let lines = committed.into_iter().zip(measured);
    let lines = lines.filter(|(one, other)| without_times(one) != without_times(other));
    lines
        .map(|(one, other)| format!("docs/MANY_GPUS.md has\n  {one}\nand measured was\n  {other}"))
        .collect()
}

/// The measured lines that the page does not have in this order, but for times.
pub fn lacking(committed: &str, measured: &str) -> Vec<String> {
    let (mut rest, mut lacking) = (committed.lines(), Vec::new());
    for line in measured.lines() {
        let mut ahead = rest.clone();
        if ahead.any(|other| without_times(other) == without_times(line)) {
            rest = ahead;
        } else {
            lacking.push(format!(
                "docs/MANY_GPUS.md lacks what was measured:\n  {line}"
            ));
        }
    }
    lacking
}

/// The line of a policy or of a number without its times, which are its last cells, and any other line as it is.
fn without_times(line: &str) -> &str {
    let is_policy = POLICIES
        .iter()
        .any(|(name, _)| line.starts_with(&format!("| {name} |")));
    let is_number = |cell: &str| cell.starts_with(|first: char| first.is_ascii_digit());
    let is_timed = is_policy || line.strip_prefix("| ").is_some_and(is_number);
    let cells: Vec<usize> = line.match_indices('|').map(|(index, _)| index).collect();
    let times = if cells.len() == REFILL_CELLS { 1 } else { 2 };
    match cells
        .len()
        .checked_sub(times + 1)
        .and_then(|cell| cells.get(cell))
    {
        Some(&end) if is_timed => &line[..end],
        _ => line,
    }
}

/// The bars of a line for full GPUs, which has one time.
const REFILL_CELLS: usize = 8;

const HEAD: &str = "# Many GPUs

This page is generated by `cargo run --release --manifest-path .ci/many-gpus/Cargo.toml -- write`. CI compares everything
but the times, which depend on the machine.

[`GpuPool::plan`](../nvml-mig/src/plan/pool.rs) decides on which GPU, and at which placement, requested GPU instances go.
Here it gets one request at a time, as a scheduler does, beside three other policies.

| policy | GPU | placement |
|---|---|---|
| first fit | the first with room | as the driver chooses |
| best fit | the one with the fewest free memory slices of those with room | as the driver chooses |
| order of the DRA driver | the first with room | the first in the order of names |
| `GpuPool::plan` | the fewest moves, then the most room that is left over all GPUs | the same |

The driver chooses the free placement that leaves the most placements of all sizes free, and of equal ones the first.

NVIDIA's [DRA driver](https://github.com/kubernetes-sigs/dra-driver-nvidia-gpu) lists, for each GPU in the order of PCI
addresses, all devices sorted by name, such as `gpu-0-mig-1g10gb-19-0` with the profile's ID and the start last
(`GenerateDriverResources` in `cmd/gpu-kubelet-plugin/driver.go`, `ToCanonicalName` in `mig.go` at 0545e9e); the scheduler
takes the first that fits, since DRA has no scoring. What is taken from it here is this order over one list of all GPUs,
and that a device needs its memory slices and media engines. Not taken: that Kubernetes chooses a node first, and the
counters of multiprocessors, copy engines and memory.

## Refused and moved

Requests for GPU instances of an H100 of 80 GB arrive one after another. Each instance is given back after a random number
of further requests, chosen so that on average the given share of all memory slices would be in use if nothing was refused.
A refused request does not come back. \"All profiles alike\" asks for 1g.10gb, 1g.20gb, 2g.20gb, 3g.40gb, 4g.40gb and 7g.80gb
equally often; \"mostly small\" for the first five in the ratio 10:3:4:2:1. Every policy gets the same requests. On 8 GPUs
the figures are sums over three seeds.

The times include the choice alone, in a release build. Those of `GpuPool::plan` grow with the number of GPUs, since a plan
reads the state of each.
";

const DISTANCE: &str = "
## One by one

If the best plan for several requests takes more than 2^20 steps, or 2^26 where at most 8 GPUs can change, they are placed
one after another, the largest first, and `PoolPlan::is_exact` is `false`. This is how far such plans are from the best: pools after 25 requests per GPU in the order
of the DRA driver at the given load, and further \"mostly small\" requests at once. Any number of instances may move.

\"Fit\" are the pools for which the exact search ended with a plan, \"too long\" those for which it did not end; the others have
no plan. \"As good\" has as few moves and as much room. Moves, and room in memory slices, are sums over the pools where both
have a plan. The longest plan includes placing one by one where the exact search is too long; the last column is one by
one alone.
";

const REFILL: &str = "
## Full GPUs

GPUs on which no memory slice is free, at random; then some instances are taken away, the others are moved to random GPUs and
places, and those that were taken are requested at once. There is a plan for all of them, which leaves no slice free, and any
number of instances may move. \"Exact\" are the plans that the exact search found, and moves the sum over all pools.

| GPUs | requests | pools | refused | exact | moves | longest, ms |
|---|---|---|---|---|---|---|
";
