//! A simulated machine, opened through the safe crate.
pub mod proc;
pub mod shell;

use std::path::PathBuf;

use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Device, GpuInstance, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, SimulatorBuilder};

/// A machine with one GPU, and the way to it. The fields go in the order that closes NVML first.
pub struct Machine {
    pub device: Device,
    pub nvml: Nvml,
    pub simulator: Simulator,
}

impl Machine {
    pub fn open(simulator: Simulator) -> Self {
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        Self {
            device,
            nvml,
            simulator,
        }
    }

    /// One GPU of this board with MIG mode on.
    pub fn with(board: &str) -> Self {
        Self::of(GpuSpec::new(board))
    }

    pub fn of(gpu: GpuSpec) -> Self {
        Self::open(Simulator::builder().gpu(gpu).start().unwrap())
    }

    /// Makes a GPU instance of the profile with this id where the driver likes.
    pub fn create(&self, profile: u32) -> Result<GpuInstance, nvml_mig::Error> {
        self.device
            .create_gpu_instance(GpuInstanceProfileId::new(profile))
    }
}

/// Drivers of all ages: each lacks the functions, and the versions of structures, that came after it.
pub const DRIVERS: [&str; 5] = [
    "450.248.02",
    "470.57.02",
    "525.60.13",
    "535.261.03",
    "550.163.01",
];

/// A driver of some age.
#[derive(Clone, Copy)]
pub struct Driver(pub &'static str);

impl Driver {
    /// One GPU of this board with MIG mode on.
    pub fn with(self, board: &str) -> Machine {
        self.of(GpuSpec::new(board))
    }

    pub fn of(self, gpu: GpuSpec) -> Machine {
        self.open(Simulator::builder().gpu(gpu))
    }

    pub fn open(self, builder: SimulatorBuilder) -> Machine {
        Machine::open(builder.driver_version(self.0).start().unwrap())
    }

    /// Whether a GPU instance can be created at a chosen placement: R460 and newer (export lists of NVIDIA's libraries).
    pub fn takes_placements(self) -> bool {
        self.0 != DRIVERS[0]
    }

    /// Whether nvml.h had more profiles, and functions for placements of compute instances, by then: 525 and newer.
    pub fn is_of_cuda_12(self) -> bool {
        !["450.248.02", "470.57.02"].contains(&self.0)
    }
}

/// Runs a test body once for each driver.
pub fn on_each_driver(body: impl Fn(Driver)) {
    for driver in DRIVERS {
        println!("with driver {driver}:");
        body(Driver(driver));
    }
}

/// An Ampere, a Hopper and a Blackwell GPU.
pub const BOARDS: [&str; 3] = ["a30", "h100-sxm5-80gb", "rtx-pro-6000-bse"];

/// Cargo builds examples before it runs tests, in the folder beside the tests' own.
pub fn example_file(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let file = test
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples")
        .join(name);
    assert!(
        file.exists(),
        "{} is not built: run `cargo test` or `cargo build --examples`",
        file.display()
    );
    file
}
