//! The processes. The first two are never killed, so that they can grow.

use std::io::Read;
use std::process::Child;

use anyhow::{Context, Result, ensure};

use crate::site::Site;
use crate::tally::Tally;

pub(crate) const LASTING: usize = 2;

pub(crate) struct Crew<'a> {
    site: &'a Site,
    children: Vec<Child>,
    /// Number of processes that were started.
    started: u64,
}

impl<'a> Crew<'a> {
    pub(crate) fn start(site: &'a Site, processes: usize) -> Result<Self> {
        let mut crew = Self {
            site,
            children: Vec::new(),
            started: 0,
        };
        for _ in 0..processes {
            let child = crew.another()?;
            crew.children.push(child);
        }
        Ok(crew)
    }

    /// The process ids of those that are never killed.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = u32> {
        self.children.iter().take(LASTING).map(Child::id)
    }

    /// Number of those that can be killed.
    pub(crate) const fn mortals(&self) -> usize {
        self.children.len() - LASTING
    }

    /// Fails if one has ended, or said that something is wrong.
    pub(crate) fn check(&mut self) -> Result<()> {
        for child in &mut self.children {
            let ended = child.try_wait()?;
            self.site.check_said()?;
            ensure!(ended.is_none(), "a process ended: {ended:?}");
        }
        Ok(())
    }

    /// The number among the mortals of the process with this id.
    pub(crate) fn mortal(&self, process: u32) -> Option<usize> {
        let mut mortals = self.children.iter().skip(LASTING);
        mortals.position(|child| child.id() == process)
    }

    /// Kills one of the mortals, and starts another one in its place.
    pub(crate) fn replace(&mut self, mortal: usize) -> Result<()> {
        let place = LASTING + mortal;
        let killed = self.children.get_mut(place).context("no such process")?;
        killed.kill()?;
        killed.wait()?;
        let another = self.another()?;
        if let Some(killed) = self.children.get_mut(place) {
            *killed = another;
        }
        Ok(())
    }

    fn another(&mut self) -> Result<Child> {
        self.started += 1;
        self.site.start(self.started)
    }

    /// Waits for the end of all, and returns what they did.
    pub(crate) fn end(mut self) -> Result<Tally> {
        let tally = Tally::default();
        for child in &mut self.children {
            let status = child.wait()?;
            self.site.check_said()?;
            ensure!(status.success(), "a process ended with {status}");
            let mut printed = String::new();
            let output = child.stdout.as_mut().context("no output")?;
            output.read_to_string(&mut printed)?;
            tally.join(printed.parse()?);
        }
        Ok(tally)
    }
}

/// After a failure nobody stops them.
impl Drop for Crew<'_> {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
