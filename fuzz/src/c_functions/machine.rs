//! A simulated machine, and the functions of its library.

use std::ffi::{CStr, c_char};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use libloading::Library;
use nvml_mig_sim::{
    Caller, ProcessFilter, Simulator, SimulatorBuilder, SimulatorError, exported_functions,
};
use nvml_mig_testing::brute_force::random::Chance;

use super::arguments::{Arguments, Handles};
use super::signatures::{MAKERS, SIGNATURES, VGPUS};
use super::{BOARDS, Codes, DRIVER};

/// A function returns it when the simulator itself failed, as by a panic.
const UNKNOWN: u32 = 999;
const UNINITIALIZED: u32 = 1;

/// More parameters than any function of NVML has; C lets a caller pass more than a function takes.
type Function =
    unsafe extern "C" fn(usize, usize, usize, usize, usize, usize, usize, usize) -> usize;

/// A state file, and what is in it at first.
struct StateFile {
    path: PathBuf,
    contents: Vec<u8>,
}

impl StateFile {
    fn restore(&self) -> io::Result<()> {
        let new = self.path.with_extension("first");
        fs::write(&new, &self.contents)?;
        fs::rename(&new, &self.path)
    }
}

pub(super) struct Machine {
    simulator: Simulator,
    library: Library,
    names: Vec<String>,
    gpus: Handles,
    /// `None` if the machine is in memory.
    file: Option<StateFile>,
}

impl Machine {
    pub(super) fn in_file(builder: SimulatorBuilder, path: &Path) -> Result<Self> {
        let mut machine = Self::in_memory(builder.state_file(path))?;
        let contents = fs::read(path)?;
        let path = path.to_owned();
        machine.file = Some(StateFile { path, contents });
        Ok(machine)
    }

    pub(super) fn in_memory(builder: SimulatorBuilder) -> Result<Self> {
        let simulator = builder.start()?;
        // SAFETY: the file is the simulated library, whose initialisers are those of Rust's standard library.
        let library = unsafe { Library::new(simulator.library_path()) }?;
        let mut machine = Self {
            simulator,
            library,
            names: exported_functions()?.into_iter().collect(),
            gpus: Handles::default(),
            file: None,
        };
        machine.call("nvmlInit_v2", [0; 8]);
        for index in 0..BOARDS.len() {
            let gpu = machine.gpu(index);
            machine.gpus.add_device(gpu);
        }
        Ok(machine)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    fn gpu(&self, index: usize) -> usize {
        let mut gpu = 0_usize;
        let to = (&raw mut gpu).expose_provenance();
        self.call(
            "nvmlDeviceGetHandleByIndex_v2",
            [index, to, 0, 0, 0, 0, 0, 0],
        );
        gpu
    }

    /// Makes the machine as it was at first, and initialises the library once.
    pub(super) fn reset(&self) {
        self.simulator.log_calls(false).expect("a reply");
        while self.call("nvmlDeviceGetCount_v2", [0; 8]) != UNINITIALIZED {
            self.call("nvmlShutdown", [0; 8]);
            // An injected fault has another code than an uninitialised library.
            self.simulator.clear_faults().expect("a reply");
        }
        match &self.file {
            Some(file) => file.restore().expect("a state file"),
            None => self.reset_simulator().expect("a machine in order"),
        }
        self.call("nvmlInit_v2", [0; 8]);
    }

    /// Without a state file only the numbers that instances get are others than at first.
    fn reset_simulator(&self) -> Result<(), SimulatorError> {
        self.simulator.clear_faults()?;
        self.simulator.set_caller(Caller::Root)?;
        self.simulator.set_driver_version(DRIVER)?;
        self.simulator.idle(ProcessFilter::default())?;
        for vgpu in VGPUS {
            match self.simulator.stop_vgpu(*vgpu) {
                Ok(()) | Err(SimulatorError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.call("nvmlInit_v2", [0; 8]);
        for (index, (_, mig)) in BOARDS.iter().enumerate() {
            let mut code = 0_u32;
            let to = (&raw mut code).expose_provenance();
            let mode = [self.gpu(index), usize::from(*mig), to, 0, 0, 0, 0, 0];
            self.call("nvmlDeviceSetMigMode", mode);
            self.simulator.reset_gpu(index as u32)?;
        }
        self.call("nvmlShutdown", [0; 8]);
        Ok(())
    }

    /// Makes the calls that these choices stand for.
    pub(super) fn call_all(&self, mut chance: Chance) -> Codes {
        let (mut handles, mut codes) = (self.gpus.clone(), Codes::default());
        while chance.has_bytes() {
            let name = self.choose(&mut chance);
            let signature = SIGNATURES.iter().find(|(known, _)| *known == name);
            let arguments = match signature {
                Some((_, parameters)) => Arguments::new(parameters, &handles, &mut chance),
                None => Arguments::wild(&handles, &mut chance),
            };
            let code = self.call(name, arguments.words());
            assert_ne!(code, UNKNOWN, "{name}({arguments:x?})");
            arguments.keep(&mut handles);
            codes.count(name, code);
        }
        codes
    }

    /// Mostly functions that are simulated, since the others do little; those that make something more often, so that
    /// there is something.
    fn choose(&self, chance: &mut Chance) -> &str {
        match chance.below(40) {
            0..4 => chance.of::<String>(&self.names),
            4..13 => chance.of::<&str>(MAKERS),
            _ => chance.of(SIGNATURES).0,
        }
    }

    fn call(&self, name: &str, arguments: [usize; 8]) -> u32 {
        // SAFETY: every function of NVML takes at most so many numbers or pointers, and returns a number or a pointer.
        let function = unsafe { self.library.get::<Function>(name.as_bytes()) };
        let function = function.expect("a function that is exported");
        let [a, b, c, d, e, f, g, h] = arguments;
        // SAFETY: where `name` is in SIGNATURES, every pointer is null or to a buffer of the size that nvml.h says;
        // the other functions follow none of their pointers, which is what is tested.
        let returned = unsafe { function(a, b, c, d, e, f, g, h) };
        if name == "nvmlErrorString" {
            // SAFETY: this function returns constant text.
            let text = unsafe { CStr::from_ptr(returned as *const c_char) };
            assert!(!text.is_empty());
            return 0;
        }
        returned as u32
    }
}
