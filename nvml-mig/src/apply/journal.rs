//! What is noted before something is applied, for the case that the process is killed.

use std::fmt::{self, Write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::{SnapshotComputeInstance, SnapshotGpuInstance};
use crate::query::{MigMode, MigModes};

/// The first line. A journal of another kind is not believed.
const HEAD: &str = "nvml-mig journal 1";

/// The journal file of a lock.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
}

/// What is noted of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) uuid: String,
    /// MIG mode before.
    pub(super) modes: MigModes,
    pub(super) before: Vec<SnapshotGpuInstance>,
    pub(super) after: Vec<SnapshotGpuInstance>,
}

impl Journal {
    pub(super) fn beside(folder: &Path) -> Self {
        let path = folder.join("journal");
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a process was killed while it applied something.
    pub(super) fn is_there(&self) -> bool {
        // What can't be looked at is taken for a journal: reading it tells why.
        !matches!(fs::symlink_metadata(&self.path), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Replaced as a whole: a process that is killed leaves the old one or the new one. It need not outlive a loss of
    /// power, which instances do not outlive either.
    pub(super) fn write(&self, entries: &[Entry]) -> io::Result<()> {
        let new = self.path.with_extension("new");
        fs::write(&new, text(entries))?;
        fs::rename(&new, &self.path)
    }

    pub(super) fn read(&self) -> io::Result<Vec<Entry>> {
        let text = fs::read_to_string(&self.path)?;
        parse(&text).ok_or_else(|| {
            let message = "it is damaged, or of another version of nvml-mig";
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn text(entries: &[Entry]) -> String {
    let mut text = format!("{HEAD}\n");
    for entry in entries {
        // Writing to a String can't fail.
        let _ = write_entry(&mut text, entry);
    }
    text
}

fn write_entry(text: &mut String, entry: &Entry) -> fmt::Result {
    let (current, pending) = (entry.modes.current(), entry.modes.pending());
    let (current, pending) = (mode_word(current), mode_word(pending));
    writeln!(text, "gpu {current} {pending} {}", entry.uuid)?;
    for (when, instances) in [("before", &entry.before), ("after", &entry.after)] {
        for gpu_instance in instances {
            let (profile, placement) = (gpu_instance.profile, gpu_instance.placement);
            writeln!(
                text,
                "{when} gpu {profile} {placement} {}",
                gpu_instance.name
            )?;
            for compute_instance in &gpu_instance.compute_instances {
                let (profile, placement) = (compute_instance.profile, compute_instance.placement);
                writeln!(
                    text,
                    "{when} compute {profile} {placement} {}",
                    compute_instance.name
                )?;
            }
        }
    }
    Ok(())
}

const fn mode_word(mode: MigMode) -> &'static str {
    match mode {
        MigMode::Enabled => "enabled",
        _ => "disabled",
    }
}

fn parse(text: &str) -> Option<Vec<Entry>> {
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return None;
    }
    let mut entries = Vec::new();
    for line in lines {
        parse_line(line, &mut entries)?;
    }
    Some(entries)
}

fn parse_line(line: &str, entries: &mut Vec<Entry>) -> Option<()> {
    let (word, rest) = line.split_once(' ')?;
    if word == "gpu" {
        entries.push(parse_gpu(rest)?);
        return Some(());
    }
    let entry = entries.last_mut()?;
    let instances = match word {
        "before" => &mut entry.before,
        "after" => &mut entry.after,
        _ => return None,
    };
    let mut words = rest.splitn(4, ' ');
    let (kind, profile) = (words.next()?, words.next()?.parse().ok()?);
    let (start, size) = words.next()?.split_once(':')?;
    let (start, size) = (start.parse().ok()?, size.parse().ok()?);
    let name = words.next()?.to_owned();
    match kind {
        "gpu" => instances.push(SnapshotGpuInstance {
            profile: GpuInstanceProfileId::new(profile),
            name,
            placement: GpuInstancePlacement { start, size },
            compute_instances: Vec::new(),
        }),
        "compute" => instances
            .last_mut()?
            .compute_instances
            .push(SnapshotComputeInstance {
                profile: ComputeInstanceProfileId::new(profile),
                name,
                placement: ComputeInstancePlacement { start, size },
            }),
        _ => return None,
    }
    Some(())
}

fn parse_gpu(rest: &str) -> Option<Entry> {
    let mut words = rest.splitn(3, ' ');
    let (current, pending) = (parse_mode(words.next()?)?, parse_mode(words.next()?)?);
    Some(Entry {
        uuid: words.next()?.to_owned(),
        modes: MigModes::new(current, pending),
        before: Vec::new(),
        after: Vec::new(),
    })
}

fn parse_mode(word: &str) -> Option<MigMode> {
    match word {
        "enabled" => Some(MigMode::Enabled),
        "disabled" => Some(MigMode::Disabled),
        _ => None,
    }
}
