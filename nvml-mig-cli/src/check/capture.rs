//! Describes the board of a GPU in the form of the catalogue's files, with which it can be simulated elsewhere.

use nvml_mig::inventory::Inventory;
use nvml_mig::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
use nvml_mig::{Device, Error, GpuInstance, Nvml};
use nvml_mig_boards::board_file::{
    BoardFile, ComputeCapability, ComputeProfileEntry, Evidence, PciId, Placements, ProfileEntry,
    ProfileSource,
};
use nvml_mig_boards::catalogue::{Architecture, Engines};

/// Reads the board. UUID, serial number and PCI address are left out.
pub(super) fn read(nvml: &Nvml, inventory: &Inventory) -> Result<BoardFile, Error> {
    let mut board = head(nvml, inventory.device())?;
    board.evidence.mig_enabled = inventory.is_mig_enabled();
    if inventory.mig_modes().is_none() {
        return Ok(board);
    }
    for info in inventory.profiles()? {
        let profile = profile(inventory, &info, &mut board.evidence)?;
        board.profiles.extend(profile);
    }
    board.memory_slices = board.slices_of_placements();
    board.max_mig_devices = inventory.device().max_mig_device_count()?;
    board.complete();
    Ok(board)
}

/// What GPUs without MIG have too.
fn head(nvml: &Nvml, device: &Device) -> Result<BoardFile, Error> {
    let pci = device.pci_info()?;
    let capability = device.cuda_compute_capability()?;
    let part = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let compute_capability = ComputeCapability {
        major: part(capability.major()),
        minor: part(capability.minor()),
    };
    let mut evidence = Evidence {
        captured_by: concat!("nvml-mig ", env!("CARGO_PKG_VERSION")).to_owned(),
        // What is read of a simulated GPU proves nothing about a real one.
        simulated: nvml.library().exports(c"nvmlMigSimControl"),
        driver: nvml.driver_version()?.to_string(),
        nvml: nvml.nvml_version()?.to_string(),
        mig_enabled: false,
        profile_versions: Vec::new(),
        pci_subsystem_id: PciId::from_nvml(pci.subsystem_id),
        field_values: Vec::new(),
        derived: Vec::new(),
    };
    Ok(BoardFile {
        format: BoardFile::FORMAT,
        name: device.name()?,
        pci_id: PciId::from_nvml(pci.device_id),
        architecture: architecture(device, compute_capability, &mut evidence),
        compute_capability,
        memory_mib: device.memory_info()?.total_mib(),
        bar1_mib: bar1_mib(device, &mut evidence),
        memory_slices: 0,
        max_mig_devices: 0,
        profiles: Vec::new(),
        evidence,
    })
}

fn architecture(
    device: &Device,
    capability: ComputeCapability,
    evidence: &mut Evidence,
) -> Architecture {
    let reported = device.architecture().ok();
    reported
        .and_then(|reported| Architecture::from_number(reported.number()))
        .unwrap_or_else(|| {
            let reported = reported.map_or("nothing".to_owned(), |it| it.to_string());
            let why = format!("derived: the CUDA compute capability; NVML reports {reported}");
            evidence.derive("architecture", &why);
            capability.likely_architecture()
        })
}

fn bar1_mib(device: &Device, evidence: &mut Evidence) -> u64 {
    device.bar1_info().map_or_else(
        |_| {
            evidence.derive("bar1_mib", "NVML does not report it");
            0
        },
        |bar1| bar1.total_bytes >> 20,
    )
}

/// Reads a profile; `None` for one that this version knows no number of, which is noted.
fn profile(
    inventory: &Inventory,
    info: &GpuInstanceProfileInfo,
    evidence: &mut Evidence,
) -> Result<Option<ProfileEntry>, Error> {
    let Some(profile) = info.profile else {
        let why = "left out: this version of nvml-mig does not know its number";
        evidence.derive(&format!("profile {}", info.name), why);
        return Ok(None);
    };
    let placed = inventory.possible_placements(info.id)?;
    let instances = inventory.gpu_instances().unwrap_or_default().iter();
    let mut instances = instances.map(|live| &live.gpu_instance);
    let example = instances.find(|instance| instance.profile_id() == info.id);
    let mut engines = Engines::default();
    engines.copy = info.copy_engine_count;
    engines.decoder = info.decoder_count;
    engines.encoder = info.encoder_count;
    engines.jpeg = info.jpeg_count;
    engines.ofa = info.ofa_count;
    Ok(Some(ProfileEntry {
        name: format!("MIG {}", info.name),
        profile: profile.number(),
        id: info.id.number(),
        slices: info.slice_count,
        instances: info.instance_count,
        multiprocessors: info.multiprocessor_count,
        memory_mib: info.memory_mib,
        engines,
        p2p: info.p2p,
        graphics: info.graphics,
        placements: Placements {
            starts: placed.iter().map(|place| place.start).collect(),
            size: placed.first().map_or(0, |place| place.size),
        },
        compute_profiles_from: example.map_or(ProfileSource::Rule, |_| ProfileSource::Instance),
        compute_profiles: example.map_or(Ok(Vec::new()), parts)?,
    }))
}

/// Reads the compute instance profiles inside a GPU instance.
fn parts(instance: &GpuInstance) -> Result<Vec<ComputeProfileEntry>, Error> {
    let infos = instance.compute_instance_profiles()?.into_iter();
    infos.map(|info| part(instance, &info)).collect()
}

fn part(
    instance: &GpuInstance,
    info: &ComputeInstanceProfileInfo,
) -> Result<ComputeProfileEntry, Error> {
    let placed = match instance.compute_instance_possible_placements(info.id) {
        // Older drivers do not report them, and the file is completed by the rule.
        Err(Error::FunctionMissing(_)) => Vec::new(),
        placed => placed?,
    };
    Ok(ComputeProfileEntry {
        name: format!("MIG {}", info.name),
        profile: info.profile.number(),
        id: info.id.number(),
        slices: info.slice_count,
        instances: info.instance_count,
        multiprocessors: info.multiprocessor_count,
        placements: Placements {
            starts: placed.iter().map(|place| place.start).collect(),
            size: placed.first().map_or(0, |place| place.size),
        },
    })
}
