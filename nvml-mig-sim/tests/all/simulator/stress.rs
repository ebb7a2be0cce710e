//! Many processes and threads make and destroy at random on one machine in a file, and some are killed: no instance is
//! lost or there twice. Two seconds; `NVML_MIG_SIM_STRESS_SECONDS` says otherwise.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use nvml_mig_sim::machine::HandleKind;
use nvml_mig_sim::store::FileStore;
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};

use super::child::{Client, child};
use super::nvml::{IN_USE, INSUFFICIENT_RESOURCES, INVALID_ARGUMENT, NOT_SUPPORTED, SUCCESS, c};

const PROCESSES: usize = 8;
const THREADS: u64 = 16;
const BOARDS: [&str; 2] = ["a100-sxm4-40gb", "h100-sxm5-80gb"];
/// Profile ids of GPU instances on both boards, and of compute instances.
const PROFILES: [u32; 6] = [19, 20, 15, 14, 9, 5];
const PARTS: [u32; 3] = [0, 1, 2];
/// What may be refused: what another made or destroyed in between.
const REFUSALS: [u32; 4] = [
    INVALID_ARGUMENT,
    NOT_SUPPORTED,
    IN_USE,
    INSUFFICIENT_RESOURCES,
];
const BETWEEN_KILLS: Duration = Duration::from_millis(100);

/// A small generator of numbers (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        (!choices.is_empty()).then(|| choices[self.below(choices.len())])
    }
}

/// One thread of a child. What it tells its journal is in the file when `tell` returns: a kill can't take it away.
struct Worker<'a> {
    client: &'a Client,
    journal: &'a File,
    thread: u64,
    numbers: Numbers,
}

impl Worker<'_> {
    fn tell(&mut self, text: &str) {
        let line = format!("{} {text}\n", self.thread);
        self.journal.write_all(line.as_bytes()).unwrap();
    }

    fn step(&mut self) {
        let gpu = self
            .client
            .gpu(u32::try_from(self.numbers.below(BOARDS.len())).unwrap());
        let profile = self.numbers.of(&PROFILES).unwrap();
        let part = self.numbers.of(&PARTS).unwrap();
        let found = list(|list, count| {
            c!(
                self.client,
                nvmlDeviceGetGpuInstances(gpu, profile, list, count)
            )
        });
        let parent = self.numbers.of(&found);
        match (self.numbers.below(4), parent) {
            (0, _) => {
                self.make(|nvml, made| c!(nvml, nvmlDeviceCreateGpuInstance(gpu, profile, made)));
            }
            (1, Some(parent)) => self.make(|nvml, made| {
                c!(
                    nvml,
                    nvmlGpuInstanceCreateComputeInstance(parent, part, made)
                )
            }),
            (2, Some(parent)) => {
                let inside = list(|list, count| {
                    c!(
                        self.client,
                        nvmlGpuInstanceGetComputeInstances(parent, part, list, count)
                    )
                });
                if let Some(inside) = self.numbers.of(&inside) {
                    let end = |nvml: &Client| c!(nvml, nvmlComputeInstanceDestroy(inside));
                    self.destroy(inside.addr(), end);
                }
            }
            (3, Some(parent)) => {
                let end = |nvml: &Client| c!(nvml, nvmlGpuInstanceDestroy(parent));
                self.destroy(parent.addr(), end);
            }
            _ => {}
        }
    }

    fn make<T>(&mut self, call: impl FnOnce(&Client, *mut *mut T) -> u32) {
        let mut made = core::ptr::null_mut();
        self.tell("makes");
        match call(self.client, &mut made) {
            SUCCESS => self.tell(&format!("made {}", made.addr())),
            code => self.tell(&format!("refused {code}")),
        }
    }

    fn destroy(&mut self, handle: usize, call: impl FnOnce(&Client) -> u32) {
        self.tell(&format!("destroys {handle}"));
        match call(self.client) {
            SUCCESS => self.tell(&format!("destroyed {handle}")),
            code => self.tell(&format!("refused {code}")),
        }
    }
}

/// The handles that a call lists; none where what they are in is gone.
fn list<T>(call: impl FnOnce(*mut *mut T, *mut u32) -> u32) -> Vec<*mut T> {
    let (mut found, mut count) = (vec![core::ptr::null_mut(); 8], 0);
    let code = call(found.as_mut_ptr(), &mut count);
    assert!(code == SUCCESS || REFUSALS.contains(&code), "code {code}");
    found.truncate(count as usize);
    found
}

#[test]
#[ignore = "run by the next test, in a process of its own"]
fn works_until_it_is_killed() {
    let client = Client::of_environment();
    let [seed, millis] = ["SEED", "MILLIS"].map(|name| {
        let text = std::env::var(format!("NVML_MIG_SIM_TEST_{name}")).unwrap();
        text.parse::<u64>().unwrap()
    });
    let journal = std::env::var_os("NVML_MIG_SIM_TEST_JOURNAL").unwrap();
    let journal = File::options().append(true).open(journal).unwrap();
    let end = Instant::now() + Duration::from_millis(millis);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, journal) = (&client, &journal);
            let numbers = Numbers(seed * THREADS + thread);
            let mut worker = Worker {
                client,
                journal,
                thread,
                numbers,
            };
            scope.spawn(move || {
                while Instant::now() < end {
                    worker.step();
                }
            });
        }
    });
}

/// The processes, and what each of all that ever ran was told.
struct Stress {
    folder: tempfile::TempDir,
    simulator: Simulator,
    end: Instant,
    journals: Vec<PathBuf>,
}

impl Stress {
    fn state_file(&self) -> PathBuf {
        self.folder.path().join("machine.json")
    }

    fn start(&mut self) -> Child {
        let number = self.journals.len();
        let journal = self.folder.path().join(format!("journal-{number}"));
        File::create(&journal).unwrap();
        let left = self.end.saturating_duration_since(Instant::now());
        let test = "stress::works_until_it_is_killed";
        let mut child = child(test, self.simulator.library_path(), &self.state_file());
        child.env("NVML_MIG_SIM_TEST_SEED", number.to_string());
        child.env("NVML_MIG_SIM_TEST_MILLIS", left.as_millis().to_string());
        child.env("NVML_MIG_SIM_TEST_JOURNAL", &journal);
        self.journals.push(journal);
        child.spawn().unwrap()
    }

    /// Kills one after the other and starts another in its place; the last ones come to their own end.
    fn run(&mut self) {
        let mut children: Vec<Child> = (0..PROCESSES).map(|_| self.start()).collect();
        let mut numbers = Numbers(1);
        while Instant::now() + 2 * BETWEEN_KILLS < self.end {
            std::thread::sleep(BETWEEN_KILLS);
            let place = numbers.below(PROCESSES);
            children[place].kill().unwrap();
            children[place].wait().unwrap();
            FileStore::existing(&self.state_file()).unwrap();
            children[place] = self.start();
        }
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
    }

    /// The handles of all instances that there are.
    fn found(&self) -> BTreeSet<usize> {
        let mut store = FileStore::existing(&self.state_file()).unwrap();
        let machine = store.read().unwrap();
        let mut found = BTreeSet::new();
        let mut add = |kind, serial| {
            let handle = usize::try_from(machine.handle(kind, serial)).unwrap();
            assert!(found.insert(handle), "{handle} is there twice");
        };
        for instance in machine.gpus().iter().flat_map(|gpu| &gpu.gpu_instances) {
            add(HandleKind::GpuInstance, instance.serial);
            for inside in &instance.compute_instances {
                add(HandleKind::ComputeInstance, inside.serial);
            }
        }
        found
    }
}

/// What all processes were told.
#[derive(Debug, Default)]
struct Told {
    made: BTreeSet<usize>,
    destroyed: BTreeSet<usize>,
    /// Asked for by processes that were killed before they had an answer.
    perhaps_made: usize,
    perhaps_destroyed: BTreeSet<usize>,
    refused: usize,
}

impl Told {
    fn read(&mut self, journal: &Path) {
        let text = fs::read_to_string(journal).unwrap();
        let mut open = vec![None; usize::try_from(THREADS).unwrap()];
        for line in text.lines() {
            let mut words = line.split(' ');
            let thread: usize = words.next().unwrap().parse().unwrap();
            let (what, number) = (words.next().unwrap(), words.next());
            let number = number.map(|number| number.parse::<usize>().unwrap());
            open[thread] = match (what, number) {
                ("made", Some(handle)) => {
                    assert!(self.made.insert(handle), "{handle} was made twice");
                    None
                }
                ("destroyed", Some(handle)) => {
                    assert!(
                        self.destroyed.insert(handle),
                        "{handle} was destroyed twice"
                    );
                    None
                }
                ("refused", Some(code)) => {
                    let code = u32::try_from(code).unwrap();
                    assert!(REFUSALS.contains(&code), "code {code}");
                    self.refused += 1;
                    None
                }
                asked => Some(asked),
            };
        }
        for (what, number) in open.into_iter().flatten() {
            match (what, number) {
                ("destroys", Some(handle)) => drop(self.perhaps_destroyed.insert(handle)),
                ("makes", None) => self.perhaps_made += 1,
                line => unreachable!("{line:?} in {}", journal.display()),
            }
        }
    }

    fn check(&self, found: &BTreeSet<usize>) {
        let back: Vec<_> = found.intersection(&self.destroyed).collect();
        assert!(back.is_empty(), "destroyed and still there: {back:?}");
        let gone: BTreeSet<_> = self
            .destroyed
            .union(&self.perhaps_destroyed)
            .copied()
            .collect();
        let kept: BTreeSet<_> = self.made.difference(&gone).copied().collect();
        let lost: Vec<_> = kept.difference(found).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        let known: BTreeSet<_> = found.union(&self.destroyed).copied().collect();
        let nobodys: Vec<_> = known.difference(&self.made).collect();
        assert!(
            nobodys.len() <= self.perhaps_made,
            "made by nobody: {nobodys:?}"
        );
    }
}

#[test]
fn nothing_is_lost_or_doubled_when_processes_are_killed() {
    let seconds = std::env::var("NVML_MIG_SIM_STRESS_SECONDS");
    let seconds = seconds.map_or(2, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let boards = BOARDS.map(GpuSpec::new).into_iter();
    let builder = boards.fold(Simulator::builder(), SimulatorBuilder::gpu);
    let mut stress = Stress {
        simulator: builder.state_file(path).start().unwrap(),
        folder,
        end: Instant::now() + Duration::from_secs(seconds),
        journals: Vec::new(),
    };
    stress.run();
    let mut told = Told::default();
    for journal in &stress.journals {
        told.read(journal);
    }
    let found = stress.found();
    told.check(&found);
    assert!(told.made.len() > 100 && told.destroyed.len() > 100);
    println!(
        "{} processes; {} instances made, {} destroyed, {} calls refused; {} left; a kill cut off {} creations and {} destructions",
        stress.journals.len(),
        told.made.len(),
        told.destroyed.len(),
        told.refused,
        found.len(),
        told.perhaps_made,
        told.perhaps_destroyed.len(),
    );
}
