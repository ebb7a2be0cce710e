//! What a process has of the machine it runs on, while its threads rest.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// What the fitted line may rise from its beginning to its end, in KiB: what a heap gains by being cut into other pieces. It is the
/// same for every time, so the slope that it allows is the smaller the longer the soak.
const RISE: f64 = 2048.0;

/// The memory in KiB without files, and the open descriptors.
#[derive(Debug, Clone, Copy)]
struct Figures {
    memory: f64,
    descriptors: usize,
}

impl Figures {
    fn of(process: u32) -> Result<Self> {
        let folder = format!("/proc/{process}");
        let status = fs::read_to_string(format!("{folder}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let memory = line.and_then(|line| line.split_whitespace().next());
        Ok(Self {
            memory: memory.context("no RssAnon")?.parse()?,
            descriptors: fs::read_dir(format!("{folder}/fd"))?.count(),
        })
    }
}

/// The figures of a process that is never killed, at each rest since it has all that it needs.
pub(crate) struct Growth {
    process: u32,
    began: Instant,
    warm: Duration,
    samples: Vec<(f64, Figures)>,
}

impl Growth {
    pub(crate) fn new(process: u32, warm: Duration) -> Self {
        Self {
            process,
            began: Instant::now(),
            warm,
            samples: Vec::new(),
        }
    }

    /// Measures it at a rest. At each, it has the same files open.
    pub(crate) fn measure(&mut self) -> Result<()> {
        let now = self.began.elapsed();
        if now < self.warm {
            return Ok(());
        }
        let figures = Figures::of(self.process)?;
        self.samples.push((now.as_secs_f64(), figures));
        let first = self.samples.first().map(|(_, first)| first.descriptors);
        ensure!(
            first.is_none_or(|first| figures.descriptors <= first),
            "a process has more and more descriptors: {}",
            self.history()
        );
        Ok(())
    }

    /// The rise of its memory in KiB, which fails above the limit.
    pub(crate) fn rise(&self) -> Result<f64> {
        ensure!(self.samples.len() > 3, "too few rests: {}", self.history());
        let count = self.samples.len() as f64;
        let mean =
            |of: &dyn Fn(&(f64, Figures)) -> f64| self.samples.iter().map(of).sum::<f64>() / count;
        let (time, memory) = (mean(&|(time, _)| *time), mean(&|(_, now)| now.memory));
        let both = mean(&|(at, now)| (at - time) * (now.memory - memory));
        let spread = mean(&|(at, _)| (at - time) * (at - time));
        let ends = self.samples.first().zip(self.samples.last());
        let rise = both / spread * ends.map_or(0.0, |(first, last)| last.0 - first.0);
        ensure!(
            rise < RISE,
            "the memory of a process rises by {rise:.0} KiB: {}",
            self.history()
        );
        Ok(rise)
    }

    fn history(&self) -> String {
        let all = self.samples.iter().map(|(time, now)| {
            format!(
                "{time:.0} s: {} KiB, {} descriptors",
                now.memory, now.descriptors
            )
        });
        all.collect::<Vec<_>>().join("; ")
    }
}
