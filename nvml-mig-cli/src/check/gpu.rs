//! A GPU that is checked.

use nvml_mig::inventory::{Inventory, LiveGpuInstance};
use nvml_mig::plan::PlacedGpuInstance;
use nvml_mig::preflight::Preflight;
use nvml_mig::profile::GpuInstanceProfile;
use nvml_mig::{Device, Error, Nvml, ReturnCode};
use nvml_mig_boards::board_file::{BoardFile, ProfileSource};
use nvml_mig_boards::catalogue::Board;

use super::finding::{Findings, Source, list, without_uuids};
use super::outcome::Kills;
use super::report::{GpuReport, unconfirmed};
use super::{board, capture, instances, rules};

/// What was read of a GPU, and what was found until now.
pub(super) struct CheckedGpu {
    pub(super) device: Device,
    pub(super) index: u32,
    obstacles: Vec<String>,
    /// What a vGPU has of its board, its host decides.
    is_vgpu_guest: bool,
    has_mig: bool,
    pub(super) findings: Findings,
    /// The board, with the compute instance profiles inside all instances that there were.
    pub(super) capture: BoardFile,
    /// What was changed and brought back.
    pub(super) changes: Vec<String>,
    pub(super) kills: Option<Kills>,
    /// Why that ended before its end.
    pub(super) error: Option<String>,
    /// What is on the GPU after that, if it is known.
    pub(super) left: Option<Vec<String>>,
}

impl CheckedGpu {
    /// Reads a GPU, and compares it with the rules.
    ///
    /// # Errors
    ///
    /// Those of NVML for what nothing can be compared without.
    pub(super) fn read(nvml: &Nvml, device: &Device, preflight: &Preflight) -> Result<Self, Error> {
        let inventory = Inventory::read(device)?;
        let index = device.index()?;
        let mut gpus = preflight.gpus.iter();
        let gpu = gpus.find(|gpu| gpu.index == index);
        let obstacles = gpu.into_iter().flat_map(|gpu| &gpu.obstacles);
        let mut checked = Self {
            device: device.clone(),
            index,
            obstacles: obstacles.map(|it| without_uuids(&it.message)).collect(),
            is_vgpu_guest: gpu.is_some_and(|gpu| gpu.vgpu_guest),
            has_mig: inventory.mig_modes().is_some(),
            findings: Findings::default(),
            capture: capture::read(nvml, &inventory)?,
            changes: Vec::new(),
            kills: None,
            error: None,
            left: None,
        };
        checked.check(nvml, &inventory);
        Ok(checked)
    }

    fn check(&mut self, nvml: &Nvml, inventory: &Inventory) {
        let findings = &mut self.findings;
        rules::check(findings, inventory, self.capture.memory_mib);
        if inventory.is_mig_enabled() {
            instances::check(findings, nvml, inventory);
        } else if self.has_mig {
            findings.not_checked("instances and the room for them", &"MIG mode is off");
        }
    }

    /// Reads what is on the GPU after changes, which is nothing if they came to their end.
    pub(super) fn read_left(&mut self, is_done: bool) {
        let found = placed(&self.device);
        let Some(found) = self.findings.read("what is left on the GPU", found) else {
            return;
        };
        if is_done {
            let same = ("the GPU", "instances at the end");
            let none = list::<&str>([]);
            self.findings
                .compare(Source::Rule, same, &none, &list(&found));
        }
        self.left = Some(found.iter().map(ToString::to_string).collect());
    }

    /// Returns the report, with what the catalogue says otherwise.
    pub(super) fn report(&self) -> GpuReport {
        let mut findings = self.findings.clone();
        let board = self.compare_board(&mut findings);
        instances::check_parts(&mut findings, &self.capture);
        let parts = self.capture.profiles.iter();
        if parts
            .clone()
            .any(|profile| profile.compute_profiles_from == ProfileSource::Rule)
        {
            let why = "NVML reports them only inside a GPU instance; --change creates one of each profile";
            findings.not_checked(
                "compute instance profiles of profiles without an instance",
                &why,
            );
        }
        GpuReport {
            index: self.index,
            name: self.capture.name.clone(),
            board: board.map(|board| board.key),
            unconfirmed: unconfirmed(board),
            obstacles: self.obstacles.clone(),
            findings,
            changes: self.changes.clone(),
            kills: self.kills,
            error: self.error.clone(),
            left: self.left.clone(),
            capture: self.capture.clone(),
        }
    }

    fn compare_board(&self, findings: &mut Findings) -> Option<&'static Board> {
        if self.is_vgpu_guest {
            findings.not_checked(
                "board",
                &"this is a vGPU, of which the host decides what it has",
            );
            return None;
        }
        let found = board::find(&self.capture);
        match found {
            Some(board) => {
                let read = (&self.capture, self.has_mig);
                board::compare(findings, board, read, |number| knows(&self.device, number));
            }
            None => findings.not_checked("board", &"it is not in the catalogue"),
        }
        found
    }
}

/// Reads the instances of a GPU.
pub(super) fn placed(device: &Device) -> Result<Vec<PlacedGpuInstance>, Error> {
    let inventory = Inventory::read(device)?;
    let live = inventory.gpu_instances()?.iter();
    Ok(live.map(LiveGpuInstance::placed).collect())
}

/// Returns whether the driver knows a number of a profile. One that it does not know is invalid; one that this board does not have
/// is not supported (nvml.h).
fn knows(device: &Device, number: u32) -> bool {
    let profile = device.gpu_instance_profile(GpuInstanceProfile::from_number(number));
    profile.map_or_else(
        |error| error.code() != Some(ReturnCode::InvalidArgument),
        |_| true,
    )
}
