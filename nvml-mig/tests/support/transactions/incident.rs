//! What happens to a machine in the middle of a transaction.

use nvml_mig::{ComputeInstance, GpuInstance, MigMode};
use nvml_mig_sim::{Caller, Process, ProcessFilter, nvmlReturn_t};

use super::{CHANGES, Stage};

/// What somebody or something does to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incident {
    Nothing,
    NoPrivilege,
    /// The GPU has fallen off the bus, and comes back later.
    Away,
    /// A process starts on the newest GPU instance.
    Busy,
    /// Others create a GPU instance with a compute instance.
    Made,
    /// Others create one without a compute instance.
    MadeEmpty,
    /// Others create a compute instance in the newest GPU instance.
    MadeInside,
    /// Others destroy the oldest idle GPU instance.
    Destroyed,
    /// Others destroy the newest idle GPU instance, and create the same in its place: it gets the same id.
    Replaced,
    /// Others destroy everything, and change MIG mode.
    Mode,
    /// The machine is booted.
    Reboot,
    /// The driver is replaced by an older one.
    OlderDriver,
    /// Every change times out.
    TimeOut,
}

use Incident::{
    Away, Busy, Destroyed, Made, MadeEmpty, MadeInside, Mode, NoPrivilege, Nothing, OlderDriver,
    Reboot, Replaced, TimeOut,
};

pub const INCIDENTS: [Incident; 13] = [
    Nothing,
    NoPrivilege,
    Away,
    Busy,
    Made,
    MadeEmpty,
    MadeInside,
    Destroyed,
    Replaced,
    Mode,
    Reboot,
    OlderDriver,
    TimeOut,
];

impl Incident {
    /// Whether others change what stands on the GPU: then it can't be as it was.
    pub fn is_foreign(self) -> bool {
        matches!(
            self,
            Made | MadeEmpty | MadeInside | Destroyed | Replaced | Mode
        )
    }

    /// Lets it happen; `false` if it can't on this GPU now.
    pub fn happen(self, stage: &Stage) -> bool {
        let simulator = &stage.simulator;
        match self {
            Nothing => true,
            NoPrivilege => simulator.set_caller(Caller::Unprivileged).is_ok(),
            Away => simulator
                .refuse_gpu(0, Some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST))
                .is_ok(),
            Busy => start_process(stage),
            Made => make(stage).is_some_and(|made| make_inside(&made)),
            MadeEmpty => make(stage).is_some(),
            MadeInside => instances(stage).last().is_some_and(make_inside),
            Destroyed => destroy(stage),
            Replaced => replace(stage),
            Mode => change_mode(stage),
            Reboot => simulator.reboot(false).is_ok(),
            OlderDriver => simulator.set_driver_version("525.147.05").is_ok(),
            TimeOut => {
                for function in CHANGES {
                    let code = nvmlReturn_t::NVML_ERROR_TIMEOUT;
                    simulator.fail(function, 0, code).unwrap();
                }
                true
            }
        }
    }

    /// Ends what can end. What others made stays.
    pub fn end(self, stage: &Stage) {
        let simulator = &stage.simulator;
        match self {
            NoPrivilege => simulator.set_caller(Caller::Root).unwrap(),
            Away => simulator.refuse_gpu(0, None).unwrap(),
            Busy => {
                let ours = ProcessFilter {
                    pid: Some(PID),
                    ..ProcessFilter::default()
                };
                simulator.idle(ours).unwrap();
            }
            OlderDriver => simulator.set_driver_version("550.163.01").unwrap(),
            TimeOut => simulator.clear_faults().unwrap(),
            _ => {}
        }
    }
}

const PID: u32 = 777;

fn instances(stage: &Stage) -> Vec<GpuInstance> {
    let is_on = stage.device.mig_mode().unwrap().current() == MigMode::Enabled;
    if is_on {
        stage.device.gpu_instances().unwrap()
    } else {
        Vec::new()
    }
}

/// The compute instances of a GPU instance, of whatever profile.
fn inside(gpu_instance: &GpuInstance) -> Vec<ComputeInstance> {
    gpu_instance.compute_instances().unwrap()
}

fn start_process(stage: &Stage) -> bool {
    let instances = instances(stage);
    let newest = instances.iter().rev().find(|one| !inside(one).is_empty());
    newest.is_some_and(|newest| {
        let compute_instance = inside(newest)[0].id().number();
        let process = Process::new(0, PID).gpu_instance(newest.id().number());
        let started = stage
            .simulator
            .busy(process.compute_instance(compute_instance));
        started.is_ok()
    })
}

/// Creates a GPU instance of the first profile for which there is room.
fn make(stage: &Stage) -> Option<GpuInstance> {
    if stage.device.mig_mode().unwrap().current() != MigMode::Enabled {
        return None;
    }
    let profiles = stage.device.gpu_instance_profiles().unwrap();
    let mut made = profiles
        .iter()
        .map(|it| stage.device.create_gpu_instance(it.id));
    made.find_map(Result::ok)
}

fn make_inside(gpu_instance: &GpuInstance) -> bool {
    let profiles = gpu_instance.compute_instance_profiles().unwrap();
    let mut made = profiles
        .iter()
        .map(|it| gpu_instance.create_compute_instance(it.id));
    made.any(|made| made.is_ok())
}

fn destroy(stage: &Stage) -> bool {
    let mut oldest = instances(stage).into_iter();
    oldest.any(|oldest| oldest.destroy_with_compute_instances().is_ok())
}

fn replace(stage: &Stage) -> bool {
    let Some(newest) = instances(stage).pop() else {
        return false;
    };
    let place = (newest.profile_id(), newest.placement());
    let inside = inside(&newest).into_iter();
    let inside: Vec<_> = inside
        .map(|inside| (inside.profile_id(), inside.placement()))
        .collect();
    if newest.destroy_with_compute_instances().is_err() {
        return false;
    }
    let made = stage.device.create_gpu_instance_at(place.0, place.1);
    let made = made.unwrap();
    for (profile, placement) in inside {
        let _made = made.create_compute_instance_at(profile, placement).unwrap();
    }
    true
}

fn change_mode(stage: &Stage) -> bool {
    let busy = !stage.device.processes().unwrap().is_empty();
    let now = stage.device.mig_mode().unwrap().current();
    if busy {
        return false;
    }
    for instance in instances(stage) {
        instance.destroy_with_compute_instances().unwrap();
    }
    let other = match now {
        MigMode::Enabled => MigMode::Disabled,
        _ => MigMode::Enabled,
    };
    stage.device.set_mig_mode(other).is_ok()
}
