//! What goes wrong meanwhile, and the rests in between.

use std::fmt;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nvml_mig::MachineLock;
use nvml_mig_testing::brute_force::random::Chance;

use crate::audit::audit;
use crate::crew::Crew;
use crate::figures::Growth;
use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::site::{Site, count_left, lock, set_boot};
use crate::tally::Tally;

/// The functions that fail, and the codes.
const FUNCTIONS: [&str; 10] = [
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    "nvmlGpuInstanceDestroy",
    "nvmlComputeInstanceDestroy",
    "nvmlDeviceGetGpuInstances",
    "nvmlGpuInstanceGetInfo",
    "nvmlComputeInstanceGetInfo_v2",
    "nvmlDeviceGetUUID",
];
const CODES: [u32; 5] = [4, 10, 15, 19, 999];
/// Between two rests.
const WORK: Duration = Duration::from_secs(3);
/// What must have happened; otherwise nothing was tried.
const NEEDED: [&str; 7] = [
    "created and destroyed",
    "listed",
    "watched",
    "applied",
    "faults",
    "kills",
    "reboots",
];

/// What was done, and what the processes did that lived to the end.
pub(crate) struct Trouble {
    tally: Tally,
    rises: Vec<f64>,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rises: Vec<_> = self.rises.iter().map(|rise| format!("{rise:.0}")).collect();
        write!(
            f,
            "{}{} KiB more memory at the end",
            self.tally,
            rises.join(" and ")
        )
    }
}

/// The processes, and what is known of them.
struct Soak<'a> {
    site: &'a Site,
    crew: Crew<'a>,
    gate: Gate,
    ledger: Ledger<'a>,
    chance: Chance,
    growth: Vec<Growth>,
    tally: Tally,
    began: Instant,
    time: Duration,
    /// Processes that were killed since the last rest.
    killed: usize,
    /// Instances that errors had named until the last rest.
    left: usize,
    rested: Instant,
}

/// Makes trouble for so long, and then lets the processes end.
pub(crate) fn make(site: &Site, processes: usize, time: Duration) -> Result<Trouble> {
    let ledger = Ledger::new(&site.simulator, site.folder())?;
    let crew = Crew::start(site, processes)?;
    let growth = crew.lasting().map(|process| Growth::new(process, time / 5));
    let growth = growth.collect();
    let mut soak = Soak {
        site,
        crew,
        gate: Gate::new(site.folder())?,
        ledger,
        chance: Chance::new(site.seed),
        growth,
        tally: Tally::default(),
        began: Instant::now(),
        time,
        killed: 0,
        left: 0,
        rested: Instant::now(),
    };
    while soak.began.elapsed() < time {
        soak.disturb()?;
    }
    soak.finish()
}

impl Soak<'_> {
    fn disturb(&mut self) -> Result<()> {
        sleep(Duration::from_millis(100 + self.chance.below(400) as u64));
        self.crew.check()?;
        match self.chance.below(40) {
            0..=24 => self.fault()?,
            25..=32 => self.ledger.clear()?,
            // What nobody can be blamed for shows at a rest before which nobody was killed, such as the last.
            33..=36 if self.began.elapsed() < self.time.mul_f64(0.9) => {
                let any = self.chance.below(self.crew.mortals());
                let mortal = self.changing()?.unwrap_or(any);
                self.kill(mortal)?;
            }
            _ => {}
        }
        if self.rested.elapsed() > WORK {
            self.rest()?;
            self.gate.open()?;
        }
        Ok(())
    }

    /// Makes one call fail, or all until the faults are taken back.
    fn fault(&mut self) -> Result<()> {
        let (function, code) = (self.chance.of(&FUNCTIONS), self.chance.of(&CODES));
        let nth = if self.chance.one_in(8) {
            0
        } else {
            1 + self.chance.below(30)
        };
        self.ledger.fail(function, u32::try_from(nth)?, *code)?;
        self.tally.count("faults");
        Ok(())
    }

    /// Waits a little for a mortal to change the planned GPU, so that its journal remains.
    fn changing(&self) -> Result<Option<usize>> {
        let folder = lock(self.site.folder());
        for _ in 0..100 {
            let files = fs::read_dir(&folder)?.flatten();
            let is_open = files
                .map(|file| file.path())
                .any(|path| path.extension() == Some("journal".as_ref()));
            let holder = MachineLock::holder(&folder)?.filter(|_| is_open);
            if let Some(mortal) = holder.and_then(|holder| self.crew.mortal(holder.pid)) {
                return Ok(Some(mortal));
            }
            sleep(Duration::from_millis(1));
        }
        Ok(None)
    }

    fn kill(&mut self, mortal: usize) -> Result<()> {
        self.crew.replace(mortal)?;
        self.killed += 1;
        self.tally.count("kills");
        Ok(())
    }

    /// Lets all threads rest, and looks at the machine and at the processes. In the first half every third time the machine reboots; in
    /// the second half the library stays open.
    fn rest(&mut self) -> Result<()> {
        let rests = self.tally.of("rests");
        let reboots = rests % 3 == 1 && self.began.elapsed() < self.time / 2;
        if reboots {
            (0..self.crew.mortals()).try_for_each(|mortal| self.kill(mortal))?;
        }
        self.ledger.clear()?;
        let _passed = self.gate.shut()?;
        self.crew.check()?;
        self.growth.iter_mut().try_for_each(Growth::measure)?;
        if reboots {
            self.site.simulator.reboot(false)?;
            self.tally.count("reboots");
            set_boot(self.site.folder(), self.tally.of("reboots"))?;
        }
        let named = count_left(self.site.folder())?;
        let new = named - self.left;
        let left = if reboots {
            0
        } else {
            self.killed * self.site.threads + new
        };
        if audit(self.site, left, reboots)? {
            self.tally.count("recovered");
        }
        self.tally.count("rests");
        (self.killed, self.left, self.rested) = (0, named, Instant::now());
        Ok(())
    }

    fn finish(mut self) -> Result<Trouble> {
        self.rest()?;
        let rises = self
            .growth
            .iter()
            .map(Growth::rise)
            .collect::<Result<_>>()?;
        self.gate.end()?;
        self.tally.join(self.crew.end()?);
        self.tally
            .add("instances that errors named as left", self.left as u64);
        for what in NEEDED {
            ensure!(self.tally.of(what) > 0, "nothing was {what}");
        }
        Ok(Trouble {
            tally: self.tally,
            rises,
        })
    }
}
