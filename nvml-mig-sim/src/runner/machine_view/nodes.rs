//! The device nodes of NVIDIA's driver.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nvml_mig_sim::machine::Machine;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::io::Errno;

/// Major number of the driver's own nodes.
const GPUS: u32 = 195;
const CONTROL: u32 = 255;
const MODE_SETTING: u32 = 254;
/// Major numbers that Linux assigns dynamically, starting with the last.
const DYNAMIC: std::ops::RangeInclusive<u32> = 234..=254;
/// The only capability that not everybody may use.
const CONFIG: u32 = 1;
const FOR_ALL: u32 = 0o666;

/// The major numbers of this kernel's drivers and of the simulated one.
#[derive(Debug)]
pub(super) struct Numbers {
    text: String,
    capabilities: u32,
    memory: u32,
}

impl Numbers {
    /// Adds the simulated driver to the kernel's list, `/proc/devices`.
    pub(super) fn of_this_kernel(list: &Path) -> io::Result<Self> {
        let found = fs::read_to_string(list)?;
        let (characters, blocks) = found.split_once("\n\n").unwrap_or((&found, ""));
        let others = characters.lines().filter(|line| !line.contains("nvidia"));
        let others: Vec<&str> = others.collect();
        let is_taken = |number: &u32| {
            let mut words = others
                .iter()
                .filter_map(|line| line.split_whitespace().next());
            words.any(|word| word.parse() == Ok(*number))
        };
        let mut free = DYNAMIC.rev().filter(|number| !is_taken(number));
        let (Some(capabilities), Some(memory)) = (free.next(), free.next()) else {
            return Err(io::Error::other("no device number is free"));
        };
        let mut lines: Vec<String> = others.iter().map(ToString::to_string).collect();
        lines.extend([
            format!("{GPUS} nvidia"),
            format!("{capabilities} nvidia-caps"),
            format!("{memory} nvidia-uvm"),
        ]);
        let text = format!("{}\n\n{blocks}", lines.join("\n"));
        Ok(Self {
            text,
            capabilities,
            memory,
        })
    }

    /// Returns the text of `/proc/devices`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// A device node.
#[derive(Debug)]
pub(super) struct Node {
    path: PathBuf,
    major: u32,
    minor: u32,
    mode: u32,
}

impl Node {
    fn new(path: impl Into<PathBuf>, major: u32, minor: u32) -> Self {
        let path = path.into();
        Self {
            path,
            major,
            minor,
            mode: FOR_ALL,
        }
    }

    /// The node of a capability.
    fn capability(major: u32, minor: u32) -> Self {
        let path = format!("nvidia-caps/nvidia-cap{minor}");
        let mode = if minor == CONFIG { 0o400 } else { 0o444 };
        Self {
            mode,
            ..Self::new(path, major, minor)
        }
    }

    /// Creates a character device, or a plain file where this user may not create devices.
    pub(super) fn create_in(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(&self.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let device = makedev(self.major, self.minor);
        match mknodat(CWD, &path, FileType::CharacterDevice, Mode::empty(), device) {
            Err(Errno::PERM) => drop(File::create_new(&path)?),
            done => done?,
        }
        fs::set_permissions(path, Permissions::from_mode(self.mode))
    }
}

/// Returns the nodes of all GPUs, and those of all instances that can exist: the simulated library can't create a node
/// with an instance, as NVIDIA's tools do. A container has fewer.
pub(super) fn of_machine(
    machine: &Machine,
    capabilities: &Path,
    numbers: &Numbers,
) -> io::Result<Vec<Node>> {
    let minors = fs::read_to_string(capabilities.join("driver/nvidia-caps/mig-minors"))?;
    let given = given_capabilities(machine);
    let minors = minors.lines().filter_map(|line| {
        let (name, minor) = line.split_once(' ')?;
        let shown = match name {
            "config" | "monitor" => machine.caller.has_configuration_nodes(),
            _ => given.as_ref().is_none_or(|given| given.contains(name)),
        };
        minor.parse().ok().filter(|_| shown)
    });
    let minors = minors.map(|minor| Node::capability(numbers.capabilities, minor));
    let gpus = machine.gpus().iter();
    let gpus = gpus.filter(|gpu| machine.has_node_of(gpu)).map(|gpu| {
        let minor = gpu.minor_number();
        Node::new(format!("nvidia{minor}"), GPUS, minor)
    });
    let others = [
        Node::new("nvidiactl", GPUS, CONTROL),
        Node::new("nvidia-modeset", GPUS, MODE_SETTING),
        Node::new("nvidia-uvm", numbers.memory, 0),
        Node::new("nvidia-uvm-tools", numbers.memory, 1),
    ];
    Ok(others.into_iter().chain(gpus).chain(minors).collect())
}

/// Returns the names, as in `mig-minors`, of the capabilities of the MIG devices to which the caller is limited; `None` if
/// it is not. A device needs those of both its instances.
fn given_capabilities(machine: &Machine) -> Option<BTreeSet<String>> {
    machine.container_devices()?;
    let devices = machine.gpus().iter();
    let devices = devices.flat_map(|gpu| machine.visible_mig_devices(gpu));
    let names = devices.flat_map(|device| {
        let (gpu, id) = (device.gpu.minor_number(), device.gpu_instance.id);
        let inside = device.compute_instance.id;
        [
            format!("gpu{gpu}/gi{id}/access"),
            format!("gpu{gpu}/gi{id}/ci{inside}/access"),
        ]
    });
    Some(names.collect())
}
