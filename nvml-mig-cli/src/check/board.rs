//! Compares a GPU with the table of its board in the catalogue.

use nvml_mig_boards::board_file::{
    BoardFile, ComputeProfileEntry, Placements, ProfileEntry, ProfileSource,
};
use nvml_mig_boards::catalogue::{
    self, Board, ComputeInstanceProfile, Engines, GpuInstanceProfile,
};

use super::finding::{Findings, Source, list};

/// Returns the board of the catalogue with this name and, if there are several, this PCI device ID; without one, that with this
/// PCI device ID whose memory is nearest.
pub(super) fn find(read: &BoardFile) -> Option<&'static Board> {
    let boards = || {
        let boards = catalogue::boards().iter();
        boards.chain(catalogue::boards_without_mig()).copied()
    };
    let id = read.pci_id.to_nvml();
    let of_name: Vec<&Board> = boards()
        .filter(|board| without_maker(board.name) == without_maker(&read.name))
        .collect();
    let mut same = of_name.iter().filter(|board| board.pci_device_id == id);
    if let Some(board) = same.next().or(of_name.first()) {
        return Some(board);
    }
    // The catalogue has boards of which the PCI device ID is not known.
    let of_id = boards().filter(|board| read.pci_id.device != 0 && board.pci_device_id == id);
    of_id.min_by_key(|board| board.memory_mib.abs_diff(read.memory_mib))
}

/// Drivers of 2020 and before print `A100-SXM4-40GB`, as NVIDIA's MIG user guide shows.
fn without_maker(name: &str) -> &str {
    name.strip_prefix("NVIDIA ").unwrap_or(name)
}

/// Compares each figure. `is_known` says whether the driver knows a number of a profile, which on this board need not exist.
pub(super) fn compare(
    findings: &mut Findings,
    board: &Board,
    (read, has_mig): (&BoardFile, bool),
    is_known: impl Fn(u32) -> bool,
) {
    compare_head(findings, board, read);
    let mig = |has: bool| if has { "supported" } else { "not supported" };
    let expected = mig(board.memory_slices > 0);
    let same = (read.name.as_str(), "mig");
    findings.compare(Source::Catalogue, same, &expected, &mig(has_mig));
    if has_mig {
        compare_mig(findings, board, read);
        compare_profiles(findings, board, read, is_known);
    }
}

/// The figures that GPUs without MIG have too.
fn compare_head(findings: &mut Findings, board: &Board, read: &BoardFile) {
    let mut same = |figure: &str, expected: String, found: String| {
        findings.compare(Source::Catalogue, (&read.name, figure), &expected, &found);
    };
    let (major, minor) = board.compute_capability;
    let capability = read.compute_capability;
    same(
        "name",
        without_maker(board.name).to_owned(),
        without_maker(&read.name).to_owned(),
    );
    same(
        "pci_device_id",
        format!("{:08x}", board.pci_device_id),
        format!("{:08x}", read.pci_id.to_nvml()),
    );
    same(
        "architecture",
        format!("{:?}", board.architecture),
        format!("{:?}", read.architecture),
    );
    same(
        "compute_capability",
        format!("{major}.{minor}"),
        capability.into(),
    );
    same(
        "memory_mib",
        board.memory_mib.to_string(),
        read.memory_mib.to_string(),
    );
}

fn compare_mig(findings: &mut Findings, board: &Board, read: &BoardFile) {
    let mut same = |figure: &str, expected: u32, found: u32| {
        findings.compare(Source::Catalogue, (&read.name, figure), &expected, &found);
    };
    same("memory_slices", board.memory_slices, read.memory_slices);
    if read.evidence.mig_enabled {
        same(
            "max_mig_devices",
            board.max_mig_devices,
            read.max_mig_devices,
        );
    }
}

fn compare_profiles(
    findings: &mut Findings,
    board: &Board,
    read: &BoardFile,
    is_known: impl Fn(u32) -> bool,
) {
    for profile in board.profiles {
        let mut reads = read.profiles.iter();
        let found = reads.find(|read| read.profile == profile.profile);
        if let Some(found) = found {
            compare_profile(findings, profile, found);
        } else if is_known(profile.profile) {
            let same = (without_mig(profile.name), "profile");
            findings.compare(Source::Catalogue, same, &"listed", &"missing");
        } else {
            let why = "this driver is older than the profile";
            findings.not_checked(without_mig(profile.name), &why);
        }
    }
    for read in &read.profiles {
        let mut all = board.profiles.iter();
        if !all.any(|profile| profile.profile == read.profile) {
            let same = (without_mig(&read.name), "profile");
            findings.compare(Source::Catalogue, same, &"missing", &"listed");
        }
    }
}

fn compare_profile(findings: &mut Findings, expected: &GpuInstanceProfile, read: &ProfileEntry) {
    let about = without_mig(&read.name);
    let mut same = |figure: &str, expected: u64, found: u64| {
        findings.compare(Source::Catalogue, (about, figure), &expected, &found);
    };
    same("id", expected.id.into(), read.id.into());
    same("slices", expected.slices.into(), read.slices.into());
    same(
        "instances",
        expected.instances.into(),
        read.instances.into(),
    );
    same(
        "multiprocessors",
        expected.multiprocessors.into(),
        read.multiprocessors.into(),
    );
    same("memory_mib", expected.memory_mib, read.memory_mib);
    same("p2p", expected.p2p.into(), read.p2p.into());
    same("graphics", expected.graphics.into(), read.graphics.into());
    let engines = |engines: Engines| {
        let Engines {
            copy,
            decoder,
            encoder,
            jpeg,
            ofa,
            ..
        } = engines;
        format!("{copy} copy, {decoder} decoder, {encoder} encoder, {jpeg} JPEG, {ofa} OFA")
    };
    findings.compare(
        Source::Catalogue,
        (about, "engines"),
        &engines(expected.engines),
        &engines(read.engines),
    );
    compare_places(
        findings,
        about,
        (expected.starts, expected.size),
        &read.placements,
    );
    if read.compute_profiles_from != ProfileSource::Instance {
        return;
    }
    let inside = &read.compute_profiles;
    findings.compare(
        Source::Catalogue,
        (about, "compute instance profiles"),
        &list(expected.compute.iter().map(|profile| profile.name)),
        &list(inside.iter().map(|profile| &profile.name)),
    );
    for profile in expected.compute {
        if let Some(read) = inside.iter().find(|read| read.profile == profile.profile) {
            compare_part(findings, about, profile, read);
        }
    }
}

fn compare_part(
    findings: &mut Findings,
    outer: &str,
    expected: &ComputeInstanceProfile,
    read: &ComputeProfileEntry,
) {
    let about = format!("{} in {outer}", without_mig(&read.name));
    let mut same = |figure: &str, expected: u32, found: u32| {
        findings.compare(Source::Catalogue, (&about, figure), &expected, &found);
    };
    same("id", expected.id, read.id);
    same("slices", expected.slices, read.slices);
    same("instances", expected.instances, read.instances);
    same(
        "multiprocessors",
        expected.multiprocessors,
        read.multiprocessors,
    );
    compare_places(
        findings,
        &about,
        (expected.starts, expected.size),
        &read.placements,
    );
}

fn compare_places(
    findings: &mut Findings,
    about: &str,
    (starts, size): (&[u32], u32),
    read: &Placements,
) {
    let text = |starts: &[u32], size| format!("{{{}}}:{size}", list(starts));
    findings.compare(
        Source::Catalogue,
        (about, "placements"),
        &text(starts, size),
        &text(&read.starts, read.size),
    );
}

/// Returns the name as the program prints it.
pub(super) fn without_mig(name: &str) -> &str {
    name.strip_prefix("MIG ").unwrap_or(name)
}
