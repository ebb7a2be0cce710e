//! Reads a board off a GPU.

use nvml_mig_sim::board_file::{BoardFile, ComputeCapability, Evidence};
use nvml_mig_sim::catalogue::Architecture;

use super::error::CaptureError;
use super::nvml::Gpu;
use super::profiles;

impl Gpu<'_> {
    /// Reads everything about the GPU.
    pub(super) fn board(&self) -> Result<BoardFile, CaptureError> {
        let mut board = self.head()?;
        let Some(mig_enabled) = self.mig_enabled()? else {
            return Ok(board);
        };
        board.evidence.mig_enabled = mig_enabled;
        profiles::read(self, &mut board)?;
        if board.profiles.is_empty() && !mig_enabled {
            return Err(CaptureError::NotListed(self.wanted.to_owned()));
        }
        board.memory_slices = board.slices_of_placements();
        board.max_mig_devices = self.most_mig_devices(&mut board)?;
        board.complete();
        Ok(board)
    }

    /// Reads what GPUs without MIG have too.
    fn head(&self) -> Result<BoardFile, CaptureError> {
        let (pci_id, pci_subsystem_id) = self.pci_ids()?;
        let compute_capability = self.compute_capability()?;
        let mut evidence = Evidence {
            captured_by: concat!("nvml-mig-sim ", env!("CARGO_PKG_VERSION")).to_owned(),
            // A board captured from a simulated GPU proves nothing about a real one.
            simulated: self.nvml.library.exports(c"nvmlMigSimControl"),
            driver: self.nvml.driver_version()?,
            nvml: self.nvml.nvml_version()?,
            mig_enabled: false,
            profile_versions: Vec::new(),
            pci_subsystem_id,
            field_values: self.field_values()?,
            derived: Vec::new(),
        };
        let architecture = architecture(self.architecture()?, compute_capability, &mut evidence);
        let bar1_mib = self.bar1_mib()?;
        if bar1_mib.is_none() {
            evidence.derive("bar1_mib", "NVML does not report it");
        }
        Ok(BoardFile {
            format: BoardFile::FORMAT,
            name: self.name()?,
            pci_id,
            architecture,
            compute_capability,
            memory_mib: self.memory_mib()?,
            bar1_mib: bar1_mib.unwrap_or(0),
            memory_slices: 0,
            max_mig_devices: 0,
            profiles: Vec::new(),
            evidence,
        })
    }

    /// NVML reports 0 while MIG mode is off.
    fn most_mig_devices(&self, board: &mut BoardFile) -> Result<u32, CaptureError> {
        let read = self.max_mig_devices()?;
        if read > 0 {
            return Ok(read);
        }
        let why = "derived: the slices of the largest profile, since MIG mode was off";
        board.evidence.derive("max_mig_devices", why);
        let slices = board.profiles.iter().map(|profile| profile.slices);
        Ok(slices.max().unwrap_or(0))
    }
}

fn architecture(
    number: Option<u32>,
    capability: ComputeCapability,
    evidence: &mut Evidence,
) -> Architecture {
    number
        .and_then(Architecture::from_number)
        .unwrap_or_else(|| {
            let reported = number.map_or("nothing".to_owned(), |number| format!("{number}"));
            let why = format!("derived: the CUDA compute capability; NVML reports {reported}");
            evidence.derive("architecture", &why);
            capability.likely_architecture()
        })
}
