//! Checks the machine that will read a specification.

mod other_spec;

use core::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{CdiHost, CdiProblem, CdiSpec};
use other_spec::OtherSpec;

impl CdiSpec {
    /// Checks whether container engines of a machine will use this specification as intended if it is in this file, which
    /// need not exist yet: whether the device nodes exist, and whether other specifications define the same devices.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::cdi::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiHost, CdiSpec};
    ///
    /// let edits = CdiContainerEdits::new(vec![CdiDeviceNode::new("/dev/nvidia77")]);
    /// let spec = CdiSpec::new("0.5.0", "example.com/gpu", vec![CdiDevice::new("77", edits)]);
    /// for problem in spec.check(&CdiHost::new(), "/etc/cdi/example.json") {
    ///     println!("{problem}"); // /dev/nvidia77 does not exist: no container with 77 can start
    /// }
    /// ```
    #[must_use]
    pub fn check(&self, host: &CdiHost, file: impl AsRef<Path>) -> Vec<CdiProblem> {
        let mut problems = Vec::new();
        if self.devices.is_empty() {
            problems.push(CdiProblem::NoDevice);
        }
        problems.extend(self.node_problems(host));
        let file = resolved(file.as_ref());
        let priority = priority(host, &file);
        if priority.is_none() {
            let file = file.clone();
            problems.push(CdiProblem::NotRead { file });
        }
        for (other_priority, folder) in host.folders().iter().enumerate() {
            match other_files(folder, &file) {
                Ok(others) => problems.extend(others.iter().flat_map(|other| {
                    self.problems_with(other, priority.cmp(&Some(other_priority)))
                })),
                Err(error) => problems.push(unreadable(folder, &error)),
            }
        }
        problems
    }

    /// What is wrong with the nodes, each named once.
    fn node_problems(&self, host: &CdiHost) -> Vec<CdiProblem> {
        let problem = |(path, devices): (&str, Vec<String>)| {
            let found = fs::symlink_metadata(host.path(path));
            let path = PathBuf::from(path);
            match found {
                Ok(found) if is_device(&found) => None,
                Ok(_) => Some(CdiProblem::NotADevice { path, devices }),
                Err(_) => Some(CdiProblem::MissingNode { path, devices }),
            }
        };
        self.nodes_and_users()
            .into_iter()
            .filter_map(problem)
            .collect()
    }

    /// The nodes on the host, each with the names of the devices that need it: for those that all share, all.
    fn nodes_and_users(&self) -> Vec<(&str, Vec<String>)> {
        let all: Vec<String> = self
            .devices
            .iter()
            .map(|device| device.name.clone())
            .collect();
        let shared = self.container_edits.device_nodes.iter();
        let mut nodes: Vec<(&str, Vec<String>)> = shared
            .map(|node| (node.path_on_host(), all.clone()))
            .collect();
        for device in &self.devices {
            for node in &device.container_edits.device_nodes {
                let path = node.path_on_host();
                match nodes.iter_mut().find(|(known, _)| *known == path) {
                    Some((_, users)) if users.contains(&device.name) => {}
                    Some((_, users)) => users.push(device.name.clone()),
                    None => nodes.push((path, vec![device.name.clone()])),
                }
            }
        }
        nodes
    }

    /// The problems with another file, whose folder this specification's precedes or follows.
    fn problems_with(&self, path: &Path, precedence: Ordering) -> Vec<CdiProblem> {
        let other = match OtherSpec::read(path) {
            Ok(other) => other,
            Err(reason) => {
                let file = path.to_owned();
                return vec![CdiProblem::Unreadable { file, reason }];
            }
        };
        if other.kind != self.kind {
            return Vec::new();
        }
        let names = self.devices.iter().map(|device| &device.name);
        let both = names.filter(|name| other.devices.contains(*name));
        both.map(|name| {
            let (device, file) = (format!("{}={name}", self.kind), path.to_owned());
            match precedence {
                Ordering::Equal => CdiProblem::Conflict { device, file },
                Ordering::Less => CdiProblem::Overridden { device, file },
                Ordering::Greater => CdiProblem::Overrides { device, file },
            }
        })
        .collect()
    }
}

/// The place of a file's folder among those that engines read; `None` if they do not read the file.
fn priority(host: &CdiHost, file: &Path) -> Option<usize> {
    let folder = file.parent()?;
    let is_folder = |read: &PathBuf| resolved(&read.join("file")).parent() == Some(folder);
    let position = host.folders().iter().position(is_folder);
    position.filter(|_| is_read(file))
}

/// The specifications in a folder, except our own; none if there is no such folder. Engines ignore folders in it.
fn other_files(folder: &Path, own: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| is_read(path) && !path.is_dir() && resolved(path) != own);
    paths.sort_unstable();
    Ok(paths)
}

fn is_read(file: &Path) -> bool {
    let extension = file.extension();
    extension.is_some_and(|extension| extension == "json" || extension == "yaml")
}

/// The path with its folder's links resolved, if the folder exists: `/var/run` is a link to `/run`.
fn resolved(file: &Path) -> PathBuf {
    match (file.parent().map(fs::canonicalize), file.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    }
}

fn unreadable(folder: &Path, error: &io::Error) -> CdiProblem {
    CdiProblem::Unreadable {
        file: folder.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(unix)]
fn is_device(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;

    let found = found.file_type();
    found.is_char_device() || found.is_block_device()
}

/// MIG exists on Linux only, and so do device nodes.
#[cfg(not(unix))]
fn is_device(_: &fs::Metadata) -> bool {
    false
}
