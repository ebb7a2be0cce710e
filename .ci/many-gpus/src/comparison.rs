//! One sequence of requests under one policy.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use nvml_mig::plan::GpuModel;

use crate::cluster::{Cluster, Site};
use crate::policy::{Policy, Scheduler};
use crate::workload::Arrival;

/// What came of a sequence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub requests: usize,
    pub refused: usize,
    /// Memory slices of the refused requests, and of all.
    pub refused_slices: usize,
    pub slices: usize,
    pub moved: usize,
    pub time: Duration,
    pub longest: Duration,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.refused += other.refused;
        self.refused_slices += other.refused_slices;
        self.slices += other.slices;
        self.moved += other.moved;
        self.time += other.time;
        self.longest = self.longest.max(other.longest);
    }
}

/// Runs the requests, gives instances back at the end of their lifetimes, and counts.
pub fn run(model: &GpuModel, gpus: usize, policy: Policy, arrivals: &[Arrival]) -> Result<Figures> {
    let mut scheduler = Scheduler::new(policy, Cluster::new(model, gpus))?;
    let mut figures = Figures::default();
    // By the number of the request; and those that end, by when.
    let mut sites: BTreeMap<usize, Site> = BTreeMap::new();
    let mut ends: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, &arrival) in arrivals.iter().enumerate() {
        for ended in ends.remove(&number).unwrap_or_default() {
            if let Some(site) = sites.remove(&ended) {
                scheduler.cluster.remove(site);
                scheduler.follow([site.gpu])?;
            }
        }
        let began = Instant::now();
        let placed = scheduler.place(arrival)?;
        let time = began.elapsed();
        figures.time += time;
        figures.longest = figures.longest.max(time);
        figures.requests += 1;
        let slices = model.profiles[arrival.profile].memory_slices() as usize;
        figures.slices += slices;
        let Some(placed) = placed else {
            figures.refused += 1;
            figures.refused_slices += slices;
            continue;
        };
        figures.moved += placed.moved.len();
        let moved: BTreeMap<(usize, u32), Site> = placed
            .moved
            .iter()
            .map(|(from, to)| ((from.gpu, from.start), *to))
            .collect();
        if !moved.is_empty() {
            for site in sites.values_mut() {
                if let Some(to) = moved.get(&(site.gpu, site.start)) {
                    *site = *to;
                }
            }
        }
        sites.insert(number, placed.site);
        ends.entry(number + arrival.lifetime)
            .or_default()
            .push(number);
        scheduler.follow(placed.changed)?;
    }
    Ok(figures)
}

/// The pool after the requests, each placed by the first device in the order of NVIDIA's DRA driver, as found in practice.
pub fn fragmented(model: &GpuModel, gpus: usize, arrivals: &[Arrival]) -> Result<Cluster> {
    let mut scheduler = Scheduler::new(Policy::DraOrder, Cluster::new(model, gpus))?;
    let mut ends: BTreeMap<usize, Vec<Site>> = BTreeMap::new();
    for (number, &arrival) in arrivals.iter().enumerate() {
        for site in ends.remove(&number).unwrap_or_default() {
            scheduler.cluster.remove(site);
        }
        if let Some(placed) = scheduler.place(arrival)? {
            ends.entry(number + arrival.lifetime)
                .or_default()
                .push(placed.site);
        }
    }
    Ok(scheduler.cluster)
}
